// What a light node believes of the chain, with real keys and signatures, put together as the node does it: old
// certificates, those of another chain or of other validators, repeated signers and forged headers move nothing.

import { BitArray } from '@chainsafe/ssz'
import test from 'ava'
import { judgeAnnouncement } from '../../src/chain/block-rules.ts'
import type { Chain } from '../../src/chain/chain.ts'
import { chainOf, genesisBlock } from '../../src/chain/chain.ts'
import type { Announcement, Certificate, Header } from '../../src/chain/containers.ts'
import { createGenesis } from '../../src/chain/genesis.ts'
import { headerRoot, KIND } from '../../src/chain/signing.ts'
import { judgeCertificate } from '../../src/chain/vote-rules.ts'
import { createLightChain, type LightChain, type LightStep } from '../../src/sampling/light-chain.ts'
import {
  bls,
  certificateOf,
  fixtureChain,
  headerOf,
  peerIdOf,
  secretKeyOf,
  signHeader,
  signVote,
  TIMESTAMP,
} from '../chain/fixture.ts'

const chain = fixtureChain()

/** A light node's belief in `of`, as src/node/light.ts builds it. */
const followerOf = (of: Chain = chain): LightChain => {
  const { height, root, timestamp } = genesisBlock(of)
  const judged = { chain: of, bls }
  return createLightChain(
    { base: { height, root, timestampMs: timestamp }, staleMs: 60_000 },
    {
      judgeAnnouncement: (announcement) => judgeAnnouncement(announcement, judged),
      judgeCertificate: (certificate) => judgeCertificate(certificate, judged),
    },
  )
}

const announce = (message: Header, of: Chain = chain, signer?: number): Announcement => ({
  header: signHeader(of, message, signer),
  commitments: [],
})

const childOf = (parent: Announcement, of: Chain = chain, change: Partial<Header> = {}): Announcement => {
  const { height, timestamp } = parent.header.message
  return announce(
    headerOf(of, height + 1, {
      parentHeight: height,
      parentRoot: headerRoot(parent.header.message),
      timestamp: timestamp + 2_000,
      ...change,
    }),
    of,
  )
}

const rootOf = ({ header }: Announcement) => headerRoot(header.message)
const finalize = (of: Chain, { header }: Announcement, signers = [0, 1, 2]): Certificate =>
  certificateOf(of, signers, KIND.finalize, header.message.height, headerRoot(header.message))

const codeOf = ({ verdict }: LightStep) => ('code' in verdict ? verdict.code : verdict.verdict)

/** Genesis, then blocks 1 to 4, of which 3 is certified. */
const following = () => {
  const light = followerOf()
  const blocks = [announce(headerOf(chain, 1))]
  for (let i = 0; i < 3; i++) blocks.push(childOf(blocks.at(-1)!))
  for (const block of blocks) light.announce(block)
  light.certify(finalize(chain, blocks[2]!))
  return { light, blocks: blocks as [Announcement, Announcement, Announcement, Announcement] }
}

/** The same validators under another name: only the chain id differs. */
const otherChain = chainOf(
  createGenesis({ name: 'another', timestamp: TIMESTAMP, validators: chain.genesis.validators }),
)

/** Other keys under the name, time and numbers of this chain. */
const otherValidators = chainOf(
  createGenesis({
    name: 'fixture',
    timestamp: TIMESTAMP,
    validators: [10, 11, 12, 13].map((i) => ({
      publicKey: bls.publicKeyOf(secretKeyOf(i)),
      possession: bls.provePossession(secretKeyOf(i)),
      peerId: peerIdOf(i),
      weight: 1,
    })),
  }),
)

test('an honest certificate moves the tip, so that what follows is refused for its own sake', (t) => {
  const { light, blocks } = following()
  t.deepEqual(light.tip()?.root, rootOf(blocks[2]))
  t.is(codeOf(light.certify(finalize(chain, blocks[3]))), 'accept')
  t.deepEqual(light.tip()?.root, rootOf(blocks[3]))
})

test('old certificates change nothing: the tip never goes back', (t) => {
  const { light, blocks } = following()
  t.is(codeOf(light.certify(finalize(chain, blocks[2]))), 'known-certificate')
  t.is(codeOf(light.certify(finalize(chain, blocks[1]))), 'known-certificate')
  t.is(codeOf(light.certify(finalize(chain, blocks[0]))), 'known-certificate')
  t.deepEqual(light.tip()?.root, rootOf(blocks[2]))
  t.is(codeOf(light.announce(blocks[1])), 'known-header')
  // Of another block of an old height, by a quorum that broke the protocol: refused and reported.
  const fork = announce(headerOf(chain, 2, { timestamp: TIMESTAMP + 77_000 }))
  t.is(codeOf(light.certify(finalize(chain, fork))), 'conflicting-final')
  t.deepEqual(light.tip()?.root, rootOf(blocks[2]))
  t.truthy(light.conflict())
})

test('certificates of another chain or of other validators are refused, whatever they name', (t) => {
  for (const foreign of [otherChain, otherValidators]) {
    const { light, blocks } = following()
    const theirs = announce(headerOf(foreign, 4), foreign)
    t.is(codeOf(light.certify(finalize(foreign, theirs))), 'signature')
    // Signed by them for our own block.
    t.is(codeOf(light.certify(finalize(foreign, blocks[3]))), 'signature')
    t.deepEqual(light.tip()?.root, rootOf(blocks[2]))
    t.is(light.certificate()?.height, 3)
  }
})

test('repeated signers, too few, unknown ones and votes of another kind make no certificate', (t) => {
  const { light, blocks } = following()
  const root = rootOf(blocks[3])
  const vote = (validator: number, kind: 1 | 2 | 3 = KIND.finalize, height = 4, of = root) =>
    signVote(chain, validator, kind, height, of).signature
  const forged = (bits: readonly number[], votes: readonly Uint8Array[], length = 4): Certificate => {
    const signers = BitArray.fromBitLen(length)
    for (const bit of bits) signers.set(bit, true)
    return { kind: KIND.finalize, height: 4, root, signers, signature: bls.aggregate([...votes]) }
  }
  const lies: [string, Certificate][] = [
    // One signer, or two, counted several times: a bit is either set or not.
    ['quorum', forged([0], [vote(0), vote(0), vote(0)])],
    ['quorum', forged([0, 1], [vote(0), vote(1), vote(1)])],
    ['signature', forged([0, 1, 2], [vote(0), vote(0), vote(0)])],
    ['signature', forged([0, 1, 2], [vote(0), vote(1), vote(1)])],
    ['signature', forged([0, 1, 2], [vote(0), vote(1), vote(2), vote(2)])],
    ['signature', forged([0, 1, 2, 3], [vote(0), vote(1), vote(2)])],
    ['signature', forged([0, 1, 3], [vote(0), vote(1), vote(2)])],
    ['signers-length', forged([0, 1, 2], [vote(0), vote(1), vote(2)], 5)],
    ['signers-length', forged([0, 1, 2], [vote(0), vote(1), vote(2)], 3)],
    ['signature', forged([0, 1, 2], [vote(0), vote(1), vote(2, KIND.notarise)])],
    [
      'signature',
      forged(
        [0, 1, 2],
        [0, 1, 2].map((i) => vote(i, KIND.notarise)),
      ),
    ],
    [
      'signature',
      forged(
        [0, 1, 2],
        [0, 1, 2].map((i) => vote(i, KIND.finalize, 5)),
      ),
    ],
    [
      'signature',
      forged(
        [0, 1, 2],
        [0, 1, 2].map((i) => vote(i, KIND.finalize, 4, rootOf(blocks[1]))),
      ),
    ],
    ['quorum', forged([], [vote(0)])],
    // Secrets of nobody: the infinite signature, and one that is no point.
    ['signature', { ...forged([0, 1, 2], [vote(0)]), signature: Uint8Array.of(0xc0, ...new Uint8Array(95)) }],
    ['signature', { ...forged([0, 1, 2], [vote(0)]), signature: new Uint8Array(96).fill(7) }],
  ]
  for (const [code, certificate] of lies) t.is(codeOf(light.certify(certificate)), code)
  // A notarise certificate is true, and says nothing about finality.
  t.is(codeOf(light.certify(certificateOf(chain, [0, 1, 2], KIND.notarise, 4, root))), 'not-finalize')
  t.deepEqual(light.tip()?.root, rootOf(blocks[2]))
  t.is(codeOf(light.certify(forged([0, 1, 2], [vote(0), vote(1), vote(2)]))), 'accept')
})

test('forged headers are refused: another signer, chain, leader, shape or parent', (t) => {
  const { light, blocks } = following()
  const change = (fields: Partial<Header>, signer?: number): Announcement => {
    const message = { ...headerOf(chain, 5, { parentHeight: 4, parentRoot: rootOf(blocks[3]) }), ...fields }
    return announce(message, chain, signer)
  }
  const proposer = headerOf(chain, 5).proposer
  const other = (proposer + 1) % 4
  const lies: [string, Announcement][] = [
    ['header-signature', change({}, other)],
    ['header-signature', { ...change({}), header: { ...change({}).header, signature: new Uint8Array(96) } }],
    // The signature of a true header under another one.
    [
      'header-signature',
      { commitments: [], header: { ...blocks[3].header, message: change({}).header.message } },
    ],
    ['proposer', change({ proposer: other }, other)],
    ['chain-id', change({ chainId: otherChain.chainId })],
    ['validators-root', change({ validatorsRoot: otherValidators.validatorsRoot })],
    ['version', change({ version: 2 })],
    ['parent-height', change({ parentHeight: 5 })],
    ['empty-roots', change({ dataRoot: new Uint8Array(32).fill(1) })],
    ['commitments-count', { ...change({}), commitments: [new Uint8Array(48)] }],
    ['commitments-count', change({ rowCount: 1 })],
  ]
  for (const [code, announcement] of lies) t.is(codeOf(light.announce(announcement)), code)
  // Well signed by its leader, on a parent that contradicts what is final: taken in, and never final.
  const detached = announce(headerOf(chain, 5, { parentHeight: 2, parentRoot: new Uint8Array(32).fill(5) }))
  t.is(codeOf(light.announce(detached)), 'accept')
  t.is(codeOf(light.certify(finalize(chain, detached))), 'conflicting-final')
  t.deepEqual(light.tip()?.root, rootOf(blocks[2]))
})

test('a header that a certificate vouches for is taken by its hash alone, never another in its place', (t) => {
  const { light, blocks } = following()
  const fifth = childOf(blocks[3])
  t.is(codeOf(light.certify(finalize(chain, fifth))), 'accept')
  t.deepEqual(light.missing(), { start: 5, count: 1 })
  // Same height, well signed, another root.
  const sibling = childOf(blocks[3], chain, { timestamp: fifth.header.message.timestamp + 1 })
  light.announce(sibling)
  t.false(light.isFinal(rootOf(sibling)))
  t.deepEqual(light.tip()?.root, rootOf(blocks[2]))
  const unsigned = { ...fifth, header: { ...fifth.header, signature: new Uint8Array(96) } }
  t.is(codeOf(light.announce(unsigned)), 'accept')
  t.deepEqual(light.tip()?.root, rootOf(fifth))
})
