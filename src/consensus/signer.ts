// The only holder of a validator's secret key. A vote leaves it only after the record that stands for it is synced, and
// a record is synced only if it may follow the one on disk: whatever the machine or its host gets wrong, no two votes
// that exclude each other are ever signed.

import { equal } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { BlsSigner } from '../chain/bls.ts'
import type { Chain } from '../chain/chain.ts'
import type { Vote } from '../chain/containers.ts'
import type { SigningRecord, SigningStore } from '../chain/ports.ts'
import { headerSigningRoot, voteSigningRoot } from '../chain/signing.ts'
import { checkFollows, covers, emptyRecord } from './record.ts'
import type { VoteIntent } from './types.ts'

export interface SignerInit {
  readonly chain: Pick<Chain, 'chainId'>
  /** Index of the validator in genesis. */
  readonly validator: number
  /** 32 bytes. */
  readonly secretKey: Uint8Array
}

export interface SignerComponents {
  readonly store: Pick<SigningStore, 'getSigningRecord' | 'putSigningRecord' | 'signingFloor'>
  readonly bls: Pick<BlsSigner, 'sign'>
}

export interface Signer {
  /**
   * Syncs `record`, then signs `votes`, all of which it must stand for. Without a record, signs again what synced
   * records stand for. Throws RecordError `contradicting-record` or `vote-not-recorded`, and whatever the store throws;
   * nothing is signed then. Resolves with undefined, and has signed nothing, where the record lies below the floor of
   * the signing store.
   */
  sign(record: SigningRecord | undefined, votes: readonly VoteIntent[]): Promise<readonly Vote[] | undefined>
  /**
   * Signs the own header (96 bytes). The signed header may be stored; it leaves only after the `sign` output whose
   * record names its root as proposed. Throws RecordError if another header of this height was signed by this signer.
   */
  signHeader(height: number, root: Uint8Array): Uint8Array
}

export const createSigner = (
  { chain, validator, secretKey }: SignerInit,
  { store, bls }: SignerComponents,
): Signer => {
  let lastHeader: { readonly height: number; readonly root: Uint8Array } | undefined

  const signVote = ({ kind, height, root }: VoteIntent): Vote => ({
    kind,
    height,
    root,
    validator,
    signature: bls.sign(voteSigningRoot(chain.chainId, { kind, height, root }), secretKey),
  })

  return {
    async sign(record, votes) {
      if (record !== undefined) {
        if (record.height < (await store.signingFloor())) return undefined
        checkFollows((await store.getSigningRecord(record.height)) ?? emptyRecord(record.height), record)
        await store.putSigningRecord(record)
      }
      const floor = await store.signingFloor()
      const own: VoteIntent[] = []
      for (const vote of votes) {
        const synced = vote.height === record?.height ? record : await store.getSigningRecord(vote.height)
        if (synced !== undefined && covers(synced, vote)) {
          own.push(vote)
          // Below the floor the machine believes that it signed what was never signed.
        } else if (vote.height >= floor) {
          throw new WeftError(
            'vote-not-recorded',
            `expected a synced record of every vote, got none of kind ${vote.kind} at height ${vote.height}`,
            { height: vote.height },
          )
        }
      }
      return own.map(signVote)
    },
    signHeader(height, root) {
      if (lastHeader !== undefined && lastHeader.height === height && !equal(lastHeader.root, root))
        throw new WeftError('contradicting-record', `expected one header of height ${height}, got a second`, {
          height,
        })
      lastHeader = { height, root }
      return bls.sign(headerSigningRoot(chain.chainId, height, root), secretKey)
    },
  }
}
