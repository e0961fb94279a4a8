import test from 'ava'
import { scenario } from './byzantine.ts'
import { quick } from './quick.ts'

test('a leader that lies costs its own height at most', (t) => quick(t, scenario))
