import test from 'ava'
import { installed } from './support/installed.ts'

test('the flags and variables of the first line are read from it', (t) => {
  t.deepEqual(installed.nodeArgs, ['--max-semi-space-size=4'])
  t.deepEqual(installed.environment, { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '2' })
})
