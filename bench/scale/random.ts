// Seeded randomness for the simulation: one seed, one run. It is the port that the sampler takes its own from.

import { type Random, uniform } from '../../src/sampling/random.ts'

/** splitmix32: 32 uniform bits from a seed. */
export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e37_79b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
}

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
