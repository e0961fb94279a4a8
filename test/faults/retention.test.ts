import test from 'ava'
import { quick } from './quick.ts'
import { scenario } from './retention.ts'

test('nothing is pruned early, all of it soon after, and who was away for longer catches up', (t) =>
  quick(t, scenario))
