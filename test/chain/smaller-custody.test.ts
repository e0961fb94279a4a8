// The study of validators that keep fewer than 64 columns: the shares of docs/sampling.md drawn instead of computed,
// with custody in line as ours and drawn by the real function of full nodes, within four standard deviations.

import test from 'ava'
import { missesAll } from '../../src/chain/coverage.ts'
import { fullNodeCustody } from '../../src/chain/custody.ts'
import { drawIndices } from '../../src/sampling/draw.ts'
import { uniform } from '../../src/sampling/random.ts'
import { seeded } from '../sampling/helpers.ts'
import { isLong } from '../sampling/long.ts'

const VALIDATORS = 300
const RUNS = isLong ? 2_000 : 100
const OUT = 63

/** As `validatorCustody`, for fewer columns. */
const inLine = (i: number, count: number): readonly number[] => {
  const start = Math.floor((128 * i) / VALIDATORS)
  return Array.from({ length: count }, (_, k) => (start + k) % 128)
}

for (const custody of [32, 22, 16, 8]) {
  test(`of validators with ${custody} columns in line, ${OUT} neighbouring columns satisfy the stated share, and with a third beside them as many sign as the table says`, (t) => {
    const random = seeded(custody)
    let most = 0
    let satisfiedOfAll = 0
    let byChance = 0
    for (let run = 0; run < RUNS; run++) {
      const first = uniform(random, 128)
      const isOut = (column: number) => (column - first + 128) % 128 < OUT
      const satisfied = Array.from({ length: VALIDATORS }, (_, i) => inLine(i, custody).every(isOut))
      const count = satisfied.filter(Boolean).length
      satisfiedOfAll += count
      // The third is chosen by the adversary: those that the columns do not satisfy come first.
      const dishonest = Math.floor((VALIDATORS - 1) / 3)
      most = Math.max(most, Math.min(VALIDATORS, count + dishonest))
      // A third that was not chosen with an eye on this: some of them would have been satisfied anyhow.
      const random3rd = drawIndices(VALIDATORS, dishonest, random)
      const signers = count + random3rd.filter((i) => !satisfied[i]).length
      if (3 * signers > 2 * VALIDATORS) byChance++
    }
    const share = satisfiedOfAll / RUNS / VALIDATORS
    // Starts are whole columns: a validator more or less at each end.
    t.true(Math.abs(share - (64 - custody) / 128) <= 3 / VALIDATORS, `${share}`)
    t.is(3 * most > 2 * VALIDATORS, custody < 64 - 128 / 3, `${most} sign at most`)
    t.log(`${most} of ${VALIDATORS} sign at most; by a third at random in ${byChance} of ${RUNS}`)
  })
}

test('63 of 128 columns satisfy a validator whose own are drawn at random as often as the formula says', (t) => {
  const draws = RUNS * 100
  for (const custody of [4, 8]) {
    const random = seeded(1_000 + custody)
    let satisfied = 0
    for (let i = 0; i < draws; i++) {
      const id = new Uint8Array(Uint32Array.from({ length: 10 }, random).buffer)
      if ([...fullNodeCustody(id, custody)].every((column) => column < OUT)) satisfied++
    }
    const expected = missesAll(128, 128 - OUT, custody)
    const deviation = Math.sqrt(draws * expected * (1 - expected))
    t.true(
      Math.abs(satisfied - draws * expected) <= 4 * deviation,
      `${satisfied} of ${draws}, ${draws * expected}`,
    )
  }
})
