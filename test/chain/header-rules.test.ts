import test from 'ava'
import type { Header } from '../../src/chain/containers.ts'
import { judgeHeaderCount, judgeHeaderParent, judgeSignedHeader } from '../../src/chain/header-rules.ts'
import { headerRoot } from '../../src/chain/signing.ts'
import { bls, fixtureChain, headerOf, signHeader, TIMESTAMP } from './fixture.ts'

const chain = fixtureChain([1, 1, 1, 1], { maxRows: 5 })
const context = { chain: fixtureChain([1, 1, 1, 1], { maxRows: 4 }), bls }
const valid = headerOf(context.chain, 5, { parentHeight: 4, parentRoot: new Uint8Array(32).fill(4) })
const withRows: Partial<Header> = {
  rowCount: 4,
  entriesCell: 255,
  commitmentsRoot: new Uint8Array(32).fill(1),
  entriesRoot: new Uint8Array(32).fill(2),
  dataRoot: new Uint8Array(32).fill(3),
  proofsRoot: new Uint8Array(32).fill(4),
}

test('a header by its leader is accepted, with rows and without', (t) => {
  t.deepEqual(judgeSignedHeader(signHeader(context.chain, valid), context), { verdict: 'accept' })
  const filled = signHeader(context.chain, { ...valid, ...withRows })
  t.deepEqual(judgeSignedHeader(filled, context), { verdict: 'accept' })
  const first = signHeader(context.chain, headerOf(context.chain, 1))
  t.deepEqual(judgeSignedHeader(first, context), { verdict: 'accept' })
})

const wrong: readonly [title: string, code: string, change: Partial<Header>][] = [
  ['another chain', 'chain-id', { chainId: new Uint8Array(32) }],
  ['height 0', 'height', { height: 0 }],
  ['a height beyond the safe integers', 'height', { height: Number.POSITIVE_INFINITY }],
  ['a timestamp beyond the safe integers', 'timestamp', { timestamp: 2 ** 53 }],
  ['another version', 'version', { version: 2 }],
  ['a parent of its own height', 'parent-height', { parentHeight: 5 }],
  ['a parent above it', 'parent-height', { parentHeight: 6 }],
  ['a genesis parent that is not the chain id', 'parent-height', { parentHeight: 0 }],
  ['a proposer that does not lead', 'proposer', { proposer: 1 }],
  ['a proposer that is no validator', 'proposer', { proposer: 4 }],
  ['other validators', 'validators-root', { validatorsRoot: new Uint8Array(32) }],
  ['too many rows', 'row-count', { ...withRows, rowCount: 5 }],
  ['entries behind the grid', 'entries-cell', { ...withRows, entriesCell: 256 }],
  ['entries in an empty grid', 'entries-cell', { entriesCell: 1 }],
  ['data in an empty grid', 'empty-roots', { dataRoot: new Uint8Array(32).fill(1) }],
  ['commitments of an empty grid', 'empty-roots', { commitmentsRoot: new Uint8Array(32) }],
  ['entries of an empty grid', 'empty-roots', { entriesRoot: new Uint8Array(32) }],
  ['proofs of an empty grid', 'empty-roots', { proofsRoot: new Uint8Array(32) }],
]
for (const [title, code, change] of wrong) {
  test(`a header is rejected for ${title}`, (t) => {
    // Signed by the leader: height 5 is validator 0's. An infinite height cannot be serialized, nor come by the wire.
    const message = { ...valid, ...change }
    const signed =
      code === 'height' ? { message, signature: new Uint8Array(96) } : signHeader(context.chain, message, 0)
    t.deepEqual(judgeSignedHeader(signed, context), { verdict: 'reject', code } as never)
  })
}

test('a header signed by another validator, or altered after signing, is rejected', (t) => {
  const rejected = { verdict: 'reject', code: 'header-signature' } as const
  t.deepEqual(judgeSignedHeader(signHeader(context.chain, valid, 1), context), rejected)
  const signed = signHeader(context.chain, valid)
  const message = { ...valid, timestamp: valid.timestamp + 1 }
  t.deepEqual(judgeSignedHeader({ ...signed, message }, context), rejected)
  const signature = signed.signature.slice()
  signature[5]! ^= 1
  t.deepEqual(judgeSignedHeader({ ...signed, signature }, context), rejected)
  // The same header on a chain whose genesis differs in a single parameter.
  t.is(judgeSignedHeader(signed, { chain, bls }).verdict, 'reject')
})

test('a header that is known, and a third of a height, are ignored', (t) => {
  const [a, b, c] = [1, 2, 3].map((n) => new Uint8Array(32).fill(n)) as [Uint8Array, Uint8Array, Uint8Array]
  t.deepEqual(judgeHeaderCount(a, []), { verdict: 'accept' })
  t.deepEqual(judgeHeaderCount(b, [a]), { verdict: 'accept' })
  t.deepEqual(judgeHeaderCount(a, [a, b]), { verdict: 'ignore', code: 'known-header' })
  t.deepEqual(judgeHeaderCount(c, [a, b]), { verdict: 'ignore', code: 'third-header' })
})

test('a timestamp lies above the parent’s, by at most 60,000 ms a height', (t) => {
  const parent = { height: 4, timestamp: TIMESTAMP }
  const judge = (height: number, timestamp: number) =>
    judgeHeaderParent({ height, parentHeight: 4, timestamp }, parent)
  t.deepEqual(judge(5, TIMESTAMP), { verdict: 'reject', code: 'timestamp-low' })
  t.deepEqual(judge(5, TIMESTAMP + 1), { verdict: 'accept' })
  t.deepEqual(judge(5, TIMESTAMP + 60_000), { verdict: 'accept' })
  t.deepEqual(judge(5, TIMESTAMP + 60_001), { verdict: 'reject', code: 'timestamp-high' })
  t.deepEqual(judge(7, TIMESTAMP + 180_000), { verdict: 'accept' })
  t.deepEqual(judge(7, TIMESTAMP + 180_001), { verdict: 'reject', code: 'timestamp-high' })
})

test('a header whose parent is unknown is ignored, one with the wrong parent height rejected', (t) => {
  t.deepEqual(judgeHeaderParent(valid, undefined), { verdict: 'ignore', code: 'parent-unknown' })
  const parent = { height: 3, timestamp: TIMESTAMP }
  t.deepEqual(judgeHeaderParent(valid, parent), { verdict: 'reject', code: 'parent-height' })
})

test('every field of a header is part of its root', (t) => {
  const root = headerRoot(valid)
  for (const field of Object.keys(valid) as (keyof Header)[]) {
    const value = valid[field]
    const changed = typeof value === 'number' ? value + 1 : value.map((byte) => byte ^ 1)
    t.notDeepEqual(headerRoot({ ...valid, [field]: changed }), root, field)
  }
})
