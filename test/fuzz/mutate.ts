// Mutants at the level of SSZ: integers at their boundaries, offsets and lengths that lie, list items lost, doubled, swapped
// and borrowed from other messages, group and field elements in encodings that must be refused, bits flipped, bytes
// cut off and added. A mutant is made from a real message, taken apart by its type and put together again.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import type { Random } from '../consensus/simulation/random.ts'
import { R } from './plain-grid.ts'
import {
  decode,
  encode,
  type Fields,
  join,
  offsetPlaces,
  sizeOf,
  type Type,
  type Value,
} from './plain-ssz.ts'
import { pointFields, scalarFields } from './plain-types.ts'

/** One field to be changed: how to read it, how to put another in its place. */
interface Place {
  readonly name: string
  readonly type: Type
  readonly value: Value
  put(value: Value): Value
}

/** A mutant of `base`, a message of `type`. `donors` are messages of the same type whose parts may be borrowed. */
export const mutate = (
  type: Type,
  base: Uint8Array,
  donors: readonly Uint8Array[],
  random: Random,
): Uint8Array => {
  let data = base
  const steps = random.chance(0.75) ? 1 : random.integer(2, 3)
  for (let i = 0; i < steps; i++) data = step(type, data, donors, random)
  return data
}

const step = (type: Type, data: Uint8Array, donors: readonly Uint8Array[], random: Random): Uint8Array => {
  const value = decode(type, data)
  const way = random.next()
  if (value === undefined || way < 0.06) return bytewise(data, random)
  if (way < 0.14 && offsetPlaces(type).length > 0) return lyingOffset(type, data, random)
  const place = choosePlace(type, value, random)
  if (way < 0.3) {
    const donor = decode(type, random.pick(donors))
    const borrowed = donor === undefined ? undefined : samePlace(type, donor, place, random)
    if (borrowed !== undefined) return encode(type, place.put(borrowed))
  }
  return encode(type, place.put(changed(place, random)))
}

// ---- where ----

/** Descends at random; each field of a container is as likely as another, so that long lists do not draw all mutants. */
const choosePlace = (type: Type, value: Value, random: Random, name = '', put = (v: Value) => v): Place => {
  if (type.kind === 'container') {
    const [field, of] = random.pick(type.fields)
    const fields = value as Fields
    return choosePlace(of, fields[field]!, random, field, (inner) => put({ ...fields, [field]: inner }))
  }
  if (type.kind === 'list' && random.chance(0.5) && (value as readonly Value[]).length > 0) {
    const items = value as readonly Value[]
    const at = random.integer(0, items.length - 1)
    return choosePlace(type.of, items[at]!, random, name, (inner) => put(items.with(at, inner)))
  }
  return { name, type, value, put }
}

/** The same field of another message: for an item of a list, any item of the same list there. */
const samePlace = (type: Type, value: Value, place: Place, random: Random): Value | undefined => {
  if (type.kind !== 'container') return undefined
  for (const [field, of] of type.fields) {
    const inner = (value as Fields)[field]!
    if (field === place.name && of === place.type) return inner
    if (field === place.name && of.kind === 'list' && of.of === place.type) {
      const items = inner as readonly Value[]
      return items.length === 0 ? undefined : random.pick(items)
    }
    const below = of.kind === 'list' ? undefined : samePlace(of, inner, place, random)
    if (below !== undefined) return below
  }
  return undefined
}

// ---- how ----

const changed = (place: Place, random: Random): Value => {
  const { type, value, name } = place
  switch (type.kind) {
    case 'uint':
      return boundary(type.size, value as number, random)
    case 'bits':
      return changedBits(value as readonly number[], type.max, random)
    case 'list':
      return changedList(type.of, value as readonly Value[], type.max, random)
    case 'byteList':
      return scalarFields.has(name) && random.chance(0.6)
        ? changedScalar(value as Uint8Array, random)
        : resized(value as Uint8Array, random)
    default: {
      const data = value as Uint8Array
      if (pointFields.has(name) && random.chance(0.8)) return changedPoint(data, random)
      if (scalarFields.has(name) && random.chance(0.6)) return changedScalar(data, random)
      return random.chance(0.1) ? new Uint8Array(data.length) : flipped(data, random)
    }
  }
}

const boundary = (size: number, value: number, random: Random): number => {
  const most = 2 ** (8 * size) - 1
  const candidates = [
    0,
    1,
    value + 1,
    value - 1,
    value * 2,
    2 ** random.integer(0, 8 * size) - 1,
    2 ** random.integer(0, Math.min(53, 8 * size - 1)),
    127,
    128,
    129,
    most,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    random.integer(0, Math.min(most, 16)),
  ]
  const chosen = random.pick(candidates)
  // A uint of 8 bytes may be any double up to 2^64; encode takes it through BigInt.
  return Math.max(0, Math.min(chosen, size === 8 ? 2 ** 64 - 2 ** 11 : most))
}

const changedBits = (bits: readonly number[], max: number, random: Random): readonly number[] => {
  const way = random.integer(0, 5)
  if (way === 0) return bits.slice(0, -1)
  if (way === 1) return [...bits, random.integer(0, 1)]
  if (way === 2) return bits.map(() => 0)
  if (way === 3) return Array.from({ length: max + random.integer(0, 1) }, () => 1)
  const at = random.integer(0, Math.max(0, bits.length - 1))
  return bits.map((bit, i) => (i === at ? 1 - bit : bit))
}

const changedList = (of: Type, items: readonly Value[], max: number, random: Random): readonly Value[] => {
  const at = random.integer(0, Math.max(0, items.length - 1))
  const other = random.integer(0, Math.max(0, items.length - 1))
  const item = items[at] ?? blank(of)
  switch (random.integer(0, 7)) {
    case 0:
      return items.slice(0, -1)
    case 1:
      return items.slice(1)
    case 2:
      return items.length === 0 ? [item] : items.toSpliced(at, 1)
    case 3:
      return [...items, item]
    case 4:
      return items.length < 2 ? [...items, item] : items.with(at, items[other]!).with(other, item)
    case 5:
      return items.length === 0 ? [item, item] : items.with(at, items[other]!)
    case 6:
      return random.chance(0.3) ? [] : [item]
    default: {
      // To the limit of the type and one above, where that is short.
      const length = Math.min(max + random.integer(-1, 1), 300)
      return Array.from({ length }, (_, i) => items[i] ?? item)
    }
  }
}

const blank = (type: Type): Value => decode(type, new Uint8Array(sizeOf(type)!))!

const resized = (data: Uint8Array, random: Random): Uint8Array => {
  const way = random.integer(0, 4)
  if (way === 0) return data.slice(0, random.integer(0, data.length))
  if (way === 1) return data.slice(0, Math.max(0, data.length - 1))
  if (way === 2) return join([data, new Uint8Array(random.pick([1, 31, 32, 2_048]))])
  return data.length === 0 ? Uint8Array.of(1) : flipped(data, random)
}

const flipped = (data: Uint8Array, random: Random): Uint8Array => {
  if (data.length === 0) return data
  const copy = data.slice()
  copy[random.integer(0, data.length - 1)]! ^= 1 << random.integer(0, 7)
  return copy
}

// ---- field elements ----

const elementBytes = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const MOST = 2n ** 256n - 1n

const changedScalar = (data: Uint8Array, random: Random): Uint8Array => {
  if (data.length < 32) return flipped(data, random)
  const copy = data.slice()
  const at = 32 * random.integer(0, Math.floor(data.length / 32) - 1)
  const value = BigInt(`0x${Buffer.from(copy.subarray(at, at + 32)).toString('hex')}`)
  // The same element in its other encoding among them.
  const above = value + R <= MOST ? value + R : R
  copy.set(elementBytes(random.pick([R, R - 1n, R + 1n, MOST, 0n, above, above, (value + 1n) % R])), at)
  return copy
}

// ---- group elements ----

const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

const { Fp, Fp2 } = bls12_381.fields

/** On the curve and, as almost all such points, outside the subgroup: the first x with a y, of G1 and of G2. */
const strangers: Readonly<Record<number, Uint8Array>> = {
  48: firstOnCurve(48, (x) => Fp.sqrt(Fp.create(x ** 3n + 4n))),
  96: firstOnCurve(96, (x) => Fp2.sqrt(Fp2.create({ c0: Fp.create(x ** 3n + 4n), c1: 4n }))),
}

function firstOnCurve(size: number, root: (x: bigint) => unknown): Uint8Array {
  for (let x = 1; x < 256; x++) {
    try {
      root(BigInt(x))
    } catch {
      continue
    }
    const data = new Uint8Array(size)
    data[0] = 0x80
    data[size - 1] = x
    return data
  }
  throw new Error('expected a point with a small x')
}

const infinityOf = (size: number): Uint8Array => {
  const data = new Uint8Array(size)
  data[0] = 0xc0
  return data
}

const changedPoint = (data: Uint8Array, random: Random): Uint8Array => {
  const copy = data.slice()
  switch (random.integer(0, 9)) {
    case 0:
      return infinityOf(data.length)
    case 1: {
      // Infinity with something in it.
      const odd = infinityOf(data.length)
      odd[random.integer(0, data.length - 1)]! |= 1 << random.integer(0, 5)
      return odd
    }
    case 2:
      // Flags: compressed, infinity, sign.
      copy[0]! ^= 0x80 >> random.integer(0, 2)
      return copy
    case 3:
      // The negated point.
      copy[0]! ^= 0x20
      return copy
    case 4:
      return strangers[data.length] ?? copy
    case 5: {
      // x + p: the same point in an encoding that is not canonical, where it fits into 381 bits.
      const x = BigInt(`0x${Buffer.from(data.subarray(data.length - 48)).toString('hex')}`)
      const low = data.length === 48 ? x & (2n ** 381n - 1n) : x
      const high = low + P
      const limit = data.length === 48 ? 2n ** 381n : 2n ** 384n
      if (high >= limit) return flipped(copy, random)
      const bytes = Buffer.from(high.toString(16).padStart(96, '0'), 'hex')
      if (data.length === 48) bytes[0]! |= data[0]! & 0xe0
      copy.set(bytes, data.length - 48)
      return copy
    }
    case 6:
      return data.length === 48
        ? bls12_381.G1.Point.BASE.toBytes(true)
        : bls12_381.G2.Point.BASE.toBytes(true)
    case 7:
      copy.fill(0xff)
      return copy
    default:
      return flipped(copy, random)
  }
}

// ---- bytes ----

const bytewise = (data: Uint8Array, random: Random): Uint8Array => {
  switch (random.integer(0, 5)) {
    case 0:
      return data.slice(0, random.integer(0, data.length))
    case 1:
      return data.slice(0, Math.max(0, data.length - random.pick([1, 2, 4, 8, 32, 48])))
    case 2:
      return join([data, new Uint8Array(random.pick([1, 2, 4, 8, 31, 32, 48])).fill(random.integer(0, 255))])
    case 3:
      return data.slice(random.pick([1, 2, 4, 8, 32]))
    case 4: {
      // A hole in the middle, or a piece twice.
      const at = random.integer(0, data.length)
      const length = random.pick([1, 2, 8, 32, 48])
      return random.chance(0.5)
        ? join([data.subarray(0, at), data.subarray(Math.min(data.length, at + length))])
        : join([data.subarray(0, at), data.subarray(Math.max(0, at - length))])
    }
    default:
      return flipped(data, random)
  }
}

const lyingOffset = (type: Type, data: Uint8Array, random: Random): Uint8Array => {
  const copy = data.slice()
  const places = offsetPlaces(type)
  const at = random.pick(places)
  const view = new DataView(copy.buffer)
  if (at + 4 > copy.length) return bytewise(data, random)
  const offset = view.getUint32(at, true)
  const other = view.getUint32(random.pick(places), true)
  const lies = [0, 1, offset + 1, offset - 1, offset + 32, offset + 48, offset - 48, offset - 32]
  lies.push(data.length, data.length + 1, 2 ** 32 - 1, 2 ** 31, other, at, offset + 2_048, offset - 2_048)
  view.setUint32(at, Math.max(0, Math.min(2 ** 32 - 1, random.pick(lies))), true)
  // Sometimes the gap is filled, so that only the offset's rule is broken.
  return random.chance(0.3) ? join([copy, new Uint8Array(random.pick([1, 32, 48]))]) : copy
}
