// Where blobs lie in a block: the one layout that a list of blobs has. Entries are sorted by namespace, blobs of one
// namespace keep the order of the list, so start cells ascend through the whole list; each blob starts at the next
// cell, an aligned one at the next row, and what follows an aligned one starts at a row too. The list of entries
// begins where the last blob ends.

import { compare, equal, toHex } from '../base/bytes.ts'
import { BYTES_PER_BLOB } from '../kernel/parameters.ts'
import { areFlags, isAligned, isNamespace, isRaw } from './blob.ts'
import type { PackingCode } from './block.ts'
import { cellCount } from './cells.ts'
import type { Entry } from './containers.ts'
import { DATA_COLUMNS, MAX_ENTRIES } from './shape.ts'

/** Bytes of one SSZ entry: 29 + 4 + 8 + 1 + 32. */
export const ENTRY_BYTES = 74
/** The byte length before the list of entries: u32, big-endian. */
export const LENGTH_BYTES = 4

export interface Extent {
  readonly length: number
  readonly flags: number
}

export interface Layout {
  /** Start cell of each blob, in order. */
  readonly startCells: readonly number[]
  /** Data cell from which the list of entries lies. */
  readonly entriesCell: number
  /** N: least number of rows that holds blobs and list. */
  readonly rowCount: number
}

/** Lays out blobs that are already in the order of entries. None: a layout without rows. */
export const layoutOf = (blobs: readonly Extent[]): Layout => {
  if (blobs.length === 0) return { startCells: [], entriesCell: 0, rowCount: 0 }
  let next = 0
  const startCells = blobs.map(({ length, flags }) => {
    const start = isAligned(flags) ? upToRow(next) : next
    const end = start + cellCount(length, flags)
    next = isAligned(flags) ? upToRow(end) : end
    return start
  })
  const listCells = cellCount(LENGTH_BYTES + blobs.length * ENTRY_BYTES, 0)
  return { startCells, entriesCell: next, rowCount: Math.ceil((next + listCells) / DATA_COLUMNS) }
}

/** Blobs in the order of entries: by namespace, and within one as they came. */
export const inOrder = <T extends { readonly namespace: Uint8Array }>(blobs: readonly T[]): readonly T[] =>
  blobs.toSorted((a, b) => compare(a.namespace, b.namespace))

/** Rows that a block of these blobs takes, in any order of theirs: what a leader picks blobs by. */
export const rowsNeeded = (blobs: readonly (Extent & { readonly namespace: Uint8Array })[]): number =>
  layoutOf(inOrder(blobs)).rowCount

/** What is wrong with a list of entries for a grid of N rows whose list lies at `entriesCell`, or undefined. */
export const faultOfEntries = (
  entries: readonly Entry[],
  rowCount: number,
  entriesCell: number,
): PackingCode | undefined => {
  if (entries.length > MAX_ENTRIES) return 'entries-length'
  const fault = entries.map((entry, i) => faultOfEntry(entry, entries[i - 1], rowCount)).find(Boolean)
  if (fault !== undefined) return fault
  const layout = layoutOf(entries)
  if (entries.some((entry, i) => entry.startCell !== layout.startCells[i])) return 'start-cell'
  if (entriesCell !== layout.entriesCell) return 'entries-cell'
  if (rowCount !== layout.rowCount) return 'row-count'
  if (new Set(entries.map(({ blobId }) => toHex(blobId))).size !== entries.length) return 'blob-id-repeated'
  return undefined
}

const faultOfEntry = (
  entry: Entry,
  previous: Entry | undefined,
  rowCount: number,
): PackingCode | undefined => {
  if (!isNamespace(entry.namespace)) return 'namespace-malformed'
  if (previous !== undefined && isBefore(entry, previous)) return 'entries-order'
  if (!areFlags(entry.flags)) return 'flags-unknown'
  const { length, flags } = entry
  if (!Number.isSafeInteger(length) || length < 1 || length > rowCount * BYTES_PER_BLOB) return 'entry-length'
  return isRaw(flags) && length % BYTES_PER_BLOB !== 0 ? 'raw-length' : undefined
}

const isBefore = (entry: Entry, previous: Entry): boolean =>
  equal(entry.namespace, previous.namespace)
    ? entry.startCell <= previous.startCell
    : compare(entry.namespace, previous.namespace) < 0

const upToRow = (cell: number): number => Math.ceil(cell / DATA_COLUMNS) * DATA_COLUMNS
