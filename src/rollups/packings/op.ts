// The OP Stack's blob encoding, version 0 (specs, `derivation`, "Blob Encoding"): one payload of at most 130,044 bytes
// in one row. Four field elements are a group: 31 bytes each, and three bytes more whose bits fill the six free bits
// of the four first bytes. The row begins with the version and the length, in bytes 1 to 4.

import { BYTES_PER_BLOB, BYTES_PER_FIELD_ELEMENT } from '../../kernel/parameters.ts'
import { expectRow, FREE_BYTES, packingError } from './packing.ts'

const ELEMENTS_PER_GROUP = 4
const BYTES_PER_GROUP = ELEMENTS_PER_GROUP * FREE_BYTES + 3
const GROUPS = BYTES_PER_BLOB / BYTES_PER_FIELD_ELEMENT / ELEMENTS_PER_GROUP
const HEADER_BYTES = 4
const VERSION = 0

/** Largest payload of a row: 1,024 groups of 127 bytes, less version and length. */
export const OP_MAX_BYTES = GROUPS * BYTES_PER_GROUP - HEADER_BYTES

/**
 * One row of 131,072 bytes. No bytes are a row of zeros, as op-batcher makes it. Throws `too-long` above OP_MAX_BYTES.
 */
export const packOp = (data: Uint8Array): Uint8Array => {
  if (data.length > OP_MAX_BYTES) {
    throw packingError('too-long', `expected at most ${OP_MAX_BYTES} bytes for a row, got ${data.length}`)
  }
  const row = new Uint8Array(BYTES_PER_BLOB)
  const stream = new Uint8Array(GROUPS * BYTES_PER_GROUP)
  stream.set([VERSION, data.length >> 16, data.length >> 8, data.length])
  stream.set(data, HEADER_BYTES)
  for (let group = 0; group < GROUPS; group++) {
    const from = group * BYTES_PER_GROUP
    const to = group * ELEMENTS_PER_GROUP * BYTES_PER_FIELD_ELEMENT
    // In the stream each of the first three elements' 31 bytes is followed by one that is split over first bytes.
    for (let element = 0; element < ELEMENTS_PER_GROUP; element++) {
      const start = from + element * BYTES_PER_FIELD_ELEMENT
      row.set(stream.subarray(start, start + FREE_BYTES), to + element * BYTES_PER_FIELD_ELEMENT + 1)
    }
    const [x, y, z] = [31, 63, 95].map((place) => stream[from + place]!) as [number, number, number]
    row[to] = x & 0x3f
    row[to + 32] = (y & 0x0f) | ((x & 0xc0) >> 2)
    row[to + 64] = z & 0x3f
    row[to + 96] = (y >> 4) | ((z & 0xc0) >> 2)
  }
  return row
}

/** The payload of a row. Throws `not-packed` where the row is not exactly what `packOp` would have made. */
export const unpackOp = (row: Uint8Array): Uint8Array => {
  expectRow(row)
  const stream = new Uint8Array(GROUPS * BYTES_PER_GROUP)
  for (let group = 0; group < GROUPS; group++) {
    const from = group * ELEMENTS_PER_GROUP * BYTES_PER_FIELD_ELEMENT
    const to = group * BYTES_PER_GROUP
    for (let element = 0; element < ELEMENTS_PER_GROUP; element++) {
      const start = from + element * BYTES_PER_FIELD_ELEMENT
      if (row[start]! > 0x3f) {
        throw packingError('not-packed', `expected field elements of 254 bits, the one at ${start} has more`)
      }
      stream.set(row.subarray(start + 1, start + BYTES_PER_FIELD_ELEMENT), to + element * 32)
    }
    const [a, b, c, d] = [0, 32, 64, 96].map((place) => row[from + place]!) as [
      number,
      number,
      number,
      number,
    ]
    stream[to + 31] = a | ((b & 0x30) << 2)
    stream[to + 63] = (b & 0x0f) | ((d & 0x0f) << 4)
    stream[to + 95] = c | ((d & 0x30) << 2)
  }
  const length = (stream[1]! << 16) | (stream[2]! << 8) | stream[3]!
  if (stream[0] !== VERSION) throw packingError('not-packed', `expected version 0, got ${stream[0]}`)
  if (length > OP_MAX_BYTES) {
    throw packingError('not-packed', `expected a length of at most ${OP_MAX_BYTES}, got ${length}`)
  }
  if (stream.subarray(HEADER_BYTES + length).some((byte) => byte !== 0)) {
    throw packingError('not-packed', `expected zeros after the ${length} bytes that the row names`)
  }
  return stream.slice(HEADER_BYTES, HEADER_BYTES + length)
}
