// Bytes in data cells. The data region of a block is its rows' data cells one after another; data cell c is cell
// c mod 64 of row floor(c / 64). A cell carries 31 bytes in each of its 64 field elements, the top byte zero (1,984
// bytes), or, in a raw blob, all 2,048.

import { isZero } from '../base/bytes.ts'
import { BYTES_PER_CELL, BYTES_PER_FIELD_ELEMENT } from '../kernel/parameters.ts'
import { isRaw } from './blob.ts'
import { DATA_COLUMNS } from './shape.ts'

/** Bytes of a blob that one element carries. */
const PAYLOAD_PER_ELEMENT = BYTES_PER_FIELD_ELEMENT - 1
/** Bytes of a blob that one cell carries: 1,984. */
export const PAYLOAD_PER_CELL = (BYTES_PER_CELL / BYTES_PER_FIELD_ELEMENT) * PAYLOAD_PER_ELEMENT

/** Looks up a data cell by row (0..N-1) and column (0..63): 2,048 bytes, or undefined where it is not at hand. */
export type CellLookup = (row: number, column: number) => Uint8Array | undefined

/** Bytes that a cell of a blob with these flags carries. */
export const payloadPerCell = (flags: number): number => (isRaw(flags) ? BYTES_PER_CELL : PAYLOAD_PER_CELL)

/** Cells that a blob takes up, without what alignment leaves empty. */
export const cellCount = (length: number, flags: number): number => Math.ceil(length / payloadPerCell(flags))

/** Data cell c of rows of 131,072 bytes each. */
export const dataCell = (rows: readonly Uint8Array[], cell: number): Uint8Array => {
  const start = (cell % DATA_COLUMNS) * BYTES_PER_CELL
  return rows[Math.floor(cell / DATA_COLUMNS)]!.subarray(start, start + BYTES_PER_CELL)
}

export const lookupInRows =
  (rows: readonly Uint8Array[]): CellLookup =>
  (row, column) =>
    rows[row]?.subarray(column * BYTES_PER_CELL, (column + 1) * BYTES_PER_CELL)

/** Writes bytes into zeroed rows from data cell `startCell` on. */
export const writeBytes = (
  rows: readonly Uint8Array[],
  startCell: number,
  bytes: Uint8Array,
  flags: number,
): void => {
  const size = payloadPerCell(flags)
  for (let at = 0, cell = startCell; at < bytes.length; at += size, cell++) {
    const payload = bytes.subarray(at, at + size)
    if (isRaw(flags)) dataCell(rows, cell).set(payload)
    else spread(payload, dataCell(rows, cell))
  }
}

/**
 * Bytes offset..offset+length-1 of what lies from data cell `startCell` on; undefined if a cell that they need is not
 * at hand. The range must lie within the region.
 */
export const readBytes = (
  cellAt: CellLookup,
  startCell: number,
  flags: number,
  offset: number,
  length: number,
): Uint8Array | undefined => {
  const size = payloadPerCell(flags)
  const bytes = new Uint8Array(length)
  const scratch = new Uint8Array(PAYLOAD_PER_CELL)
  let written = 0
  for (let index = Math.floor(offset / size); written < length; index++) {
    const cell = startCell + index
    const found = cellAt(Math.floor(cell / DATA_COLUMNS), cell % DATA_COLUMNS)
    if (found === undefined) return undefined
    const payload = isRaw(flags) ? found : gather(found, scratch)
    const from = offset + written - index * size
    const part = payload.subarray(from, from + length - written)
    bytes.set(part, written)
    written += part.length
  }
  return bytes
}

/** Whether a data cell that carries `length` bytes of a blob, from its first place on, is zero everywhere else. */
export const carriesOnly = (cell: Uint8Array, length: number, flags: number): boolean => {
  if (isRaw(flags)) return isZero(cell.subarray(length))
  let left = length
  for (let element = 0; element < BYTES_PER_CELL; element += BYTES_PER_FIELD_ELEMENT) {
    const used = Math.min(left, PAYLOAD_PER_ELEMENT)
    if (cell[element] !== 0) return false
    for (let i = 1 + used; i < BYTES_PER_FIELD_ELEMENT; i++) if (cell[element + i] !== 0) return false
    left -= used
  }
  return true
}

const spread = (payload: Uint8Array, cell: Uint8Array): void => {
  for (let at = 0, element = 0; at < payload.length; element += BYTES_PER_FIELD_ELEMENT) {
    const end = Math.min(at + PAYLOAD_PER_ELEMENT, payload.length)
    for (let to = element + 1; at < end; at++, to++) cell[to] = payload[at]!
  }
}

const gather = (cell: Uint8Array, payload: Uint8Array): Uint8Array => {
  for (let at = 0, element = 0; element < BYTES_PER_CELL; element += BYTES_PER_FIELD_ELEMENT) {
    for (let i = 1; i < BYTES_PER_FIELD_ELEMENT; i++, at++) payload[at] = cell[element + i]!
  }
  return payload
}
