// When votes and certificates are valid, and which votes exclude each other.

import { equal, isZero } from '../base/bytes.ts'
import { accept, ignore, reject, type Verdict } from '../base/verdict.ts'
import type { BlsVerifier } from './bls.ts'
import type { Chain } from './chain.ts'
import type { Certificate, Vote } from './containers.ts'
import { isQuorum } from './quorum.ts'
import { isVoteKind, KIND, voteSigningRoot } from './signing.ts'

/** Votes for heights further above the current one are of no use yet and would fill memory. */
export const MAX_VOTE_LEAD = 8

export type VoteCode =
  | 'kind'
  | 'height'
  | 'root'
  | 'validator'
  | 'signature'
  | 'old-vote'
  | 'early-vote'
  | 'known-vote'
  | 'third-vote'

export interface VoteContext {
  readonly chain: Chain
  readonly bls: Pick<BlsVerifier, 'verify'>
  readonly finalHeight: number
  readonly currentHeight: number
  /** Roots of the votes of this kind, height and validator that were accepted before. */
  readonly known?: (vote: Pick<Vote, 'kind' | 'height' | 'validator' | 'root'>) => readonly Uint8Array[]
}

/** Judges a vote, its signature last. A second vote of a kind for another root is accepted: it is evidence. */
export const judgeVote = (vote: Vote, context: VoteContext): Verdict<VoteCode> => {
  const { kind, height, root } = vote

  // [reject] The kind is notarise, nil or finalize.
  if (!isVoteKind(kind)) return reject('kind')

  // [reject] The height is at least 1 and a safe integer.
  if (!Number.isSafeInteger(height) || height < 1) return reject('height')

  // [reject] The root is zero if and only if the vote is nil.
  if (isZero(root) !== (kind === KIND.nil)) return reject('root')

  // [reject] The validator is one of genesis.
  const validator = context.chain.genesis.validators[vote.validator]
  if (validator === undefined) return reject('validator')

  // [ignore] The height is above the final one: below it nothing is decided any more.
  if (height <= context.finalHeight) return ignore('old-vote')

  // [ignore] The height is not far above the current one.
  if (height > context.currentHeight + MAX_VOTE_LEAD) return ignore('early-vote')

  // [ignore] The vote is new, and at most the second of its kind, height and validator.
  const known = context.known?.(vote) ?? []
  if (known.some((other) => equal(other, root))) return ignore('known-vote')
  if (known.length >= 2) return ignore('third-vote')

  // [reject] The signature is the validator's.
  const signingRoot = voteSigningRoot(context.chain.chainId, { kind, height, root })
  if (!context.bls.verify(signingRoot, validator.publicKey, vote.signature)) return reject('signature')

  return accept
}

export type CertificateCode =
  | 'kind'
  | 'height'
  | 'root'
  | 'signers-length'
  | 'quorum'
  | 'signature'
  | 'old-certificate'
  | 'known-certificate'

export interface CertificateContext {
  readonly chain: Chain
  readonly bls: Pick<BlsVerifier, 'verifyAggregate'>
  /** Certificates of heights up to here are of no use. Default: none are too old. */
  readonly finalHeight?: number
  /** Whether a certificate of this kind and height, for this root, is stored. */
  readonly known?: (certificate: Pick<Certificate, 'kind' | 'height' | 'root'>) => boolean
}

/** Judges a certificate by itself, its aggregate signature last. */
export const judgeCertificate = (
  certificate: Certificate,
  context: CertificateContext,
): Verdict<CertificateCode> => {
  const { kind, height, root, signers, signature } = certificate
  const { chain } = context

  // [reject] The kind is notarise, nil or finalize.
  if (!isVoteKind(kind)) return reject('kind')

  // [reject] The height is at least 1 and a safe integer.
  if (!Number.isSafeInteger(height) || height < 1) return reject('height')

  // [reject] The root is zero if and only if the certificate is nil.
  if (isZero(root) !== (kind === KIND.nil)) return reject('root')

  // [reject] There is one bit a validator.
  if (signers.bitLen !== chain.genesis.validators.length) return reject('signers-length')

  // [ignore] The height is above the final one.
  if (context.finalHeight !== undefined && height <= context.finalHeight) return ignore('old-certificate')

  // [ignore] The certificate says something new.
  if (context.known?.(certificate)) return ignore('known-certificate')

  // [reject] The signers are a quorum: 3 * signed weight > 2 * total.
  const indices = signers.getTrueBitIndexes()
  const signed = indices.reduce((weight, index) => weight + chain.weights[index]!, 0)
  if (!isQuorum(signed, chain.totalWeight)) return reject('quorum')

  // [reject] The signature is the aggregate of exactly theirs.
  const keys = indices.map((index) => chain.genesis.validators[index]!.publicKey)
  const signingRoot = voteSigningRoot(chain.chainId, { kind, height, root })
  if (!context.bls.verifyAggregate(signingRoot, keys, signature)) return reject('signature')

  return accept
}

/**
 * Whether no honest validator signs both: two roots of a kind at one height, nil and finalize, or finalize of another
 * block than it notarised. Signatures are not looked at.
 */
export const areExclusive = (
  first: Pick<Vote, 'kind' | 'height' | 'root' | 'validator'>,
  second: Pick<Vote, 'kind' | 'height' | 'root' | 'validator'>,
): boolean => {
  if (first.validator !== second.validator || first.height !== second.height) return false
  const kinds = [first.kind, second.kind]
  if (kinds.includes(KIND.nil)) return kinds.includes(KIND.finalize)
  return !equal(first.root, second.root)
}
