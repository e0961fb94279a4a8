// From blobs to rows: the data half of a grid. A list of blobs has exactly one packing (layout.ts says where things
// lie, cells.ts how bytes lie in cells); unpacking.ts is the other direction and refuses everything else.

import { concat, toHex, u32be } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import { BYTES_PER_BLOB } from '../kernel/parameters.ts'
import { type Blob, type BlobFault, blobIdOf, describeFault, faultOfBlob } from './blob.ts'
import { writeBytes } from './cells.ts'
import { EntriesType, type Entry } from './containers.ts'
import { inOrder, layoutOf } from './layout.ts'
import { nobleSha256, type Sha256 } from './sha256.ts'
import { MAX_ENTRIES } from './shape.ts'

export interface PackedBlobs {
  /** N rows of 131,072 bytes: EIP-4844 blobs. */
  readonly rows: readonly Uint8Array[]
  /** Sorted by (namespace, start cell). */
  readonly entries: readonly Entry[]
  /** Data cell from which the list of entries lies; 0 for no blobs. */
  readonly entriesCell: number
}

/** Why blobs cannot be packed; `data.index` is the place of the blob in the list that was given. */
export type PackingErrorCode = BlobFault | 'blob-repeated' | 'too-many-entries' | 'too-many-rows'
export type PackingError = WeftError<PackingErrorCode, { readonly index: number }>

/** Packs blobs into the least number of rows; no blobs, no rows. Throws PackingError. */
export const packBlobs = (
  blobs: readonly Blob[],
  { maxRows }: { readonly maxRows: number },
  sha256: Sha256 = nobleSha256,
): PackedBlobs => {
  if (blobs.length > MAX_ENTRIES) {
    throw packingError(
      'too-many-entries',
      MAX_ENTRIES,
      `expected at most ${MAX_ENTRIES} blobs, got ${blobs.length}`,
    )
  }
  const named = blobs.map((blob, index) => {
    const fault = faultOfBlob(blob)
    if (fault !== undefined) throw packingError(fault, index, `blob ${index}: ${describeFault(blob, fault)}`)
    return { ...blob, length: blob.data.length, index }
  })
  const sorted = inOrder(named)
  const { startCells, entriesCell, rowCount } = layoutOf(sorted)
  if (rowCount > maxRows) {
    throw packingError(
      'too-many-rows',
      blobs.length - 1,
      `expected blobs for ${maxRows} rows, got ${rowCount} rows of them`,
    )
  }
  const seen = new Set<string>()
  const entries = sorted.map((blob, i): Entry => {
    const blobId = blobIdOf(blob, sha256)
    const name = toHex(blobId)
    if (seen.has(name))
      throw packingError('blob-repeated', blob.index, `expected a blob once, got ${name} twice`)
    seen.add(name)
    return {
      namespace: blob.namespace,
      startCell: startCells[i]!,
      length: blob.length,
      flags: blob.flags,
      blobId,
    }
  })
  return {
    rows: layRows(
      sorted.map(({ data }) => data),
      entries,
      entriesCell,
      rowCount,
    ),
    entries,
    entriesCell,
  }
}

/** The rows that these bytes and entries make, for a valid layout. */
const layRows = (
  data: readonly Uint8Array[],
  entries: readonly Entry[],
  entriesCell: number,
  rowCount: number,
): readonly Uint8Array[] => {
  const region = new Uint8Array(rowCount * BYTES_PER_BLOB)
  const rows = Array.from({ length: rowCount }, (_, row) =>
    region.subarray(row * BYTES_PER_BLOB, (row + 1) * BYTES_PER_BLOB),
  )
  entries.forEach((entry, i) => {
    writeBytes(rows, entry.startCell, data[i]!, entry.flags)
  })
  if (rowCount > 0) {
    const list = EntriesType.serialize([...entries])
    writeBytes(rows, entriesCell, concat(u32be(list.length), list), 0)
  }
  return rows
}

const packingError = (code: PackingErrorCode, index: number, message: string): PackingError =>
  new WeftError(code, message, { index })
