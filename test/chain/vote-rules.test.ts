import { BitArray } from '@chainsafe/ssz'
import test from 'ava'
import type { Certificate, Vote } from '../../src/chain/containers.ts'
import { isHeaderEvidence, isVoteEvidence } from '../../src/chain/evidence.ts'
import { KIND, ZERO_ROOT } from '../../src/chain/signing.ts'
import { areExclusive, judgeCertificate, judgeVote } from '../../src/chain/vote-rules.ts'
import { bls, certificateOf, fixtureChain, headerOf, signHeader, signVote } from './fixture.ts'

const chain = fixtureChain([1, 1, 1, 3])
const root = new Uint8Array(32).fill(5)
const context = { chain, bls, finalHeight: 10, currentHeight: 12 }
const valid = signVote(chain, 2, KIND.notarise, 11, root)
const rejected = (code: string) => ({ verdict: 'reject', code }) as never
const ignored = (code: string) => ({ verdict: 'ignore', code }) as never

test('votes of all kinds are accepted', (t) => {
  t.deepEqual(judgeVote(valid, context), { verdict: 'accept' })
  t.deepEqual(judgeVote(signVote(chain, 0, KIND.nil, 12, ZERO_ROOT), context), { verdict: 'accept' })
  t.deepEqual(judgeVote(signVote(chain, 3, KIND.finalize, 20, root), context), { verdict: 'accept' })
})

const wrongVotes: readonly [title: string, verdict: never, change: Partial<Vote>][] = [
  ['the kind of headers', rejected('kind'), { kind: KIND.header }],
  ['an unknown kind', rejected('kind'), { kind: 4 }],
  ['height 0', rejected('height'), { height: 0 }],
  ['an infinite height', rejected('height'), { height: Number.POSITIVE_INFINITY }],
  ['a nil vote with a root', rejected('root'), { kind: KIND.nil }],
  ['a notarise vote without one', rejected('root'), { root: ZERO_ROOT }],
  ['a validator that is none', rejected('validator'), { validator: 4 }],
  ['another validator', rejected('signature'), { validator: 1 }],
  ['another height', rejected('signature'), { height: 12 }],
  ['another kind', rejected('signature'), { kind: KIND.finalize }],
  ['another root', rejected('signature'), { root: new Uint8Array(32).fill(6) }],
  ['a signature that is no point', rejected('signature'), { signature: new Uint8Array(96) }],
]
for (const [title, verdict, change] of wrongVotes) {
  test(`a vote is rejected for ${title}`, (t) => {
    t.deepEqual(judgeVote({ ...valid, ...change }, context), verdict)
  })
}

test('votes that are of no use are ignored before their signature is looked at', (t) => {
  const idle = { ...context, bls: { verify: () => t.fail('verified a signature') as never } }
  t.deepEqual(judgeVote({ ...valid, height: 10 }, idle), ignored('old-vote'))
  t.deepEqual(judgeVote({ ...valid, height: 21 }, idle), ignored('early-vote'))
  t.deepEqual(judgeVote(valid, { ...idle, known: () => [root] }), ignored('known-vote'))
  t.deepEqual(judgeVote(valid, { ...idle, known: () => [ZERO_ROOT, ZERO_ROOT] }), ignored('third-vote'))
})

test('a second vote for another root is accepted, as evidence', (t) => {
  t.deepEqual(judgeVote(valid, { ...context, known: () => [ZERO_ROOT] }), { verdict: 'accept' })
})

const certificate = certificateOf(chain, [0, 1, 3], KIND.notarise, 11, root)

test('a certificate of more than two thirds of the weight is accepted', (t) => {
  t.deepEqual(judgeCertificate(certificate, context), { verdict: 'accept' })
  const nil = certificateOf(chain, [0, 1, 2, 3], KIND.nil, 11, ZERO_ROOT)
  t.deepEqual(judgeCertificate(nil, { chain, bls }), { verdict: 'accept' })
})

const signers = (bits: readonly boolean[]) => BitArray.fromBoolArray([...bits])
const wrongCertificates: readonly [title: string, code: string, change: Partial<Certificate>][] = [
  ['the kind of headers', 'kind', { kind: KIND.header }],
  ['height 0', 'height', { height: 0 }],
  ['nil with a root', 'root', { kind: KIND.nil }],
  ['no root', 'root', { root: ZERO_ROOT }],
  ['a bit too few', 'signers-length', { signers: signers([true, true, true]) }],
  ['a bit too many', 'signers-length', { signers: signers([true, true, false, true, true]) }],
  ['two thirds of the weight exactly', 'quorum', { signers: signers([true, false, false, true]) }],
  ['all validators but not the weight', 'quorum', { signers: signers([true, true, true, false]) }],
  ['nobody', 'quorum', { signers: signers([false, false, false, false]) }],
  ['a signer who did not sign', 'signature', { signers: signers([true, true, true, true]) }],
  ['another signer', 'signature', { signers: signers([true, false, true, true]) }],
  ['another kind', 'signature', { kind: KIND.finalize }],
  ['another height', 'signature', { height: 12 }],
  ['another root', 'signature', { root: new Uint8Array(32).fill(6) }],
  ['a signature of one signer', 'signature', { signature: valid.signature }],
  ['a signature that is no point', 'signature', { signature: new Uint8Array(96) }],
]
for (const [title, code, change] of wrongCertificates) {
  test(`a certificate is rejected for ${title}`, (t) => {
    t.deepEqual(judgeCertificate({ ...certificate, ...change }, { chain, bls }), rejected(code))
  })
}

test('certificates that say nothing new are ignored before their signature is looked at', (t) => {
  const idle = { ...context, bls: { verifyAggregate: () => t.fail('verified a signature') as never } }
  t.deepEqual(judgeCertificate(certificate, { ...idle, finalHeight: 11 }), ignored('old-certificate'))
  t.deepEqual(judgeCertificate(certificate, { ...idle, known: () => true }), ignored('known-certificate'))
})

test('votes exclude each other exactly where no honest validator signs both', (t) => {
  const other = new Uint8Array(32).fill(6)
  const vote = (kind: number, of: Uint8Array, change = {}) => ({
    kind,
    root: of,
    height: 3,
    validator: 1,
    ...change,
  })
  const { notarise, nil, finalize } = KIND
  t.true(areExclusive(vote(notarise, root), vote(notarise, other)))
  t.true(areExclusive(vote(finalize, root), vote(finalize, other)))
  t.true(areExclusive(vote(finalize, root), vote(notarise, other)))
  t.true(areExclusive(vote(nil, ZERO_ROOT), vote(finalize, root)))
  t.true(areExclusive(vote(finalize, root), vote(nil, ZERO_ROOT)))
  t.false(areExclusive(vote(notarise, root), vote(nil, ZERO_ROOT)))
  t.false(areExclusive(vote(nil, ZERO_ROOT), vote(nil, ZERO_ROOT)))
  t.false(areExclusive(vote(notarise, root), vote(finalize, root)))
  t.false(areExclusive(vote(notarise, root), vote(notarise, other, { height: 4 })))
  t.false(areExclusive(vote(notarise, root), vote(notarise, other, { validator: 2 })))
})

test('evidence of two votes needs both signatures', (t) => {
  const nil = signVote(chain, 1, KIND.nil, 4, ZERO_ROOT)
  const finalize = signVote(chain, 1, KIND.finalize, 4, root)
  t.true(isVoteEvidence(nil, finalize, { chain, bls }))
  t.false(isVoteEvidence(nil, { ...finalize, signature: nil.signature }, { chain, bls }))
  t.false(isVoteEvidence(nil, nil, { chain, bls }))
  t.false(isVoteEvidence({ ...nil, validator: 9 }, { ...finalize, validator: 9 }, { chain, bls }))
})

test('evidence of two headers needs two valid ones of one height', (t) => {
  const a = signHeader(chain, headerOf(chain, 3))
  const b = signHeader(chain, headerOf(chain, 3, { timestamp: 1 }))
  t.true(isHeaderEvidence(a, b, { chain, bls }))
  t.false(isHeaderEvidence(a, a, { chain, bls }))
  t.false(isHeaderEvidence(a, { ...b, signature: a.signature }, { chain, bls }))
  t.false(isHeaderEvidence(a, signHeader(chain, headerOf(chain, 7)), { chain, bls }))
})
