import test from 'ava'
import { scenario } from './kills.ts'
import { quick } from './quick.ts'

test('what was certified outlives SIGKILL of one validator and of all, and nobody signs twice', (t) =>
  quick(t, scenario))
