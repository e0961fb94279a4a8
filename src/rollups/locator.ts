// Our own name for a final blob in the commitments of other stacks: `version || height || blobId`. The height makes
// the answer the same for everybody at every time: a block that is final never gains a blob. OP's generic commitment
// and Nitro's certificate carry it behind the same two bytes.

import { concat, u64be } from '../base/bytes.ts'

/**
 * The byte that names this layer: 'w'. Taken by others: 00 EigenDA, 0a Avail, 0c Celestia in OP's list, 63 Celestia in
 * Nitro's, ff reference servers; OP wants it below 127.
 */
export const LAYER_BYTE = 0x77
/** OP's type of generic commitments, and Nitro's header byte of external providers. */
const EXTERNAL_BYTE = 0x01
const LOCATOR_VERSION = 0
/** Type, layer, version, height, blobId. */
export const LOCATOR_BYTES = 1 + 1 + 1 + 8 + 32

export interface Locator {
  readonly height: number
  /** 32 bytes. */
  readonly blobId: Uint8Array
}

export const encodeLocator = ({ height, blobId }: Locator): Uint8Array =>
  concat(Uint8Array.of(EXTERNAL_BYTE, LAYER_BYTE, LOCATOR_VERSION), u64be(height), blobId)

/** undefined: not one of ours. */
export const decodeLocator = (bytes: Uint8Array): Locator | undefined => {
  const isOurs = bytes[0] === EXTERNAL_BYTE && bytes[1] === LAYER_BYTE && bytes[2] === LOCATOR_VERSION
  if (!isOurs || bytes.length !== LOCATOR_BYTES) return undefined
  const height = bytes.subarray(3, 11).reduce((sum, byte) => sum * 256 + byte, 0)
  return Number.isSafeInteger(height) ? { height, blobId: bytes.slice(11) } : undefined
}
