import test from 'ava'
import { scenario } from './lost-disks.ts'
import { quick } from './quick.ts'

test('a node that lost its disk refills its custody, and signs nothing twice', (t) => quick(t, scenario))
