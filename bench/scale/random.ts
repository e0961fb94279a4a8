// Seeded randomness for the simulation: one seed, one run. It is the port that the sampler takes its own from.

import { type Random, uniform } from '../../src/sampling/random.ts'

export { seeded } from '../../test/sampling/seeded.ts'

/** In [0, 1). */
export const fraction = (random: Random): number => random() / 2 ** 32

export const pick = <T>(random: Random, items: readonly T[]): T => items[uniform(random, items.length)]!

/** A shuffled copy. */
export const shuffled = <T>(random: Random, items: readonly T[]): T[] => {
  const copy = [...items]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = uniform(random, i + 1)
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}

/** An index, each as likely as its weight. */
export const weighted = (random: Random, weights: readonly number[]): number => {
  let left = fraction(random) * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [index, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return index
  }
  return weights.length - 1
}
