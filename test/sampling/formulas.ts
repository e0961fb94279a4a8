// What the formulas of docs/sampling.md say of a measurement: mean and standard deviation of the number of fooled nodes.

import { missesAll, remainingAfter } from '../../src/chain/coverage.ts'

export interface Expected {
  readonly mean: number
  readonly deviation: number
}

/** Of `nodes` nodes with `samples` of `total` tiles, `missing` withheld from all: binomial with the hypergeometric share. */
export const fooledByOblivious = (
  nodes: number,
  total: number,
  missing: number,
  samples: number,
): Expected => {
  const share = missesAll(total, missing, samples)
  return { mean: nodes * share, deviation: Math.sqrt(nodes * share * (1 - share)) }
}

/**
 * `victims` of the nodes are answered, the others are not, and whatever is out is out for all. The victims' draws leave
 * U of the `missing` tiles unreleased (a random number with a known law); each other node is fooled if it draws none
 * of these. Mean and deviation by the laws of total expectation and variance.
 */
export const fooledByLinking = (
  nodes: number,
  total: number,
  missing: number,
  samples: number,
  victims: number,
): Expected => {
  const left = remainingAfter(total, missing, samples, victims)
  const others = nodes - victims
  let mean = 0
  let square = 0
  let within = 0
  left.forEach((probability, unreleased) => {
    const share = missesAll(total, unreleased, samples)
    mean += probability * share
    square += probability * share ** 2
    within += probability * share * (1 - share)
  })
  return {
    mean: victims + others * mean,
    deviation: Math.sqrt(others * within + others ** 2 * Math.max(0, square - mean ** 2)),
  }
}

/** Several runs together. */
export const timesRuns = ({ mean, deviation }: Expected, runs: number): Expected => ({
  mean: mean * runs,
  deviation: deviation * Math.sqrt(runs),
})

/** How many deviations a measurement is off; a formula that allows no deviation must be met exactly. */
export const deviationsOff = (measured: number, { mean, deviation }: Expected): number =>
  Math.abs(measured - mean) < 1e-6 ? 0 : (measured - mean) / deviation
