// The quick form of the fuzzer: thousands of mutants of the cheap message types, a thousand or so of the dear, other
// ones each time. `npm run test:fuzz` has the long form.

import test from 'ava'
import { createRandom } from '../consensus/simulation/random.ts'
import { type FuzzResult, fuzz, linesOf } from './fuzz.ts'
import { createFuzzChain, MAX_BANDS } from './fuzz-chain.ts'
import { createJudge } from './judge.ts'
import { createGridTruth } from './plain-grid.ts'
import { decode, type Fields } from './plain-ssz.ts'
import * as plain from './plain-types.ts'
import { createTargets, type Target } from './targets.ts'
import { createTwin } from './twin.ts'

const chain = await createFuzzChain()
const judge = createJudge(chain)
const twin = createTwin(chain)
const targets = createTargets(chain, judge, twin)
const seed = Math.floor(Math.random() * 2 ** 31)
const reset = () => {
  judge.reset()
  twin.reset()
}
const targetOf = (name: string): Target => targets.find((target) => target.name === name)!

/** Mutants, and an outcome behind the dear checks that some of them must have. */
const quick: readonly (readonly [name: string, mutants: number, deep: string])[] = [
  ['header', 1_000, 'reject:header-signature'],
  ['proposal', 800, 'reject:entries-root'],
  ['column', 1_200, 'reject:path'],
  ['vote', 1_000, 'reject:signature'],
  ['certificate', 500, 'reject:signature'],
  ['tile', 600, 'reject:proof'],
  ['columnAnswer', 400, 'reject:proof'],
  ['status', 3_000, 'reject:other-chain'],
  ['held', 3_000, 'reject:undecodable'],
  ['heldRequest', 3_000, 'reject:invalid-request'],
  ['rangeRequest', 3_000, 'reject:invalid-request'],
  ['proposalsRequest', 3_000, 'reject:invalid-request'],
  ['columnsRequest', 3_000, 'reject:invalid-request'],
  ['tilesRequest', 3_000, 'reject:invalid-request'],
  ['submission', 3_000, 'answer:2'],
  ['submissionAnswer', 3_000, 'reject:undecodable'],
  ['answerStream', 3_000, 'malformed'],
  ['requestStream', 3_000, 'refused'],
]

/** Outcomes of what is valid. */
const okays = ['ok', 'answer:0', 'answered', 'items:1', 'items:2', 'items:3', 'items:4']

test('the list of message types is whole', (t) => {
  t.deepEqual(
    quick.map(([name]) => name),
    targets.map(({ name }) => name),
  )
})

for (const [name, mutants, deep] of quick) {
  test.serial(`mutants of ${name} are judged as the plain rules say`, async (t) => {
    const result: FuzzResult = await fuzz(targetOf(name), { mutants, seed, reset })
    for (const line of linesOf(result)) t.log(line)
    t.deepEqual(result.failures, [])
    t.is(result.mutants, mutants)
    const accepted = okays.reduce((sum, outcome) => sum + (result.counts.get(outcome) ?? 0), 0)
    t.true(accepted > mutants / 100, `${accepted} of ${mutants} were accepted`)
    t.true((result.counts.get(deep) ?? 0) > 0, `none was judged ${deep}`)
  })
}

test.serial('a judge that leaves out one clause is found out', async (t) => {
  const certificate = targetOf('certificate')
  const lenient: Target = {
    ...certificate,
    async judge(data, context, random) {
      const outcome = await certificate.judge(data, context, random)
      return outcome === 'reject:quorum' ? 'ok' : outcome
    },
  }
  const { failures } = await fuzz(lenient, { mutants: 1_000, seed, reset })
  t.true(failures.length > 0)
  t.is(failures[0]?.expected, 'reject:quorum')
})

test.serial('a judge that throws, or accepts what is cut off, is found out', async (t) => {
  const status = targetOf('status')
  const brittle: Target = {
    ...status,
    judge(data) {
      if (data.length < 89) throw new RangeError('expected 89 bytes')
      return status.judge(data, undefined, createRandom(1))
    },
  }
  const { failures } = await fuzz(brittle, { mutants: 2_000, seed, reset })
  t.true(failures.some(({ judged }) => judged.startsWith('throws:')))
})

test('the book of signatures says what pairings say', (t) => {
  const { ledger, voteRoot } = chain
  for (const { data } of targetOf('vote').bases.slice(0, 4)) {
    const vote = decode(plain.Vote, data) as Fields
    const message = voteRoot(vote.kind as number, vote.height as number, vote.root as Uint8Array)
    t.true(ledger.verify([vote.validator as number], message, vote.signature as Uint8Array))
    t.false(ledger.verify([((vote.validator as number) + 1) % 4], message, vote.signature as Uint8Array))
  }
  const certificate = decode(plain.Certificate, targetOf('certificate').bases[0]!.data) as Fields
  const message = voteRoot(
    certificate.kind as number,
    certificate.height as number,
    certificate.root as Uint8Array,
  )
  t.true(ledger.verify([0, 1, 2], message, certificate.signature as Uint8Array))
  t.false(ledger.verify([0, 1, 3], message, certificate.signature as Uint8Array))
})

test('the twin’s own extension of bands is the one under dataRoot', async (t) => {
  const { engine, blocks } = chain
  for (const { grid, header } of blocks.filter((block) => block.grid.header.rowCount > 1)) {
    const truth = createGridTruth(grid, MAX_BANDS)
    const bands = Array.from({ length: 2 * truth.shape.bands }, (_, band) => band)
    const made = await engine.makeTiles(
      { header: header.message as never, sheet: grid.sheet },
      grid.columns[77]!,
      bands,
    )
    t.deepEqual(
      made.map(({ cells }) => cells),
      bands.map((band) => truth.tile(band, 77).cells),
    )
  }
})
