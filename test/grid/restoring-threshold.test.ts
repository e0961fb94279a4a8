// How many light nodes restore a block: the derivations against the decoder, by a few hundred networks a point. The
// whole curve, by thousands, is drawn by `npm run plot:restoring`.

import test from 'ava'
import { isRestorable, stuckTiles } from '../../src/erasure/restore.ts'
import {
  densityThreshold,
  enoughNodes,
  expectedTiles,
  nodesForShare,
  stuckProbability,
} from '../../src/grid/restoring-threshold.ts'
import { COLUMNS } from '../../src/grid/shape.ts'
import { countRestored, samplesOf, seededRandom } from './restoring/measure.ts'

const RUNS = 400
/** The normal approximation's own error near the middle of the curve, seen with 2,000 runs a point. */
const MODEL_ERROR = 0.07

for (const [bands, zeroBands] of [
  [1, 0],
  [2, 0],
  [4, 1],
  [8, 0],
  [8, 3],
  [16, 0],
] as const) {
  test(`samples of B = ${bands}, z = ${zeroBands} restore the block as often as derived`, (t) => {
    const shape = { bands, zeroBands }
    const block = { ...shape, samples: samplesOf(shape) }
    const enough = enoughNodes(block, 0.99)
    for (const nodes of [Math.round(0.93 * enough), Math.round(0.97 * enough), enough]) {
      const measured = countRestored(shape, nodes, RUNS, seededRandom(nodes)) / RUNS
      const { atLeast, atMost } = stuckProbability(block, nodes)
      const deviation = (share: number) => 4 * Math.sqrt((share * (1 - share)) / RUNS) + 0.5 / RUNS
      t.true(measured <= 1 - atLeast + deviation(atLeast) + MODEL_ERROR, `${nodes}: ${measured}`)
      t.true(measured >= 1 - atMost - deviation(atMost) - MODEL_ERROR, `${nodes}: ${measured}`)
      t.true(atLeast <= atMost + 1e-9)
    }
    t.true(countRestored(shape, enough, RUNS, seededRandom(1)) >= 0.97 * RUNS)
    t.is(countRestored(shape, Math.floor(enough / 2), RUNS, seededRandom(2)), 0)
    t.true(nodesForShare(block, densityThreshold(shape)) < enough)
  })
}

test('about 60 nodes of 16 samples are enough at B = 8, where the worst case says 160', (t) => {
  const block = { bands: 8, zeroBands: 0, samples: 16 }
  t.is(enoughNodes(block, 0.99), 61)
  t.is(Math.round(nodesForShare(block, densityThreshold(block))), 52)
  t.is(Math.ceil(nodesForShare(block, 1 - (9 * 65) / 2_048)), 160)
  t.true(Math.abs(expectedTiles(block, 61) / 2_048 - 0.3802) < 0.001)
})

test('a quarter of the tiles can be enough, and one tile fewer of them is not', (t) => {
  // The code's rate is a quarter: fewer tiles hold less than the data.
  for (const bands of [1, 2, 8]) {
    const tiles = 2 * bands * COLUMNS
    const random = seededRandom(bands)
    const known = new Uint8Array(tiles)
    // The cheapest pattern that restores: 64 tiles in each of B bands.
    for (let band = 0; band < bands; band++) known.fill(1, band * COLUMNS, band * COLUMNS + 64)
    t.is(stuckTiles({ bands, zeroBands: 0 }, known), 0)
    known[(random() % bands) * COLUMNS + (random() % 64)] = 0
    t.false(isRestorable({ bands, zeroBands: 0 }, known))
  }
})
