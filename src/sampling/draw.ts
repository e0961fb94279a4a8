// Which tiles a light node asks for: as many as the bound demands, uniformly and without replacement among the tiles
// that are not known to everyone (docs/protocol.md, "Sampling"). Pure: the randomness is passed in.

import type { TilePlace } from '../grid/block.ts'
import { requiredSamples, sampledBands } from '../grid/sampling-bound.ts'
import { COLUMNS, type Shape } from '../grid/shape.ts'
import { type Random, uniform } from './random.ts'

/** Siblings above the leaf of a tile, 32 bytes each, are log2(2B) + 7. */
const BRANCH_BASE = 7
/** SSZ's fixed part of a tile and the length prefix of its message. */
const TILE_OVERHEAD_BYTES = 24

/** Draws the tiles of one block. `failureProbability`: the largest share of withheld blocks that may pass. */
export const drawTiles = (
  shape: Pick<Shape, 'bands' | 'zeroBands'>,
  failureProbability: number,
  random: Random,
): readonly TilePlace[] => {
  const bands = sampledBands(shape)
  const count = requiredSamples({ ...shape, confidence: 1 - failureProbability })
  return drawIndices(bands.length * COLUMNS, count, random).map((index) => ({
    band: bands[Math.floor(index / COLUMNS)]!,
    column: index % COLUMNS,
  }))
}

/** `count` different integers of 0..total-1, each ordered choice equally likely: the first steps of a Fisher-Yates shuffle. */
export const drawIndices = (total: number, count: number, random: Random): readonly number[] => {
  if (count > total) throw new RangeError(`expected at most ${total} of ${total}, got ${count}`)
  const moved = new Map<number, number>()
  return Array.from({ length: count }, (_, place) => {
    const other = place + uniform(random, total - place)
    const drawn = moved.get(other) ?? other
    moved.set(other, moved.get(place) ?? place)
    return drawn
  })
}

/** Bytes of a tile on the wire: cells, path, and one proof or, for an extended tile, one for each data band. */
export const tileWireBytes = (shape: Pick<Shape, 'bands' | 'tileBytes'>, band: number): number =>
  TILE_OVERHEAD_BYTES +
  shape.tileBytes +
  32 * (Math.log2(2 * shape.bands) + BRANCH_BASE) +
  48 * (band < shape.bands ? 1 : shape.bands)
