// Byte strings: joining, comparing, hex, and big-endian integers of stated width. No Buffer, so that the same code
// runs in a page.

/** Joins byte strings into a new one. */
export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Whether two byte strings are equal. Not constant-time: for public data only. */
export const equal = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Lexicographic order: negative, zero or positive; a prefix comes before what it is a prefix of. */
export const compare = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Whether every byte is zero. */
export const isZero = (bytes: Uint8Array): boolean => {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false
  return true
}

const digits = new TextEncoder().encode('0123456789abcdef')
/** Arguments that a call may have everywhere. */
const MOST_CODES = 8_192

/** Lower-case hex without a prefix. */
export const toHex = (bytes: Uint8Array): string => {
  let hex = ''
  // Not byte by byte: a short string joined of pieces stays a tree of them, thirteen times its size, while a map has it
  // for a key.
  for (let start = 0; start < bytes.length; start += MOST_CODES / 2) {
    const piece = bytes.subarray(start, start + MOST_CODES / 2)
    const codes = new Uint8Array(2 * piece.length)
    for (let i = 0; i < piece.length; i++) {
      codes[2 * i] = digits[piece[i]! >> 4]!
      codes[2 * i + 1] = digits[piece[i]! & 15]!
    }
    hex += String.fromCharCode.apply(null, codes as unknown as number[])
  }
  return hex
}

/** Bytes of a hex string with or without `0x`; undefined if it is not hex or not of `length` bytes (where given). */
export const fromHex = (hex: string, length?: number): Uint8Array | undefined => {
  const digits = hex.startsWith('0x') ? hex.slice(2) : hex
  if (digits.length % 2 !== 0 || (length !== undefined && digits.length !== 2 * length)) return undefined
  if (!/^[0-9a-fA-F]*$/.test(digits)) return undefined
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/** UTF-8 bytes of a string. */
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Big-endian u16. Throws RangeError outside 0..65535. */
export const u16be = (value: number): Uint8Array => bigEndian(value, 2)

/** Big-endian u32. Throws RangeError outside 0..2^32-1. */
export const u32be = (value: number): Uint8Array => bigEndian(value, 4)

/** Big-endian u64. Throws RangeError outside 0..2^53-1. */
export const u64be = (value: number): Uint8Array => bigEndian(value, 8)

const bigEndian = (value: number, width: number): Uint8Array => {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * width)) {
    throw new RangeError(`expected an integer of ${8 * width} bits, got ${value}`)
  }
  const bytes = new Uint8Array(width)
  let rest = value
  for (let i = width - 1; i >= 0; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return bytes
}
