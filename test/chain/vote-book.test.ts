import test from 'ava'
import { KIND } from '../../src/chain/signing.ts'
import { createVoteBook } from '../../src/chain/vote-book.ts'
import { judgeVote } from '../../src/chain/vote-rules.ts'
import { bls, fixtureChain, signVote } from './fixture.ts'

const chain = fixtureChain()
const root = (value: number) => new Uint8Array(32).fill(value)

test('a validator that votes for ever new roots is relayed twice, and the same vote as often as it is sent', (t) => {
  const book = createVoteBook()
  const context = { chain, bls, finalHeight: 0, currentHeight: 1, known: book.others }
  const judge = (value: number, validator = 2) => {
    const vote = signVote(chain, validator, KIND.notarise, 1, root(value))
    const verdict = judgeVote(vote, context)
    if (verdict.verdict === 'accept') book.add(vote, 0)
    return verdict
  }
  const accepted = { verdict: 'accept' } as const
  t.deepEqual([judge(1), judge(1), judge(2)], [accepted, accepted, accepted])
  t.deepEqual(judge(3), { verdict: 'ignore', code: 'third-vote' })
  t.deepEqual([judge(1), judge(2), judge(3, 1)], [accepted, accepted, accepted])
  t.deepEqual(judge(4), { verdict: 'ignore', code: 'third-vote' })
})

test('votes of heights that are final are forgotten, those above are not', (t) => {
  const book = createVoteBook()
  const vote = (height: number, value: number) => ({
    kind: KIND.notarise,
    height,
    validator: 0,
    root: root(value),
  })
  for (const height of [1, 2, 3]) book.add(vote(height, 1), 0)
  book.add(vote(4, 1), 2)
  t.deepEqual(
    [1, 2, 3, 4].map((height) => book.others(vote(height, 2)).length),
    [0, 0, 1, 1],
  )
})
