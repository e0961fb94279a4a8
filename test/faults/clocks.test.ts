import test from 'ava'
import { scenario } from './clocks.ts'
import { quick } from './quick.ts'

test('clocks that are off neither fork nor stall the chain', (t) => quick(t, scenario))
