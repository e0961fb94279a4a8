// SSZ as the specification says it, in plain code of its own: the twin of the project's codec, and what mutants are
// taken apart and put together with. Only what the messages need: integers, byte strings, lists of things of one size,
// bit lists, and containers that nest only where they have one size.

import { createHash } from 'node:crypto'

export type Type =
  | { readonly kind: 'uint'; readonly size: number }
  | { readonly kind: 'bytes'; readonly size: number }
  | { readonly kind: 'byteList'; readonly max: number }
  | { readonly kind: 'list'; readonly of: Type; readonly max: number }
  | { readonly kind: 'bits'; readonly max: number }
  | { readonly kind: 'container'; readonly fields: readonly (readonly [string, Type])[] }

export type Value = number | Uint8Array | readonly Value[] | { readonly [name: string]: Value }
/** Bits are a list of 0 and 1. */
export type Fields = { readonly [name: string]: Value }

export const uint = (size: number): Type => ({ kind: 'uint', size })
export const bytes = (size: number): Type => ({ kind: 'bytes', size })
export const byteList = (max: number): Type => ({ kind: 'byteList', max })
export const list = (of: Type, max: number): Type => ({ kind: 'list', of, max })
export const bits = (max: number): Type => ({ kind: 'bits', max })
export const container = (fields: Readonly<Record<string, Type>>): Type => ({
  kind: 'container',
  fields: Object.entries(fields),
})

/** Bytes of a type of one size, else undefined. */
export const sizeOf = (type: Type): number | undefined => {
  if (type.kind === 'uint' || type.kind === 'bytes') return type.size
  if (type.kind !== 'container') return undefined
  let sum = 0
  for (const [, field] of type.fields) {
    const size = sizeOf(field)
    if (size === undefined) return undefined
    sum += size
  }
  return sum
}

/** The value, or undefined where the bytes are not exactly one value. Integers above 2^53 - 1 are not decodable. */
export const decode = (type: Type, data: Uint8Array): Value | undefined => {
  switch (type.kind) {
    case 'uint': {
      if (data.length !== type.size) return undefined
      let value = 0n
      for (let i = type.size - 1; i >= 0; i--) value = (value << 8n) | BigInt(data[i]!)
      return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value)
    }
    case 'bytes':
      return data.length === type.size ? data : undefined
    case 'byteList':
      return data.length <= type.max ? data : undefined
    case 'bits':
      return decodeBits(type.max, data)
    case 'list': {
      const size = sizeOf(type.of)!
      if (data.length % size !== 0 || data.length / size > type.max) return undefined
      const items: Value[] = []
      for (let at = 0; at < data.length; at += size) {
        const item = decode(type.of, data.subarray(at, at + size))
        if (item === undefined) return undefined
        items.push(item)
      }
      return items
    }
    case 'container':
      return decodeContainer(type.fields, data)
  }
}

const decodeBits = (max: number, data: Uint8Array): Value | undefined => {
  const last = data.at(-1)
  if (last === undefined || last === 0) return undefined
  const length = (data.length - 1) * 8 + Math.floor(Math.log2(last))
  if (length > max) return undefined
  return Array.from({ length }, (_, i) => (data[i >> 3]! >> (i & 7)) & 1)
}

const decodeContainer = (
  fields: readonly (readonly [string, Type])[],
  data: Uint8Array,
): Value | undefined => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const parts: [string, Type, number, number][] = []
  const offsets: number[] = []
  let at = 0
  for (const [name, type] of fields) {
    const size = sizeOf(type)
    if (at + (size ?? 4) > data.length) return undefined
    if (size === undefined) {
      offsets.push(view.getUint32(at, true))
      parts.push([name, type, -1, 0])
    } else parts.push([name, type, at, at + size])
    at += size ?? 4
  }
  // The first offset points right behind the fixed part; the rest ascend; nothing lies between or behind.
  if (offsets.length === 0 ? at !== data.length : offsets[0] !== at) return undefined
  let next = 0
  const value: Record<string, Value> = {}
  for (const [name, type, start, end] of parts) {
    const [from, to] =
      start >= 0
        ? [start, end]
        : [offsets[next]!, next + 1 < offsets.length ? offsets[next + 1]! : data.length]
    if (start < 0) next++
    if (from > to || to > data.length) return undefined
    const field = decode(type, data.subarray(from, to))
    if (field === undefined) return undefined
    value[name] = field
  }
  return value
}

export const encode = (type: Type, value: Value): Uint8Array => {
  switch (type.kind) {
    case 'uint': {
      const out = new Uint8Array(type.size)
      let rest = BigInt(value as number)
      for (let i = 0; i < type.size; i++, rest >>= 8n) out[i] = Number(rest & 0xffn)
      return out
    }
    case 'bytes':
    case 'byteList':
      return value as Uint8Array
    case 'bits': {
      const list = value as readonly number[]
      const out = new Uint8Array((list.length >> 3) + 1)
      for (const [i, bit] of list.entries()) out[i >> 3]! |= bit << (i & 7)
      out[list.length >> 3]! |= 1 << (list.length & 7)
      return out
    }
    case 'list':
      return join((value as readonly Value[]).map((item) => encode(type.of, item)))
    case 'container': {
      const encoded = type.fields.map(([name, field]) => [
        sizeOf(field),
        encode(field, (value as Fields)[name]!),
      ]) as [number | undefined, Uint8Array][]
      let offset = encoded.reduce((sum, [size]) => sum + (size ?? 4), 0)
      const head: Uint8Array[] = []
      const tail: Uint8Array[] = []
      for (const [size, part] of encoded) {
        head.push(size === undefined ? encode(uint(4), offset) : part)
        if (size !== undefined) continue
        tail.push(part)
        offset += part.length
      }
      return join([...head, ...tail])
    }
  }
}

/** Where a container's offsets lie in its bytes. */
export const offsetPlaces = (type: Type): readonly number[] => {
  if (type.kind !== 'container') return []
  const places: number[] = []
  let at = 0
  for (const [, field] of type.fields) {
    const size = sizeOf(field)
    if (size === undefined) places.push(at)
    at += size ?? 4
  }
  return places
}

// ---- hash_tree_root ----

export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

const zeroHashes: Uint8Array[] = [new Uint8Array(32)]
for (let i = 0; i < 40; i++) zeroHashes.push(sha256(zeroHashes[i]!, zeroHashes[i]!))

/** The root over chunks of 32 bytes in a tree with room for `limit` of them. */
const merkleize = (chunks: readonly Uint8Array[], limit: number): Uint8Array => {
  let layer = chunks
  for (let depth = 0; 2 ** depth < limit; depth++) {
    const above: Uint8Array[] = []
    for (let i = 0; i < layer.length; i += 2)
      above.push(sha256(layer[i]!, layer[i + 1] ?? zeroHashes[depth]!))
    layer = above
    if (layer.length === 0 && 2 ** (depth + 1) >= limit) return zeroHashes[depth + 1]!
  }
  return layer[0] ?? zeroHashes[0]!
}

const chunksOf = (data: Uint8Array): Uint8Array[] => {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < data.length; at += 32) {
    const chunk = new Uint8Array(32)
    chunk.set(data.subarray(at, at + 32))
    chunks.push(chunk)
  }
  return chunks
}

const withLength = (root: Uint8Array, length: number): Uint8Array => {
  const chunk = new Uint8Array(32)
  chunk.set(encode(uint(6), length))
  return sha256(root, chunk)
}

/** hash_tree_root of what the messages sign and refer to: integers, byte strings, lists of containers or strings, containers. */
export const rootOf = (type: Type, value: Value): Uint8Array => {
  switch (type.kind) {
    case 'uint':
    case 'bytes': {
      const data = encode(type, value)
      return merkleize(chunksOf(data), Math.max(1, Math.ceil(data.length / 32)))
    }
    case 'list': {
      const items = value as readonly Value[]
      return withLength(
        merkleize(
          items.map((item) => rootOf(type.of, item)),
          type.max,
        ),
        items.length,
      )
    }
    case 'container':
      return merkleize(
        type.fields.map(([name, field]) => rootOf(field, (value as Fields)[name]!)),
        type.fields.length,
      )
    default:
      throw new TypeError(`no root of a ${type.kind} is needed here`)
  }
}

export const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export const hex = (data: Uint8Array): string =>
  Buffer.from(data.buffer, data.byteOffset, data.length).toString('hex')
export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
