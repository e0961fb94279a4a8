// From data cells back to entries, and the judgement whether they are the one valid packing: the list of entries is read
// from the grid itself, and everything that it describes is held against the cells. One blob at a time is in memory: a
// block has up to 32 MiB of them, wherever its cells lie.

import { equal, isZero } from '../base/bytes.ts'
import { treeRootOf } from '../base/tree-root.ts'
import { type Reject, reject } from '../base/verdict.ts'
import { blobIdOf } from './blob.ts'
import type { PackingCode } from './block.ts'
import { areCanonicalElements } from './canonical.ts'
import { type CellLookup, carriesOnly, cellCount, payloadPerCell, readBytes } from './cells.ts'
import { EntriesType, type Entry } from './containers.ts'
import { ENTRY_BYTES, faultOfEntries, LENGTH_BYTES } from './layout.ts'
import { nobleSha256, type Sha256 } from './sha256.ts'
import { DATA_COLUMNS, MAX_ENTRIES } from './shape.ts'

export interface Unpacked {
  readonly verdict: 'accept'
  readonly entries: readonly Entry[]
}

/** What the header says of a packing; `maxRows` is genesis's. */
export interface PackingClaim {
  readonly rowCount: number
  readonly entriesCell: number
  readonly entriesRoot: Uint8Array
  readonly maxRows: number
}

/** Judges the data cells of a grid, all of them at hand, as a packing, cheap checks first, and reads its entries. */
export const judgePacking = (
  cellAt: CellLookup,
  { rowCount, entriesCell, entriesRoot, maxRows }: PackingClaim,
  sha256: Sha256 = nobleSha256,
): Unpacked | Reject<PackingCode> => {
  // [reject] limits
  if (rowCount > maxRows) return reject('row-count')

  // [reject] the list that the grid carries, and its root
  const entries = readEntries(cellAt, rowCount, entriesCell)
  if (typeof entries === 'string') return reject(entries)
  if (!equal(treeRootOf(EntriesType, entries), entriesRoot)) return reject('entries-root')

  // [reject] order, flags, lengths, places, least number of rows
  const fault = faultOfEntries(entries, rowCount, entriesCell)
  if (fault !== undefined) return reject(fault)

  // A grid without rows carries no list either.
  if (rowCount === 0) return { verdict: 'accept', entries }

  // [reject] every byte: canonical elements, blobIds, zeros where nothing lies
  for (let row = 0; row < rowCount; row++)
    for (let column = 0; column < DATA_COLUMNS; column++)
      if (!areCanonicalElements(cellAt(row, column)!)) return reject('not-canonical')
  if (!entries.every((entry) => isNamed(cellAt, entry, sha256))) return reject('blob-id')
  if (!isZeroElsewhere(cellAt, rowCount, [...entries, listExtent(entries, entriesCell)]))
    return reject('padding')
  return { verdict: 'accept', entries }
}

/** Whether an entry's bytes hash to its blobId. */
const isNamed = (
  cellAt: CellLookup,
  { namespace, startCell, flags, length, blobId }: Entry,
  sha256: Sha256,
): boolean => {
  const data = readBytes(cellAt, startCell, flags, 0, length)
  return data !== undefined && equal(blobIdOf({ namespace, flags, data }, sha256), blobId)
}

type CellExtent = Pick<Entry, 'startCell' | 'length' | 'flags'>

const listExtent = (entries: readonly Entry[], entriesCell: number): CellExtent => ({
  startCell: entriesCell,
  length: LENGTH_BYTES + entries.length * ENTRY_BYTES,
  flags: 0,
})

/** Whether nothing but these extents, in the order of their cells, has a byte that is not zero. */
const isZeroElsewhere = (cellAt: CellLookup, rowCount: number, extents: readonly CellExtent[]): boolean => {
  const at = (cell: number) => cellAt(Math.floor(cell / DATA_COLUMNS), cell % DATA_COLUMNS)!
  let cell = 0
  for (const { startCell, length, flags } of extents) {
    for (; cell < startCell; cell++) if (!isZero(at(cell))) return false
    for (let left = length; left > 0; left -= payloadPerCell(flags), cell++)
      if (!carriesOnly(at(cell), Math.min(left, payloadPerCell(flags)), flags)) return false
  }
  for (; cell < rowCount * DATA_COLUMNS; cell++) if (!isZero(at(cell))) return false
  return true
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
