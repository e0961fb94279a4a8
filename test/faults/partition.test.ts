import test from 'ava'
import { scenario } from './partition.ts'
import { quick } from './quick.ts'

test('a partition certifies nothing without a quorum, and heals into one chain', (t) => quick(t, scenario))
