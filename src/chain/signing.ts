// What is signed: the root of {domain, chainId, kind, height, root}. The values of domains and kinds are part of the
// protocol (docs/protocol.md, "Signatures"); the chain id keeps the signatures of one chain out of every other.

import { ByteVectorType, ContainerType, UintNumberType } from '@chainsafe/ssz'
import { treeRootOf } from '../base/tree-root.ts'
import type { Certificate, Header, Vote } from './containers.ts'
import { HeaderType } from './containers.ts'

/** Signature domains: a proposer's header, a validator's vote. */
export const DOMAIN = { header: 1, vote: 2 } as const
export type Domain = (typeof DOMAIN)[keyof typeof DOMAIN]

/** Kinds. `header` is only signed in the domain `header`, the others only in the domain `vote`. */
export const KIND = { header: 0, notarise: 1, nil: 2, finalize: 3 } as const
export type Kind = (typeof KIND)[keyof typeof KIND]
export type VoteKind = Exclude<Kind, 0>

/** Names of the kinds of votes, for logs and JSON. */
export const kindName: Readonly<Record<number, string>> = {
  [KIND.header]: 'header',
  [KIND.notarise]: 'notarise',
  [KIND.nil]: 'nil',
  [KIND.finalize]: 'finalize',
}

/** The root of a nil vote. */
export const ZERO_ROOT: Uint8Array = new Uint8Array(32)

export const isVoteKind = (kind: number): kind is VoteKind =>
  kind === KIND.notarise || kind === KIND.nil || kind === KIND.finalize

const u64 = new UintNumberType(8)
const u8 = new UintNumberType(1)
const Bytes32 = new ByteVectorType(32)

export const SigningDataType = new ContainerType({
  domain: u8,
  chainId: Bytes32,
  kind: u8,
  height: u64,
  root: Bytes32,
})

/** The 32 bytes that are signed. */
export const signingRoot = (
  domain: Domain,
  chainId: Uint8Array,
  kind: Kind,
  height: number,
  root: Uint8Array,
): Uint8Array => treeRootOf(SigningDataType, { domain, chainId, kind, height, root })

/** A block's root: the hash_tree_root of its header, 32 bytes. */
export const headerRoot = (header: Header): Uint8Array => treeRootOf(HeaderType, header)

/** What the proposer signs: its header's root in the domain `header`. */
export const headerSigningRoot = (chainId: Uint8Array, height: number, root: Uint8Array): Uint8Array =>
  signingRoot(DOMAIN.header, chainId, KIND.header, height, root)

/** What a vote's signature, and every signature aggregated in a certificate, is of. */
export const voteSigningRoot = (
  chainId: Uint8Array,
  vote: Pick<Vote | Certificate, 'height' | 'root'> & { readonly kind: VoteKind },
): Uint8Array => signingRoot(DOMAIN.vote, chainId, vote.kind, vote.height, vote.root)
