// viem's `toBlobs` and `fromBlobs`: 31 bytes a field element behind a zero byte, and a 0x80 after the last byte, in an
// element of its own where the one before is full.

import { concat } from '../../base/bytes.ts'
import { BYTES_PER_BLOB, BYTES_PER_FIELD_ELEMENT, FIELD_ELEMENTS_PER_BLOB } from '../../kernel/parameters.ts'
import { expectRow, FREE_BYTES, packingError } from './packing.ts'

/** Bytes in a row, the end's mark included. */
export const VIEM_BYTES_PER_ROW = FIELD_ELEMENTS_PER_BLOB * FREE_BYTES
const END = 0x80

/** The rows of a payload of at least one byte, at least one row. Throws RangeError where there is no byte. */
export const packViem = (data: Uint8Array): readonly Uint8Array[] => {
  if (data.length === 0) throw new RangeError('expected at least one byte')
  const stream = concat(data, Uint8Array.of(END))
  const rows: Uint8Array[] = []
  for (let offset = 0; offset < stream.length; offset += VIEM_BYTES_PER_ROW) {
    const row = new Uint8Array(BYTES_PER_BLOB)
    for (let element = 0; element < FIELD_ELEMENTS_PER_BLOB; element++) {
      const start = offset + element * FREE_BYTES
      row.set(stream.subarray(start, start + FREE_BYTES), element * BYTES_PER_FIELD_ELEMENT + 1)
    }
    rows.push(row)
  }
  return rows
}

/** The payload of rows in their order. Throws `not-packed`. */
export const unpackViem = (rows: readonly Uint8Array[]): Uint8Array => {
  const stream = new Uint8Array(rows.length * VIEM_BYTES_PER_ROW)
  rows.forEach((row, index) => {
    expectRow(row)
    for (let element = 0; element < FIELD_ELEMENTS_PER_BLOB; element++) {
      const start = element * BYTES_PER_FIELD_ELEMENT
      if (row[start] !== 0) {
        throw packingError('not-packed', `expected field elements below 2^248, the one at ${start} is larger`)
      }
      const to = index * VIEM_BYTES_PER_ROW + element * FREE_BYTES
      stream.set(row.subarray(start + 1, start + BYTES_PER_FIELD_ELEMENT), to)
    }
  })
  const end = stream.findLastIndex((byte) => byte !== 0)
  if (stream[end] !== END) throw packingError('not-packed', 'expected a 0x80 after the last byte')
  return stream.slice(0, end)
}
