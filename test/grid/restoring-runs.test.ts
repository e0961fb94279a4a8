// A hundred networks of light nodes that hold a block between them, at B = 2; `npm run test:restoring` does it at B = 8, and
// `npm run test:restore` once over the wire.

import test from 'ava'
import { restoreManyTimes } from './restoring/runs.ts'

test('a hundred seeded networks give a block back byte for byte, all but one at most; half as many nodes are refused', async (t) => {
  t.timeout(240_000)
  const { samples, nodes, restored, refusals } = await restoreManyTimes(2, 100)
  t.log(`${restored} of 100 with ${nodes} nodes of ${samples} samples`)
  t.true(restored >= 99)
  t.deepEqual(refusals, ['incomplete'])
})
