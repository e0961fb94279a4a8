// Blocks restored from light nodes' samples alone, many times over: real grid, real draws, real tiles with their
// proofs, each checked as a restorer checks it (once; runs that meet it again take the verdict).

import { equal, u32be } from '../../../src/base/bytes.ts'
import type { GridTile } from '../../../src/grid/block.ts'
import { encodeBlock } from '../../../src/grid/encode.ts'
import { lookupInColumns, readBlob } from '../../../src/grid/read.ts'
import { restoreData } from '../../../src/grid/restore.ts'
import { enoughNodes } from '../../../src/grid/restoring-threshold.ts'
import { shapeOf } from '../../../src/grid/shape.ts'
import { checkTiles, makeTiles } from '../../../src/grid/tiles.ts'
import { drawTiles } from '../../../src/sampling/draw.ts'
import { createKeyedRandom } from '../../../src/sampling/random.ts'
import { blobsForRows, createTestComponents, nodeSha256 } from '../support.ts'
import { FAILURE_PROBABILITY, samplesOf } from './measure.ts'

export interface Runs {
  readonly samples: number
  /** Light nodes that are enough with a probability of 99.9 %, as derived. */
  readonly nodes: number
  /** Of all runs with so many: those in which every blob came back byte for byte. */
  readonly restored: number
  /** What the runs with half as many came to, each code once. */
  readonly refusals: readonly string[]
}

/** Restores a block of `bands` rows in as many bands from `runs` seeded networks, and from `runs` of half the size. */
export const restoreManyTimes = async (bands: number, runs: number): Promise<Runs> => {
  const components = await createTestComponents()
  const params = { maxRows: bands, maxBands: bands }
  const blobs = blobsForRows(bands)
  const block = encodeBlock(components, params, blobs)
  const shape = shapeOf(block.header.rowCount, bands)

  // What any light node could have sampled, checked against header and commitments, column by column.
  const tiles = new Map<number, GridTile>()
  for (const column of block.columns) {
    const all = Array.from({ length: 2 * bands }, (_, band) => band)
    const made = makeTiles(components, params, block, column, all)
    const [verdicts = []] = checkTiles(components, params, [{ ...block, tiles: made }])
    for (const [i, tile] of made.entries()) {
      if (verdicts[i]?.verdict !== 'accept') throw new Error('expected every tile to be accepted')
      tiles.set(tile.band * 128 + tile.column, tile)
    }
  }
  const heldBy = (nodes: number, seed: number): readonly GridTile[] => {
    const held = new Set<GridTile>()
    for (let node = 0; node < nodes; node++) {
      const random = createKeyedRandom(nodeSha256(u32be(seed), u32be(node)), block.header.dataRoot)
      for (const { band, column } of drawTiles(shape, FAILURE_PROBABILITY, random)) {
        held.add(tiles.get(band * 128 + column)!)
      }
    }
    return [...held]
  }

  const samples = samplesOf(shape)
  const nodes = enoughNodes({ ...shape, samples }, 0.999)
  const refusals = new Set<string>()
  let restored = 0
  for (let seed = 0; seed < runs; seed++) {
    const whole = restoreData(components, params, block.header, { tiles: heldBy(nodes, seed) })
    if (whole.verdict === 'accept') {
      const cellAt = lookupInColumns(whole.columns)
      const given = whole.entries.map((entry) => readBlob(entry, cellAt))
      if (blobs.every(({ data }, i) => given[i] !== undefined && equal(given[i], data))) restored++
    }
    const tooFew = heldBy(Math.floor(nodes / 2), seed)
    const half = restoreData(components, params, block.header, { tiles: tooFew })
    refusals.add(half.verdict === 'accept' ? 'accept' : half.code)
  }
  return { samples, nodes, restored, refusals: [...refusals] }
}
