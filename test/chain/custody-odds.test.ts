// The formulas of custody against the real custody functions: counted for validators, by Monte Carlo over random peer
// ids for full nodes, within four standard deviations.

import test from 'ava'
import { missesAll, remainingAfter } from '../../src/chain/coverage.ts'
import { fullNodeCustody, validatorCustody } from '../../src/chain/custody.ts'
import {
  custodySentence,
  custodyWarnings,
  fullNodeCoverage,
  fullNodesNeeded,
  meetsUncovered,
  validatorsPerColumn,
} from '../../src/chain/custody-odds.ts'
import { drawIndices } from '../../src/sampling/draw.ts'
import { seeded } from '../sampling/helpers.ts'
import { isLong } from '../sampling/long.ts'

const RUNS = isLong ? 2_000 : 60

const validators = (weights: readonly number[]) => weights.map((weight) => ({ weight }) as never)

test('every column is kept by half of the validators, rounded one way or the other', (t) => {
  for (const n of [1, 2, 3, 4, 5, 7, 10, 31, 64, 100, 127, 128, 129, 333, 1_000]) {
    const counts = new Array<number>(128).fill(0)
    for (let i = 0; i < n; i++) for (const column of validatorCustody(i, n)) counts[column]! += 1
    const { least, most } = validatorsPerColumn(n)
    t.is(least, Math.min(...counts))
    t.is(most, Math.max(...counts))
    t.true(least >= Math.floor(n / 2) && most <= Math.ceil(n / 2), `${n}: ${least} to ${most}`)
  }
})

test('the chain of draws is a law, and agrees with what can be said without it', (t) => {
  const law = remainingAfter(128, 128, 8, 20)
  t.true(Math.abs(law.reduce((a, b) => a + b, 0) - 1) < 1e-9)
  const mean = law.reduce((sum, probability, left) => sum + probability * left, 0)
  t.true(Math.abs(mean - 128 * (1 - 8 / 128) ** 20) < 1e-6)
  t.is(remainingAfter(10, 10, 10, 1)[0], 1)
  t.is(remainingAfter(10, 4, 3, 0)[4], 1)
  t.true(Math.abs(remainingAfter(10, 4, 3, 1)[4]! - missesAll(10, 4, 3)) < 1e-12)
})

for (const [nodes, custody] of [
  [4, 8],
  [16, 8],
  [100, 8],
  [40, 16],
] as const) {
  test(`${nodes} full nodes of ${custody} columns cover as many columns as the formula says`, (t) => {
    const random = seeded(nodes * custody)
    const law = remainingAfter(128, 128, custody, nodes)
    const coverage = fullNodeCoverage(nodes, custody)
    const [bands, samples] = [16, 16]
    let uncovered = 0
    let some = 0
    let met = 0
    for (let run = 0; run < RUNS; run++) {
      const kept = new Set<number>()
      for (let node = 0; node < nodes; node++) {
        const id = new Uint8Array(Uint32Array.from({ length: 10 }, random).buffer)
        for (const column of fullNodeCustody(id, custody)) kept.add(column)
      }
      uncovered += 128 - kept.size
      if (kept.size < 128) some += 1
      if (drawIndices(bands * 128, samples, random).some((tile) => !kept.has(tile % 128))) met += 1
    }
    const variance = law.reduce((sum, p, left) => sum + p * (left - coverage.uncovered) ** 2, 0)
    t.true(
      Math.abs(uncovered / RUNS - coverage.uncovered) <= 4 * Math.sqrt(variance / RUNS),
      `${uncovered / RUNS}`,
    )
    const isWithin = (hits: number, share: number) =>
      Math.abs(hits - RUNS * share) <= 4 * Math.sqrt(RUNS * share * (1 - share)) + 1e-9
    t.true(isWithin(some, coverage.someUncovered), `${some} of ${RUNS}, ${coverage.someUncovered}`)
    const share = meetsUncovered(nodes, custody, bands, samples)
    t.true(isWithin(met, share), `${met} of ${RUNS}, ${share}`)
  })
}

test('so many full nodes as are needed suffice, one fewer do not', (t) => {
  for (const custody of [4, 8, 16, 64]) {
    const needed = fullNodesNeeded(custody)
    t.true(fullNodeCoverage(needed, custody).someUncovered <= 0.01)
    t.true(fullNodeCoverage(needed - 1, custody).someUncovered > 0.01)
  }
  t.is(fullNodesNeeded(128), 1)
})

test('genesis is warned of: few validators, keepers lighter than a third, a custody that no network fills', (t) => {
  const codes = (weights: readonly number[], custodyFull = 8) =>
    custodyWarnings({ validators: validators(weights), custodyFull }).map(({ code }) => code)
  t.deepEqual(codes([1, 1, 1, 1]), [])
  t.deepEqual(codes(new Array<number>(100).fill(1)), [])
  t.deepEqual(codes([1]), ['few-validators'])
  t.deepEqual(codes([1, 1, 1]), ['few-validators'])
  // Each column has two keepers of four; half of the columns have none with weight.
  t.deepEqual(codes([100, 1, 1, 1]), ['light-keepers'])
  t.deepEqual(codes([1, 1, 1, 1], 1), ['small-custody'])
  for (const warning of [
    ...custodyWarnings({ validators: validators([1]), custodyFull: 1 }),
    ...custodyWarnings({ validators: validators([100, 1, 1, 1]), custodyFull: 8 }),
    ...custodyWarnings({ validators: validators([1, 1]), custodyFull: 8 }),
  ])
    t.regex(custodySentence(warning), /^(with|all validators)/)
})
