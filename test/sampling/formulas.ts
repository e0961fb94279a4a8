// What the formulas of docs/sampling.md say of a measurement: how probable each number of fooled nodes is, exactly. Where
// being fooled is rare the law is nothing like a normal one, so a measurement is judged by its own probability, not
// by deviations.

import { missesAll, remainingAfter } from '../../src/chain/coverage.ts'

export interface Expected {
  readonly mean: number
  readonly deviation: number
  /** Probabilities of `first`, `first` + 1, .. fooled nodes; what is left out on both sides adds up to less than 1e-12. */
  readonly first: number
  readonly law: readonly number[]
}

/** What a normal variable is off by more than four standard deviations with: less probable is no chance any more. */
export const FOUR_DEVIATIONS = 6.334e-5

/** Of `nodes` nodes with `samples` of `total` tiles, `missing` withheld from all: binomial with the hypergeometric share. */
export const fooledByOblivious = (nodes: number, total: number, missing: number, samples: number): Expected =>
  expectedOf(0, binomial(nodes, missesAll(total, missing, samples)))

/**
 * `victims` of the nodes are answered, the others are not, and whatever is out is out for all. The victims' draws leave
 * U of the `missing` tiles unreleased (a random number with a known law); each other node is fooled if it draws none
 * of these: binomial for each U.
 */
export const fooledByLinking = (
  nodes: number,
  total: number,
  missing: number,
  samples: number,
  victims: number,
): Expected => {
  const others = nodes - victims
  const law = new Array<number>(others + 1).fill(0)
  remainingAfter(total, missing, samples, victims).forEach((probability, unreleased) => {
    if (probability < NEGLIGIBLE) return
    binomial(others, missesAll(total, unreleased, samples)).forEach((each, fooled) => {
      law[fooled]! += probability * each
    })
  })
  return expectedOf(victims, law)
}

/** Several independent runs together. */
export const timesRuns = (one: Expected, runs: number): Expected => {
  let all: Expected = expectedOf(0, [1])
  for (let run = 0; run < runs; run++) all = plus(all, one)
  return all
}

/** The probability of a measurement at least so far out, on whichever side; both sides together, at most 1. */
export const probabilityOf = (measured: number, { first, law }: Expected): number => {
  const upTo = law.reduce((sum, each, i) => (first + i <= measured ? sum + each : sum), 0)
  const from = law.reduce((sum, each, i) => (first + i >= measured ? sum + each : sum), 0)
  return Math.min(1, 2 * Math.min(upTo, from))
}

const NEGLIGIBLE = 1e-18

const expectedOf = (first: number, law: readonly number[]): Expected => {
  const from = law.findIndex((each) => each > NEGLIGIBLE)
  const kept = law.slice(from, law.findLastIndex((each) => each > NEGLIGIBLE) + 1)
  const mean = kept.reduce((sum, each, i) => sum + each * (first + from + i), 0)
  const variance = kept.reduce((sum, each, i) => sum + each * (first + from + i - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(variance), first: first + from, law: kept }
}

const plus = (a: Expected, b: Expected): Expected => {
  const law = new Array<number>(a.law.length + b.law.length - 1).fill(0)
  a.law.forEach((one, i) => {
    b.law.forEach((other, j) => {
      law[i + j]! += one * other
    })
  })
  return expectedOf(a.first + b.first, law)
}

/** Probabilities of 0 .. n successes, each from the one before it, outwards from the most probable one. */
const binomial = (n: number, share: number): readonly number[] => {
  const law = new Array<number>(n + 1).fill(0)
  if (share <= 0 || share >= 1) {
    law[share <= 0 ? 0 : n] = 1
    return law
  }
  const top = Math.min(n, Math.floor((n + 1) * share))
  const odds = share / (1 - share)
  law[top] = 1
  for (let k = top; k < n && law[k]! > NEGLIGIBLE; k++) law[k + 1] = (law[k]! * (n - k) * odds) / (k + 1)
  for (let k = top; k > 0 && law[k]! > NEGLIGIBLE; k--) law[k - 1] = (law[k]! * k) / ((n - k + 1) * odds)
  const sum = law.reduce((total, each) => total + each, 0)
  return law.map((each) => each / sum)
}
