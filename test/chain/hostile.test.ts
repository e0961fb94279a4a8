// Whatever bytes decode, the rules give a verdict: they never throw, and never accept what nobody signed.

import test from 'ava'
import fc from 'fast-check'
import { judgeColumn, judgeProposal } from '../../src/chain/block-rules.ts'
import {
  CertificateType,
  ColumnType,
  ProposalType,
  SignedHeaderType,
  VoteType,
} from '../../src/chain/containers.ts'
import { judgeHeaderParent, judgeSignedHeader } from '../../src/chain/header-rules.ts'
import { headerRoot, KIND } from '../../src/chain/signing.ts'
import { judgeCertificate, judgeVote } from '../../src/chain/vote-rules.ts'
import { bls, certificateOf, fixtureChain, headerOf, signHeader, signVote } from './fixture.ts'

const chain = fixtureChain()
const context = { chain, bls }
const signed = signHeader(chain, headerOf(chain, 2))
const root = headerRoot(signed.message)

/** Valid bytes with a few of them replaced. */
const damaged = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 12,
    })
    .map((changes) => {
      const copy = bytes.slice()
      for (const [at, change] of changes) copy[at] = (copy[at]! + change) & 0xff
      return copy
    })
    .filter((copy) => copy.some((byte, i) => byte !== bytes[i]))

const decode = <T>(type: { deserialize(bytes: Uint8Array): T }, bytes: Uint8Array): T | undefined => {
  try {
    return type.deserialize(bytes)
  } catch {
    return undefined
  }
}

const neverAccepted = <T>(
  type: { deserialize(bytes: Uint8Array): T; serialize(value: T): Uint8Array },
  value: T,
  judge: (value: T) => { readonly verdict: string },
): void =>
  fc.assert(
    fc.property(damaged(type.serialize(value)), (bytes) => {
      const decoded = decode(type, bytes)
      return decoded === undefined || judge(decoded).verdict !== 'accept'
    }),
    { numRuns: 500 },
  )

test('damaged headers, proposals and columns are never accepted', (t) => {
  neverAccepted(SignedHeaderType, signed, (header) => judgeSignedHeader(header, context))
  const proposal = { header: signed, commitments: [], entries: [], sheet: [] }
  neverAccepted(ProposalType, proposal, (value) => judgeProposal(value, context))
  const column = { header: signed, index: 3, cells: [], branch: [] }
  neverAccepted(ColumnType, column, (value) => judgeColumn(value, context))
  t.pass()
})

test('damaged votes and certificates are never accepted', (t) => {
  const vote = signVote(chain, 1, KIND.notarise, 3, root)
  neverAccepted(VoteType, vote, (value) => judgeVote(value, { ...context, finalHeight: 0, currentHeight: 3 }))
  const certificate = certificateOf(chain, [0, 1, 2], KIND.finalize, 2, root)
  neverAccepted(CertificateType, certificate, (value) => judgeCertificate(value, context))
  t.pass()
})

test('integers of 64 bits that no number holds are judged, not thrown about', (t) => {
  const bytes = SignedHeaderType.serialize(signed)
  // version 2, chainId 32, height 8, parentHeight 8, parentRoot 32, then the timestamp.
  for (const [at, code] of [
    [34, 'height'],
    [42, 'parent-height'],
    [82, 'timestamp'],
  ] as const) {
    for (const last of [0x20, 0x80, 0xff]) {
      const copy = bytes.slice()
      copy.fill(0xff, at, at + 7)
      copy[at + 7] = last
      const decoded = SignedHeaderType.deserialize(copy)
      t.deepEqual(judgeSignedHeader(decoded, context), { verdict: 'reject', code } as never)
      if (code === 'timestamp') {
        const parent = judgeHeaderParent(decoded.message, { height: 0, timestamp: chain.genesis.timestamp })
        t.deepEqual(parent, { verdict: 'reject', code: 'timestamp-high' })
      }
    }
  }
})
