// What light nodes' samples restore, measured: nodes draw with the code that they sample by, and the counting form of
// the decoder says whether what they hold between them is enough.

import { stuckTiles } from '../../../src/erasure/restore.ts'
import { requiredSamples, type SamplingShape, sampledBands } from '../../../src/grid/sampling-bound.ts'
import { COLUMNS } from '../../../src/grid/shape.ts'
import { drawIndices } from '../../../src/sampling/draw.ts'
import type { Random } from '../../../src/sampling/random.ts'

/** Largest share of withheld blocks that may pass for available: what a light node draws by, unless told otherwise. */
export const FAILURE_PROBABILITY = 0.005

export const samplesOf = (shape: SamplingShape): number =>
  requiredSamples({ ...shape, confidence: 1 - FAILURE_PROBABILITY })

/** Of `runs` networks of `nodes` light nodes, how many hold enough of a block to restore it. */
export const countRestored = (shape: SamplingShape, nodes: number, runs: number, random: Random): number => {
  const bands = sampledBands(shape)
  const samples = samplesOf(shape)
  let restored = 0
  for (let run = 0; run < runs; run++) {
    const held = new Uint8Array(2 * shape.bands * COLUMNS)
    for (let node = 0; node < nodes; node++) {
      for (const index of drawIndices(bands.length * COLUMNS, samples, random)) {
        held[bands[Math.floor(index / COLUMNS)]! * COLUMNS + (index % COLUMNS)] = 1
      }
    }
    if (stuckTiles(shape, held) === 0) restored++
  }
  return restored
}

/** Mulberry32: 32 bits a call from a seed, for runs that can be repeated. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
