// The input of the vectors, from rules short enough to be written down again in any language: the bytes of a blob are
// a stream of hashes, and bytes are hex with 0x.

import { concat, fromHex, toHex, u32be, utf8 } from '../src/base/bytes.ts'
import { type Blob, isRaw } from '../src/grid/blob.ts'
import { nobleSha256 } from '../src/grid/sha256.ts'

/** A blob as the vectors name it: `seed` and `length` make its bytes (see `streamOf`). */
export interface BlobInput {
  readonly namespace: string
  readonly flags: number
  readonly seed: string
  readonly length: number
}

/** SHA-256(seed || u32 0) || SHA-256(seed || u32 1) || .. cut to `length`; integers big-endian. */
export const streamOf = (seed: string, length: number): Uint8Array =>
  concat(
    ...Array.from({ length: Math.ceil(length / 32) }, (_, i) => nobleSha256(utf8(seed), u32be(i))),
  ).slice(0, length)

/** The blob of an input. Of a raw one every 32nd byte, beginning with the first, is zero, so that elements are canonical. */
export const blobOf = ({ namespace, flags, seed, length }: BlobInput): Blob => {
  const data = streamOf(seed, length)
  if (isRaw(flags)) for (let at = 0; at < length; at += 32) data[at] = 0
  return { namespace: bytes(namespace), flags, data }
}

export const hex = (value: Uint8Array): string => `0x${toHex(value)}`

/** Bytes of hex with 0x. Throws on anything else. */
export const bytes = (value: string): Uint8Array => {
  const parsed = value.startsWith('0x') ? fromHex(value) : undefined
  if (parsed === undefined) throw new TypeError(`expected hex with 0x, got ${value.slice(0, 40)}`)
  return parsed
}

/** The same data with every byte string as hex. */
export const hexed = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return hex(value)
  if (Array.isArray(value)) return value.map(hexed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, hexed(member)]))
}

/** The same data with every string that is hex with 0x as bytes. */
export const unhexed = (value: unknown): unknown => {
  if (typeof value === 'string') return value.startsWith('0x') ? bytes(value) : value
  if (Array.isArray(value)) return value.map(unhexed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unhexed(member)]))
}
