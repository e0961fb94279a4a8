import test from 'ava'
import { scenario } from './hostile.ts'
import { quick } from './quick.ts'

test('hostile peers are cut or limited, and honest messages go on', (t) => quick(t, scenario))
