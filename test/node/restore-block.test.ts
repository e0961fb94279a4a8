// A block from light nodes alone, on real libp2p: enough of them give it back byte for byte, half as many are refused
// with figures. Every second one only dials, and gives its tiles through those that listen.

import test from 'ava'
import { enoughNodes, stuckProbability } from '../../src/grid/restoring-threshold.ts'
import { requiredSamples } from '../../src/grid/sampling-bound.ts'
import { restoreFromLightNodes } from './restoring/scenario.ts'

// So many samples a node that few nodes are enough.
const failureProbability = 1e-9
const shape = { bands: 2, zeroBands: 0 }
const samples = requiredSamples({ ...shape, confidence: 1 - failureProbability })
/** Chosen by the derivation: one run in a million fails. */
const nodes = enoughNodes({ ...shape, samples }, 1 - 1e-6)

test('light nodes give back a block when publisher, validators and full nodes are gone; half of them cannot', async (t) => {
  t.timeout(240_000)
  t.true(nodes <= 12, `${nodes} nodes of ${samples} samples`)
  t.true(stuckProbability({ ...shape, samples }, Math.floor(nodes / 2)).atLeast > 1 - 1e-6)
  const { whole, half, isEqual, isCommandEqual, servedBytes } = await restoreFromLightNodes({
    maxBands: 2,
    nodes,
    nodesLeft: Math.floor(nodes / 2),
    failureProbability,
    dialsOnly: 2,
    byCommand: true,
    blobBytes: 200_000,
    waitMs: 60_000,
  })
  if (!whole.restored) return t.fail(`${whole.code} ${JSON.stringify(whole.figures)}`)
  t.true(isEqual)
  t.true(isCommandEqual)
  t.is(whole.figures.tilesMissing, 0)
  t.is(whole.figures.tilesOfBlock, 512)
  // Those that only dial gave theirs too, through others.
  t.true(
    servedBytes.some((bytes, i) => (i + 1) % 2 === 0 && bytes > 0),
    `${servedBytes}`,
  )
  // A node that only dials gives its tiles to each of those that listen and are connected to it.
  const most = Math.max(...servedBytes)
  t.true(most <= nodes * samples * 2_500, `${most} bytes`)

  if (half.restored) return t.fail('restored from too little')
  t.is(half.code, 'incomplete')
  t.true(half.figures !== undefined && half.figures.tilesMissing > 0)
  t.true(half.figures!.tilesKnown > 0 && half.figures!.tilesKnown < 512 / 3)
  t.is(half.figures!.nodesExpected, enoughNodes({ ...shape, samples: 11 }, 0.99))
})
