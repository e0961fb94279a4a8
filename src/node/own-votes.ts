// Watches for votes that carry this validator's signature and that it never recorded: the key is being used elsewhere,
// or the record of what was signed has been lost. Either way nothing more may be signed here.

import { WeftError } from '../base/error.ts'
import type { Vote } from '../chain/containers.ts'
import type { FinalStore, SigningStore } from '../chain/ports.ts'
import { isVoteKind } from '../chain/signing.ts'
import { covers } from '../consensus/record.ts'

export interface OwnVotesComponents {
  readonly store: Pick<SigningStore, 'getSigningRecord' | 'signingFloor'> & Pick<FinalStore, 'earliestHeight'>
  /** Called once, with a `key-in-use` error. */
  readonly onForeign: (error: WeftError<'key-in-use', { readonly height: number }>) => void
}

/** A function that is given every vote whose signature has been checked. */
export const createOwnVotes = (
  { validator }: { readonly validator: number | undefined },
  { store, onForeign }: OwnVotesComponents,
): ((vote: Vote) => Promise<void>) => {
  let found = false
  return async (vote) => {
    if (found || validator === undefined || vote.validator !== validator) return
    const { kind, height, root } = vote
    // What was signed before a record was imported, or has been pruned, is not known here.
    if (height < (await store.signingFloor()) || height < (await store.earliestHeight())) return
    const record = await store.getSigningRecord(height)
    if (record !== undefined && isVoteKind(kind) && covers(record, { kind, height, root })) return
    if (found) return
    found = true
    onForeign(
      new WeftError(
        'key-in-use',
        `expected to be the only one who signs with this validator's key, got a vote of height ${height} that is not recorded here: stop the other node, or import its signing record`,
        { height },
      ),
    )
  }
}
