// Arbitrum Nitro's blob encoding: the payload as one RLP string, cut into rows of 130,048 bytes. In a row the first
// 126,976 bytes fill 31 bytes of each field element; the 3,072 after them fill the six free bits of each first byte,
// lowest bits first.

import { concat } from '../../base/bytes.ts'
import { BYTES_PER_BLOB, BYTES_PER_FIELD_ELEMENT, FIELD_ELEMENTS_PER_BLOB } from '../../kernel/parameters.ts'
import { expectRow, FREE_BYTES, packingError } from './packing.ts'

/** Bytes in 31 of each element's 32. */
const PLAIN_BYTES = FIELD_ELEMENTS_PER_BLOB * FREE_BYTES
/** 254 bits an element: 130,048 bytes a row. */
export const NITRO_BYTES_PER_ROW = (254 * FIELD_ELEMENTS_PER_BLOB) / 8

/** The rows of a payload, at least one. */
export const packNitro = (data: Uint8Array): readonly Uint8Array[] => {
  const stream = rlpString(data)
  const rows: Uint8Array[] = []
  for (let offset = 0; offset < stream.length; offset += NITRO_BYTES_PER_ROW) {
    rows.push(packRow(stream.subarray(offset, offset + NITRO_BYTES_PER_ROW)))
  }
  return rows
}

/** The payload of rows in their order. Throws `not-packed`. */
export const unpackNitro = (rows: readonly Uint8Array[]): Uint8Array => {
  const stream = concat(...rows.map(unpackRow))
  const { start, length } = rlpStringHead(stream)
  if (start + length > stream.length) {
    throw packingError('not-packed', `expected ${start + length} bytes, the rows hold ${stream.length}`)
  }
  return stream.slice(start, start + length)
}

const packRow = (part: Uint8Array): Uint8Array => {
  const row = new Uint8Array(BYTES_PER_BLOB)
  for (let element = 0; element < FIELD_ELEMENTS_PER_BLOB; element++) {
    const plain = part.subarray(element * FREE_BYTES, Math.min((element + 1) * FREE_BYTES, PLAIN_BYTES))
    row.set(plain, element * BYTES_PER_FIELD_ELEMENT + 1)
  }
  // Three bytes are the free bits of four elements.
  for (let group = 0; group * 4 < FIELD_ELEMENTS_PER_BLOB; group++) {
    const at = PLAIN_BYTES + group * 3
    const bits = (part[at] ?? 0) | ((part[at + 1] ?? 0) << 8) | ((part[at + 2] ?? 0) << 16)
    for (let i = 0; i < 4; i++) row[(group * 4 + i) * BYTES_PER_FIELD_ELEMENT] = (bits >> (6 * i)) & 0x3f
  }
  return row
}

const unpackRow = (row: Uint8Array): Uint8Array => {
  expectRow(row)
  const part = new Uint8Array(NITRO_BYTES_PER_ROW)
  for (let element = 0; element < FIELD_ELEMENTS_PER_BLOB; element++) {
    const start = element * BYTES_PER_FIELD_ELEMENT
    if (row[start]! > 0x3f) {
      throw packingError('not-packed', `expected field elements of 254 bits, the one at ${start} has more`)
    }
    part.set(row.subarray(start + 1, start + BYTES_PER_FIELD_ELEMENT), element * FREE_BYTES)
  }
  for (let group = 0; group * 4 < FIELD_ELEMENTS_PER_BLOB; group++) {
    let bits = 0
    for (let i = 0; i < 4; i++) bits |= row[(group * 4 + i) * BYTES_PER_FIELD_ELEMENT]! << (6 * i)
    part.set([bits, bits >> 8, bits >> 16], PLAIN_BYTES + group * 3)
  }
  return part
}

// ---- RLP, as much of it as one string needs (Ethereum Yellow Paper, appendix B) ----

const rlpString = (data: Uint8Array): Uint8Array => {
  if (data.length === 1 && data[0]! < 0x80) return data
  if (data.length <= 55) return concat(Uint8Array.of(0x80 + data.length), data)
  const length = lengthBytes(data.length)
  return concat(Uint8Array.of(0xb7 + length.length), length, data)
}

const lengthBytes = (length: number): Uint8Array => {
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Uint8Array.from(bytes)
}

/** Where the bytes of a string begin, and how many they are; only the shortest form counts. */
const rlpStringHead = (stream: Uint8Array): { readonly start: number; readonly length: number } => {
  const first = stream[0] ?? 0xff
  if (first < 0x80) return { start: 0, length: 1 }
  if (first <= 0xb7) {
    const length = first - 0x80
    if (length === 1 && stream[1]! < 0x80) throw packingError('not-packed', 'expected the shortest RLP form')
    return { start: 1, length }
  }
  if (first > 0xbb) {
    throw packingError('not-packed', `expected an RLP string below 4 GiB, got a first byte of ${first}`)
  }
  const width = first - 0xb7
  const length = stream.subarray(1, 1 + width).reduce((sum, byte) => sum * 256 + byte, 0)
  if (stream[1] === 0 || length <= 55) throw packingError('not-packed', 'expected the shortest RLP form')
  return { start: 1 + width, length }
}
