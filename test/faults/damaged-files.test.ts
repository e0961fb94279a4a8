import test from 'ava'
import { scenario } from './damaged-files.ts'
import { quick } from './quick.ts'

test('a validator whose files were harmed serves the truth, gets back what it lost, and says so', (t) =>
  quick(t, scenario))
