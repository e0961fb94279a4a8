// What a validator may add to the record of what it signed at a height. The rules of DESIGN section 5 in one place:
// one proposal, one notarise, and nil and finalize exclude each other for ever. The machine asks before it says `sign`,
// the signer asks again before the key is used.

import { equal } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { SigningRecord } from '../chain/ports.ts'
import { KIND, ZERO_ROOT } from '../chain/signing.ts'
import type { VoteIntent } from './types.ts'

export type RecordErrorCode = 'contradicting-record' | 'vote-not-recorded'
export type RecordError = WeftError<RecordErrorCode, { readonly height: number }>

export const emptyRecord = (height: number): SigningRecord => ({ height, nil: false })

/**
 * Whether a validator that signed `before` may come to have signed `after`: nothing is taken back or replaced, and
 * what is there does not exclude itself.
 */
export const mayFollow = (before: SigningRecord, after: SigningRecord): boolean =>
  after.height === before.height &&
  kept(before.proposed, after.proposed) &&
  kept(before.notarised, after.notarised) &&
  kept(before.finalized, after.finalized) &&
  (!before.nil || after.nil) &&
  isConsistent(after)

/** Throws RecordError `contradicting-record` unless `after` may follow `before`. */
export const checkFollows = (before: SigningRecord, after: SigningRecord): void => {
  if (!mayFollow(before, after))
    throw new WeftError(
      'contradicting-record',
      `expected a record of height ${before.height} that keeps what was signed there, got one that contradicts it`,
      { height: before.height },
    )
}

/** The votes that a record stands for, notarise first. */
export const votesOf = (record: SigningRecord): readonly VoteIntent[] => {
  const { height, notarised, nil, finalized } = record
  return [
    ...(notarised === undefined ? [] : [{ kind: KIND.notarise, height, root: notarised }]),
    ...(nil ? [{ kind: KIND.nil, height, root: ZERO_ROOT }] : []),
    ...(finalized === undefined ? [] : [{ kind: KIND.finalize, height, root: finalized }]),
  ]
}

/** Whether a record stands for a vote. */
export const covers = (record: SigningRecord, vote: VoteIntent): boolean =>
  votesOf(record).some(
    ({ kind, height, root }) => kind === vote.kind && height === vote.height && equal(root, vote.root),
  )

const kept = (before: Uint8Array | undefined, after: Uint8Array | undefined): boolean =>
  before === undefined || (after !== undefined && equal(before, after))

const isConsistent = ({ notarised, nil, finalized, proposed }: SigningRecord): boolean =>
  // nil and finalize exclude each other; only what was notarised is finalized; a leader notarises its own block only.
  !(nil && finalized !== undefined) &&
  (finalized === undefined || (notarised !== undefined && equal(notarised, finalized))) &&
  (proposed === undefined || notarised === undefined || equal(proposed, notarised))
