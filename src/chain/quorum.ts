// When signed weight decides.

/** Whether 3 * signed > 2 * total. Weights are integers; genesis bounds their total below 2^32. */
export const isQuorum = (signedWeight: number, totalWeight: number): boolean =>
  3 * signedWeight > 2 * totalWeight

/** Sum of weights. */
export const sumOf = (weights: readonly number[]): number =>
  weights.reduce((total, weight) => total + weight, 0)
