// SSZ in and out with bounds. Decoding looks at the length before anything else, and refuses integers that a double
// cannot hold: SSZ's u64 reaches further than the project's numbers.

import type { Type } from '@chainsafe/ssz'

/** What the codec needs of an SSZ type. */
export interface Codec<T> extends Pick<Type<T>, 'serialize' | 'minSize' | 'maxSize'> {
  deserialize(bytes: Uint8Array): T
  /** What `serialize` gives, in parts one behind the other: what is large in the value is not copied. */
  parts?(value: T): readonly Uint8Array[]
}

/** The value, or undefined where the bytes are not exactly one value of the type within its bounds. */
export const decode = <T>(
  type: Codec<T>,
  bytes: Uint8Array,
  maxBytes: number = type.maxSize,
): T | undefined => {
  if (bytes.length > maxBytes || bytes.length > type.maxSize || bytes.length < type.minSize) return undefined
  try {
    const value = type.deserialize(plain(bytes))
    return hasSafeIntegers(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What comes from libp2p may be a Buffer, and SSZ would then slice Buffers out of it. */
const plain = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const hasSafeIntegers = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return true
  if (Array.isArray(value)) return value.every(hasSafeIntegers)
  return Object.values(value).every(hasSafeIntegers)
}

/** Longest varint that is read: 4 bytes hold 2^28 - 1, more than any message. */
const MAX_VARINT_BYTES = 4

/** Unsigned LEB128. Throws RangeError outside 0..2^28-1. */
export const encodeVarint = (value: number): Uint8Array => {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** 28)
    throw new RangeError(`expected a length below 2^28, got ${value}`)
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/**
 * Reads a varint byte by byte. Undefined if `next` ends, if it is longer than 4 bytes, or not the shortest form.
 */
export const readVarint = async (next: () => Promise<number | undefined>): Promise<number | undefined> => {
  let value = 0
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = await next()
    if (byte === undefined) return undefined
    value += (byte % 128) * 128 ** i
    if (byte < 128) return byte === 0 && i > 0 ? undefined : value
  }
  return undefined
}
