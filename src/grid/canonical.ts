// Whether 32-byte big-endian elements are below the order r, byte by byte: no kernel and no bigint is needed for it.

import { BYTES_PER_FIELD_ELEMENT } from '../kernel/parameters.ts'

/** r, the order of BLS12-381's scalar field, big-endian (EIP-4844, BLS_MODULUS). */
const ORDER = Uint8Array.of(
  0x73,
  0xed,
  0xa7,
  0x53,
  0x29,
  0x9d,
  0x7d,
  0x48,
  0x33,
  0x39,
  0xd8,
  0x08,
  0x09,
  0xa1,
  0xd8,
  0x05,
  0x53,
  0xbd,
  0xa4,
  0x02,
  0xff,
  0xfe,
  0x5b,
  0xfe,
  0xff,
  0xff,
  0xff,
  0xff,
  0x00,
  0x00,
  0x00,
  0x01,
)

/** Whether `bytes` is whole elements, each below r. */
export const areCanonicalElements = (bytes: Uint8Array): boolean => {
  if (bytes.length % BYTES_PER_FIELD_ELEMENT !== 0) return false
  for (let at = 0; at < bytes.length; at += BYTES_PER_FIELD_ELEMENT) {
    if (bytes[at]! >= ORDER[0]! && !isBelowOrder(bytes, at)) return false
  }
  return true
}

const isBelowOrder = (bytes: Uint8Array, at: number): boolean => {
  for (let i = 0; i < BYTES_PER_FIELD_ELEMENT; i++) {
    const difference = bytes[at + i]! - ORDER[i]!
    if (difference !== 0) return difference < 0
  }
  return false
}
