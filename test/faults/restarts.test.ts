import test from 'ava'
import { quick } from './quick.ts'
import { scenario } from './restarts.ts'

test('blobs stay readable while nodes restart', (t) => quick(t, scenario))
