// From rows back to entries and blobs, and the judgement whether the rows are the one valid packing: the list of
// entries is read from the grid itself, and what it describes is packed again and compared byte for byte.

import { equal } from '../base/bytes.ts'
import { treeRootOf } from '../base/tree-root.ts'
import { type Reject, reject } from '../base/verdict.ts'
import { BYTES_PER_BLOB } from '../kernel/parameters.ts'
import { blobIdOf } from './blob.ts'
import type { PackingCode } from './block.ts'
import { areCanonicalElements } from './canonical.ts'
import { type CellLookup, cellCount, lookupInRows, readBytes } from './cells.ts'
import { EntriesType, type Entry } from './containers.ts'
import { ENTRY_BYTES, faultOfEntries, LENGTH_BYTES } from './layout.ts'
import { layRows } from './packing.ts'
import { nobleSha256, type Sha256 } from './sha256.ts'
import { DATA_COLUMNS, MAX_ENTRIES } from './shape.ts'

export interface Unpacked {
  readonly verdict: 'accept'
  readonly entries: readonly Entry[]
  /** Bytes of each entry's blob, in order of entries. */
  readonly data: readonly Uint8Array[]
}

/** What the header says of a packing; `maxRows` is genesis's. */
export interface PackingClaim {
  readonly entriesCell: number
  readonly entriesRoot: Uint8Array
  readonly maxRows: number
}

/** Judges rows (131,072 bytes each) as a packing, cheap checks first, and reads its entries and blobs. */
export const unpackRows = (
  rows: readonly Uint8Array[],
  { entriesCell, entriesRoot, maxRows }: PackingClaim,
  sha256: Sha256 = nobleSha256,
): Unpacked | Reject<PackingCode> => {
  // [reject] limits
  if (rows.length > maxRows || rows.some((row) => row.length !== BYTES_PER_BLOB)) return reject('row-count')

  // [reject] the list that the grid carries, and its root
  const entries = readEntries(lookupInRows(rows), rows.length, entriesCell)
  if (typeof entries === 'string') return reject(entries)
  if (!equal(treeRootOf(EntriesType, entries), entriesRoot)) return reject('entries-root')

  // [reject] order, flags, lengths, places, least number of rows
  const fault = faultOfEntries(entries, rows.length, entriesCell)
  if (fault !== undefined) return reject(fault)

  // [reject] every byte: canonical elements, blobIds, zeros where nothing lies
  if (!rows.every(areCanonicalElements)) return reject('not-canonical')
  const cellAt = lookupInRows(rows)
  const data = entries.map(({ startCell, flags, length }) => readBytes(cellAt, startCell, flags, 0, length)!)
  const named = entries.every((entry, i) =>
    equal(blobIdOf({ namespace: entry.namespace, flags: entry.flags, data: data[i]! }, sha256), entry.blobId),
  )
  if (!named) return reject('blob-id')
  const again = layRows(data, entries, entriesCell, rows.length)
  if (!rows.every((row, i) => equal(row, again[i]!))) return reject('padding')
  return { verdict: 'accept', entries, data }
}

/** The list of entries that lies in a grid of N rows from `entriesCell` on, not judged beyond its length. */
export const readEntries = (
  cellAt: CellLookup,
  rowCount: number,
  entriesCell: number,
): Entry[] | 'entries-cell' | 'entries-length' => {
  if (rowCount === 0) return entriesCell === 0 ? [] : 'entries-cell'
  const cells = rowCount * DATA_COLUMNS
  if (!Number.isSafeInteger(entriesCell) || entriesCell < 0 || entriesCell >= cells) return 'entries-cell'
  const prefix = readBytes(cellAt, entriesCell, 0, 0, LENGTH_BYTES)
  if (prefix === undefined) return 'entries-length'
  const length = new DataView(prefix.buffer).getUint32(0)
  if (length === 0 || length % ENTRY_BYTES !== 0 || length > MAX_ENTRIES * ENTRY_BYTES)
    return 'entries-length'
  if (entriesCell + cellCount(LENGTH_BYTES + length, 0) > cells) return 'entries-length'
  const list = readBytes(cellAt, entriesCell, 0, LENGTH_BYTES, length)
  return list === undefined ? 'entries-length' : EntriesType.deserialize(list)
}
