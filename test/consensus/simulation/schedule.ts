// What a seed means: how many validators of which weights, who is Byzantine and how, what the network does until it
// becomes synchronous, who crashes when.

import { createRandom, type Random } from './random.ts'

export type Behaviour = 'honest' | 'silent' | 'equivocating'

export interface Partition {
  readonly from: number
  readonly to: number
  /** Group of each validator; messages between groups are lost. */
  readonly groups: readonly number[]
}

export interface Crash {
  readonly validator: number
  readonly at: number
  readonly downMs: number
}

export interface Schedule {
  readonly seed: number
  readonly weights: readonly number[]
  readonly behaviours: readonly Behaviour[]
  readonly clockSkewMs: readonly number[]
  /** Clocks that are set, forward or back, before the network is synchronous. */
  readonly clockJumps: readonly { readonly validator: number; readonly at: number; readonly skewMs: number }[]
  /** From here on (ms) messages arrive within `syncDelayMs`, nothing is lost and nobody crashes. */
  readonly syncAt: number
  readonly syncDelayMs: number
  readonly maxDelayMs: number
  readonly loss: number
  readonly duplication: number
  /** Chance that an output is the last thing a validator does before it crashes. */
  readonly crashChance: number
  readonly partitions: readonly Partition[]
  readonly crashes: readonly Crash[]
  /** Chance that a validator has blobs at a time. */
  readonly busy: number
}

export const scheduleOf = (seed: number): Schedule => {
  const random = createRandom(seed)
  const n = random.pick([1, 2, 3, 4, 4, 4, 5, 6, 7, 7, 8, 10])
  const equal = random.chance(0.5)
  const weights = Array.from({ length: n }, () => (equal ? 1 : random.integer(1, 10)))
  const behaviours = behavioursOf(weights, random)
  const syncAt = random.pick([0, 3_000, 8_000, 15_000, 30_000])
  const rough = random.chance(0.7)
  return {
    seed,
    weights,
    behaviours,
    clockSkewMs: weights.map(() => random.integer(-200, 200)),
    syncAt,
    syncDelayMs: random.pick([5, 20, 60]),
    maxDelayMs: rough ? random.pick([50, 400, 2_500]) : 30,
    loss: rough ? random.pick([0, 0.05, 0.3, 0.6]) : 0,
    duplication: random.pick([0, 0.1, 0.3]),
    crashChance: random.pick([0, 0, 0.002, 0.02]),
    partitions: Array.from({ length: random.integer(0, 3) }, () => {
      const from = random.integer(0, syncAt)
      return {
        from,
        to: Math.min(syncAt, from + random.integer(200, 6_000)),
        groups: weights.map(() => random.integer(0, 1)),
      }
    }),
    crashes: Array.from({ length: random.integer(0, n) }, () => ({
      validator: random.integer(0, n - 1),
      at: random.integer(0, syncAt),
      downMs: random.integer(10, 5_000),
    })),
    busy: random.pick([0, 0.5, 1]),
    clockJumps: Array.from({ length: random.pick([0, 0, 1, 3]) }, () => ({
      validator: random.integer(0, n - 1),
      at: random.integer(0, syncAt),
      skewMs: random.pick([-60_000, -3_000, 3_000, 60_000]),
    })),
  }
}

/** Byzantine validators of less than a third of the weight: 3 * weight < total. */
const behavioursOf = (weights: readonly number[], random: Random): readonly Behaviour[] => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const behaviours: Behaviour[] = weights.map(() => 'honest')
  if (random.chance(0.2)) return behaviours
  let byzantine = 0
  for (const index of random.shuffle(weights.map((_, i) => i))) {
    const weight = weights[index]!
    if (3 * (byzantine + weight) >= total) continue
    byzantine += weight
    behaviours[index] = random.chance(0.8) ? 'equivocating' : 'silent'
  }
  return behaviours
}
