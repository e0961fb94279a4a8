// Whole runs of small networks: the same seed is the same run, nothing is lost, more of what is scarce helps, and the
// real consensus, custody and sampling in it do what they do elsewhere.

import test from 'ava'
import type { Costs } from '../../bench/scale/costs.ts'
import type { RunResult } from '../../bench/scale/result.ts'
import { defaults, type Scenario } from '../../bench/scale/scenario.ts'
import { simulate } from '../../bench/scale/simulation.ts'

/** Fixed costs, so that a new measurement moves no test. */
const costs: Costs = {
  machine: 'test',
  byRows: [8, 64].map((rows) => ({
    rows,
    maxBands: 8,
    encodeMs: 50 * rows,
    restoreMs: 10 * rows,
    checkColumnMs: 0.1,
    checkProofsMs: 10,
    makeTileMs: 0.3,
    checkTilesMs: 14,
    samples: 16,
    judgeProposalMs: 3,
    judgeHeaderMs: 0.1,
  })),
  signMs: 0.3,
  verifyVoteMs: 0.7,
  aggregateMs: 8,
  verifyCertificateMs: 1,
  syncMs: 1,
  messageMs: 0.1,
  messageMsPerMiB: 7,
}

const run = (changes: Partial<Scenario>): Promise<RunResult> =>
  simulate({ ...defaults, nodes: 24, validators: 7, fullNodes: 6, blocks: 2, ...changes }, costs)

test.serial('blocks are certified, custody is kept, and every light node finds them available', async (t) => {
  const result = await run({})
  t.is(result.certified, 2)
  t.deepEqual(result.keptShare, { validator: 1, full: 1 })
  t.is(result.sampled, 2 * 11)
  t.is(result.available, 2 * 11)
  t.is(result.nilHeights, 0)
  // Two rounds of votes and a block cannot be faster than light, nor slower than the timeout.
  t.true(result.certificateMs.p50 > 100 && result.certificateMs.max < 10_000)
})

test.serial('the same seed is the same run, another seed another', async (t) => {
  const [first, second, other] = [await run({ seed: 9 }), await run({ seed: 9 }), await run({ seed: 10 })]
  t.deepEqual(first, second)
  t.notDeepEqual(first, other)
})

test.serial('larger blocks and narrower links take longer and carry as many bytes', async (t) => {
  const small = await run({ seed: 3 })
  const large = await run({ seed: 3, rows: 64 })
  const narrow = await run({ seed: 3, profile: 'home' })
  t.true(large.certificateMs.p50 > small.certificateMs.p50)
  t.true(narrow.certificateMs.p50 > 1.5 * small.certificateMs.p50)
  t.true(large.receivedBytes.validator > 5 * small.receivedBytes.validator)
})

test.serial(
  'with less than a third of the weight silent, withholding or lying blocks are still certified',
  async (t) => {
    const result = await run({ hostile: 0.33, validators: 10, nodes: 30, blocks: 3 })
    t.true(result.certified >= 3)
    t.is(result.keptShare.validator, 1)
  },
)

test.serial(
  'a leader that withholds 64 columns is certified and restored, one that withholds 65 is not',
  async (t) => {
    const hostile = {
      hostile: 0.33,
      behaviours: ['withholding'] as const,
      blocks: 7,
    }
    const below = await run({ ...hostile, withheldColumns: 64 })
    t.is(below.nilHeights, 0)
    t.true(below.reseeders > 0)
    // What they did not find in time they find once it is final.
    t.is(below.availableAtLast, below.sampled)
    const beyond = await run({ ...hostile, withheldColumns: 65 })
    t.true(beyond.nilHeights > 0)
    t.true(beyond.built > beyond.certified)
  },
)
