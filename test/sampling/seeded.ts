// Seeded randomness for tests, studies and simulations: one seed, one run.

import type { Random } from '../../src/sampling/random.ts'

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
