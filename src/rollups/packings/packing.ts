// What the three packings share: how a payload becomes EIP-4844 blobs and comes back. Each keeps every field element
// below the order r by leaving its top bits free, and each does it differently; a row handed over `raw` keeps its own.

import { WeftError } from '../../base/error.ts'
import { BYTES_PER_BLOB, BYTES_PER_FIELD_ELEMENT } from '../../kernel/parameters.ts'

/** Bytes of a field element that are free in every packing: all but the first. */
export const FREE_BYTES = BYTES_PER_FIELD_ELEMENT - 1

/** `too-long`: more bytes than fit. `not-packed`: these rows were not made by this packing. */
export type RollupPackingErrorCode = 'too-long' | 'not-packed'

export const packingError = (code: RollupPackingErrorCode, message: string) =>
  new WeftError<RollupPackingErrorCode, undefined>(code, message, undefined)

/** Throws `not-packed` unless the row has a blob's length. */
export const expectRow = (row: Uint8Array): void => {
  if (row.length !== BYTES_PER_BLOB) {
    throw packingError('not-packed', `expected a row of ${BYTES_PER_BLOB} bytes, got ${row.length}`)
  }
}
