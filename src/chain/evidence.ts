// Evidence that a validator broke the rules, that anyone can check: two signed headers of one height, or two votes
// that exclude each other. What follows from it is not the protocol's business yet; nodes keep and log it.

import { equal } from '../base/bytes.ts'
import type { BlsVerifier } from './bls.ts'
import type { Chain } from './chain.ts'
import type { SignedHeader, Vote } from './containers.ts'
import { judgeSignedHeader } from './header-rules.ts'
import { headerRoot, isVoteKind, voteSigningRoot } from './signing.ts'
import { areExclusive } from './vote-rules.ts'

interface EvidenceContext {
  readonly chain: Chain
  readonly bls: Pick<BlsVerifier, 'verify'>
}

/** Whether two headers, both valid by themselves, are different ones of one height. */
export const isHeaderEvidence = (
  first: SignedHeader,
  second: SignedHeader,
  context: EvidenceContext,
): boolean =>
  first.message.height === second.message.height &&
  !equal(headerRoot(first.message), headerRoot(second.message)) &&
  judgeSignedHeader(first, context).verdict === 'accept' &&
  judgeSignedHeader(second, context).verdict === 'accept'

/** Whether two votes exclude each other and both are signed by the validator. */
export const isVoteEvidence = (first: Vote, second: Vote, { chain, bls }: EvidenceContext): boolean => {
  const validator = chain.genesis.validators[first.validator]
  if (validator === undefined || !areExclusive(first, second)) return false
  return [first, second].every(
    ({ kind, height, root, signature }) =>
      isVoteKind(kind) &&
      bls.verify(voteSigningRoot(chain.chainId, { kind, height, root }), validator.publicKey, signature),
  )
}
