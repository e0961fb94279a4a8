// How many light nodes hold enough of a block between them. Each drew `samples` of the unknown tiles; what they hold is
// restored by bands and columns in turn. Two derivations (docs/protocol.md, "Restoring from samples"): density
// evolution, which gives the threshold that large grids approach, and the finite one, which bounds the probability for
// the grid at hand. Nothing here is measured; test/grid/restoring holds it against the decoder.

import { type SamplingShape, sampledTiles } from './sampling-bound.ts'
import { COLUMNS, DATA_COLUMNS } from './shape.ts'

export interface SamplesOfNodes extends SamplingShape {
  /** Tiles that each node drew, without replacement. */
  readonly samples: number
}

/** Most nodes that are reckoned with. */
const MAX_NODES = 1_000_000

/** Tiles that `nodes` nodes hold between them, by expectation. */
export const expectedTiles = ({ samples, ...shape }: SamplesOfNodes, nodes: number): number => {
  const total = sampledTiles(shape)
  return total * (1 - (1 - samples / total) ** nodes)
}

/** Nodes whose tiles are this share of the unknown ones, by expectation; a real number. */
export const nodesForShare = ({ samples, ...shape }: SamplesOfNodes, share: number): number =>
  Math.log(1 - share) / Math.log(1 - samples / sampledTiles(shape))

/**
 * The least share of known tiles from which density evolution reaches the whole grid: messages between bands and
 * columns, each right if enough of the other tiles on its line are known. For B = 1: one half.
 */
export const densityThreshold = ({ bands, zeroBands }: SamplingShape): number => {
  if (bands === 1) return 0.5
  const others = 2 * bands - zeroBands - 1
  const needed = bands - zeroBands
  const completes = (share: number): boolean => {
    let byBand = 1 - share
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const byColumn = (1 - share) * (1 - binomialTail(others, 1 - byBand, needed))
      const next = (1 - share) * (1 - binomialTail(COLUMNS - 1, 1 - byColumn, DATA_COLUMNS))
      if (next < SMALL) return true
      if (byBand - next < SMALL) return false
      byBand = next
    }
    return false
  }
  let low = 0
  let high = 1
  while (high - low > 1e-6) {
    const middle = (low + high) / 2
    if (completes(middle)) high = middle
    else low = middle
  }
  return high
}

/**
 * Between which values the probability lies that the tiles of `nodes` nodes do not restore the block. `atLeast`: no
 * band can begin, whatever the columns restore. `atMost`: summed over every set of bands that the others could be
 * stuck behind. Normal approximation of counts; exact for B = 1.
 */
export const stuckProbability = (
  block: SamplesOfNodes,
  nodes: number,
): { readonly atLeast: number; readonly atMost: number } => {
  const { bands, zeroBands } = block
  if (bands === 1) {
    const stuck = tooFewDistinct(COLUMNS, block.samples, nodes, DATA_COLUMNS)
    return { atLeast: stuck, atMost: stuck }
  }
  const held = heldShare(block, nodes)
  let atMost = 0
  for (let free = zeroBands; free < bands; free++) {
    atMost += Math.exp(logChoose(2 * bands - zeroBands, free - zeroBands)) * stuckBehind(block, held, free)
  }
  return { atLeast: stuckBehind(block, held, zeroBands), atMost: Math.min(1, atMost) }
}

/** The least number of nodes whose tiles restore the block with probability of at least `confidence`, by `atMost`. */
export const enoughNodes = (block: SamplesOfNodes, confidence: number): number => {
  if (block.bands === 0) return 0
  const isEnough = (nodes: number) => stuckProbability(block, nodes).atMost <= 1 - confidence
  let high = 1
  while (high < MAX_NODES && !isEnough(high)) high *= 2
  let low = high / 2
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (isEnough(middle)) high = middle
    else low = middle
  }
  return high
}

const MAX_ROUNDS = 10_000
const SMALL = 1e-10

interface HeldShare {
  /** Expected share of the unknown tiles that are held. */
  readonly share: number
  /** Variance of their number. */
  readonly variance: number
}

/** Draws of one node exclude each other, so the number of held tiles varies less than a binomial one. */
const heldShare = (block: SamplesOfNodes, nodes: number): HeldShare => {
  const total = sampledTiles(block)
  const { samples } = block
  const oneMissing = (1 - samples / total) ** nodes
  const twoMissing = (((total - samples) * (total - samples - 1)) / (total * (total - 1))) ** nodes
  const variance = total * oneMissing + total * (total - 1) * twoMissing - (total * oneMissing) ** 2
  return { share: 1 - oneMissing, variance: Math.max(0, variance) }
}

/**
 * The probability that with `free` bands known (and the columns restored that this allows) none of the other bands has
 * 64 known tiles. A column gives every band 1 where it is restored, else j/n to each of the n bands on average, j being
 * the tiles known in it. So a band has S + its own deviation, where S, the sum over the columns, is common to all.
 */
const stuckBehind = ({ bands, zeroBands }: SamplingShape, held: HeldShare, free: number): number => {
  const n = 2 * bands - free
  const { share } = held
  const moments = { s: 0, ss: 0, sj: 0, own: 0 }
  for (let j = 0; j <= n; j++) {
    const weight = binomial(n, share, j)
    const isRestored = j >= bands - free
    const s = isRestored ? 1 : j / n
    moments.s += weight * s
    moments.ss += weight * s * s
    moments.sj += weight * s * j
    if (!isRestored) moments.own += weight * (j / n) * (1 - j / n)
  }
  // S given how many tiles are held: what S and their number share is taken out, and put back with its true variance.
  const slope = (moments.sj - moments.s * n * share) / (n * share * (1 - share))
  const part = n / (2 * bands - zeroBands)
  const heldVariance = part * part * held.variance + n * COLUMNS * share * (1 - share) * (1 - part)
  const scatter = COLUMNS * (moments.ss - moments.s ** 2) - slope * slope * COLUMNS * n * share * (1 - share)
  const common = Math.max(0, scatter) + slope * slope * heldVariance
  // The deviations of the n bands from S add up to nothing: they are as independent ones less a common part.
  const own = COLUMNS * moments.own
  const shared = Math.max(0, common - own / (n - 1))
  const apart = Math.max(common + own - shared, SMALL)
  const mean = COLUMNS * moments.s
  return overNormal(
    (z) => normal((DATA_COLUMNS - 0.5 - mean - z * Math.sqrt(shared)) / Math.sqrt(apart)) ** n,
  )
}

/** The probability that draws of `samples` of `total` by `nodes` nodes meet fewer than `needed` different ones. */
const tooFewDistinct = (total: number, samples: number, nodes: number, needed: number): number => {
  let met = new Float64Array(total + 1)
  met[0] = 1
  for (let node = 0; node < nodes; node++) {
    const next = new Float64Array(total + 1)
    for (let before = 0; before <= total; before++) {
      if (met[before] === 0) continue
      for (let fresh = 0; fresh <= Math.min(samples, total - before); fresh++) {
        const ways =
          logChoose(total - before, fresh) + logChoose(before, samples - fresh) - logChoose(total, samples)
        next[before + fresh]! += met[before]! * Math.exp(ways)
      }
    }
    met = next
  }
  return met.subarray(0, needed).reduce((sum, probability) => sum + probability, 0)
}

// ---- the usual functions ----

const logFactorials: number[] = [0]
const logFactorial = (n: number): number => {
  for (let i = logFactorials.length; i <= n; i++) logFactorials.push(logFactorials[i - 1]! + Math.log(i))
  return logFactorials[n]!
}
const logChoose = (n: number, k: number): number =>
  k < 0 || k > n ? Number.NEGATIVE_INFINITY : logFactorial(n) - logFactorial(k) - logFactorial(n - k)

const binomial = (n: number, p: number, k: number): number => {
  if (p <= 0 || p >= 1) return k === (p <= 0 ? 0 : n) ? 1 : 0
  return Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p))
}

/** P(at least k of n). */
const binomialTail = (n: number, p: number, k: number): number => {
  let sum = 0
  for (let i = Math.max(0, k); i <= n; i++) sum += binomial(n, p, i)
  return Math.min(1, sum)
}

/** Mean of f over the standard normal distribution, by the midpoint rule out to 8 deviations. */
const overNormal = (f: (z: number) => number): number => {
  const steps = 400
  const width = 16 / steps
  let sum = 0
  for (let i = 0; i < steps; i++) {
    const z = -8 + (i + 0.5) * width
    sum += f(z) * Math.exp((-z * z) / 2)
  }
  return (sum * width) / Math.sqrt(2 * Math.PI)
}

/** The standard normal distribution function, to 1.2e-7 (Numerical Recipes, section 6.2: erfc by Chebyshev). */
const normal = (x: number): number => {
  const z = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + z / 2)
  const polynomial = erfcCoefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0)
  const upper = (t * Math.exp(-z * z + polynomial)) / 2
  return x >= 0 ? 1 - upper : upper
}
const erfcCoefficients = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
]
