// What can go wrong in the store, as codes that its callers match on.

import { WeftError } from '../base/error.ts'

/**
 * - `store-locked`: another process has the database open.
 * - `store-damaged`: the database cannot be opened, or a record that must not be lost is damaged.
 * - `unknown-format`: written by another version of the format.
 * - `other-chain`: the database belongs to another chain id.
 * - `store-failed`: a write failed; nothing is read, written or acknowledged any more until a restart.
 * - `store-closed`: not open, or closed already.
 * - `contradicting-signature`: the signing record would contradict what was signed at its height.
 * - `conflicting-final`, `conflicting-certificate`: two different blocks where the protocol allows one.
 * - `below-horizon`: the height has been pruned.
 * - `below-signing-floor`: nothing new may be signed at the height, since the record there may be incomplete.
 * - `signing-records-lost`: every copy of the signing records is damaged, and nothing tells how high they reached.
 */
export type StoreErrorCode =
  | 'store-locked'
  | 'store-damaged'
  | 'unknown-format'
  | 'other-chain'
  | 'store-failed'
  | 'store-closed'
  | 'contradicting-signature'
  | 'conflicting-final'
  | 'conflicting-certificate'
  | 'below-horizon'
  | 'below-signing-floor'
  | 'signing-records-lost'

export interface StoreErrorData {
  /** Folder of the database, where it concerns all of it. */
  readonly location?: string
  readonly height?: number
  /** Part of the database, as in keys.ts. */
  readonly part?: string
}

export const storeError = (
  code: StoreErrorCode,
  message: string,
  data: StoreErrorData = {},
  cause?: unknown,
): WeftError<StoreErrorCode, StoreErrorData> =>
  new WeftError(code, message, data, cause === undefined ? undefined : { cause })
