// How many tiles a light node must draw. Tiles that cannot be completed miss at least (B+1)*65 of the (2B-z)*128
// unknown ones (65 of 128 for B = 1, whose second band repeats the first); drawing without replacement, all samples
// are found with at most the hypergeometric probability that is computed here, from the bound and not from habit.

import { COLUMNS, DATA_COLUMNS } from './shape.ts'

export interface SamplingShape {
  /** B. */
  readonly bands: number
  /** z: data bands that are all zero, and never sampled. */
  readonly zeroBands: number
}

/** Bands that are sampled: all 2B but the zero ones; band 0 alone for B = 1. Empty for B = 0. */
export const sampledBands = ({ bands, zeroBands }: SamplingShape): readonly number[] => {
  if (bands <= 1) return bands === 1 ? [0] : []
  return Array.from({ length: 2 * bands }, (_, band) => band).filter(
    (band) => band >= bands || band < bands - zeroBands,
  )
}

/** Tiles that samples are drawn from. */
export const sampledTiles = (shape: SamplingShape): number => sampledBands(shape).length * COLUMNS

/** The least number of unknown tiles that are missing when the grid cannot be completed. */
export const leastMissing = ({ bands }: Pick<SamplingShape, 'bands'>): number =>
  (bands === 1 ? 1 : bands + 1) * (DATA_COLUMNS + 1)

/** Largest probability that `samples` draws without replacement all succeed though the grid cannot be completed. */
export const failureProbability = (shape: SamplingShape, samples: number): number => {
  const total = sampledTiles(shape)
  const present = total - leastMissing(shape)
  let probability = 1
  for (let i = 0; i < samples && probability > 0; i++) probability *= Math.max(0, present - i) / (total - i)
  return probability
}

/**
 * Least number of samples after which a withheld block passes with probability at most 1 - confidence. No grid, no
 * samples. Throws RangeError unless 0 < confidence < 1.
 */
export const requiredSamples = ({
  confidence,
  ...shape
}: SamplingShape & { readonly confidence: number }): number => {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`expected a confidence between 0 and 1, got ${confidence}`)
  }
  if (shape.bands === 0) return 0
  const limit = 1 - confidence
  let samples = 0
  while (failureProbability(shape, samples) > limit) samples++
  return samples
}
