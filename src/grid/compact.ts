// Plain data made ready for another thread: all its byte strings are copied into one new buffer, which can then be
// transferred instead of cloned. Views of a buffer of many megabytes would otherwise be cloned with all of it. A list of
// byte strings of one length travels as one of them all: cloning a view takes microseconds, and a block of 256 rows has
// 32,768 cells.

import { createPacer } from '../base/next-turn.ts'

const COPIED_AT_ONCE = 2 ** 20

/** Data on its way, which `spread` opens again. */
export interface Packed<T> {
  readonly [packed]: T
}
declare const packed: unique symbol

export interface Compacted<T> {
  /** The same data over `buffer`. */
  readonly value: Packed<T>
  readonly buffer: ArrayBuffer
}

/** A list of byte strings of one length, one behind the other. */
interface Strip {
  readonly strip: Uint8Array
  readonly count: number
}

/** Copies plain data (objects, arrays, byte strings, primitives). A byte string that occurs often is copied once. */
export const compact = <T>(value: T): Compacted<T> => {
  const { places, sizeBytes } = layOut(value)
  const all = new Uint8Array(sizeBytes)
  for (const [bytes, place] of places) all.set(bytes, place)
  return { value: rebuild(value, all, places) as Packed<T>, buffer: all.buffer }
}

/**
 * As `compact`, a slice of a turn at a time: a block of 256 rows takes 50 ms. The data must not change meanwhile. Who needs to
 * know the size before lays the data out first.
 */
export const compactPaced = async <T>(value: T, layout = layOut(value)): Promise<Compacted<T>> => {
  const pace = createPacer()
  const { places, sizeBytes } = layout
  const all = new Uint8Array(sizeBytes)
  for (const [bytes, place] of places) {
    for (let from = 0; from < bytes.length; from += COPIED_AT_ONCE) {
      all.set(bytes.subarray(from, from + COPIED_AT_ONCE), place + from)
      await pace()
    }
  }
  return { value: rebuild(value, all, places) as Packed<T>, buffer: all.buffer }
}

/** Byte strings of one length that fill their buffer from end to end, without a copy; undefined for any others. */
export const compactInPlace = (
  parts: readonly Uint8Array[],
): Compacted<readonly Uint8Array[]> | undefined => {
  const buffer = parts[0]?.buffer
  if (!(buffer instanceof ArrayBuffer)) return undefined
  const piece = pieceOf(parts, (part) => (part.buffer === buffer ? part.byteOffset : undefined))
  if (piece === undefined || piece.from !== 0 || piece.to !== buffer.byteLength) return undefined
  const strip: Strip = { strip: new Uint8Array(buffer), count: parts.length }
  return { value: strip as unknown as Packed<readonly Uint8Array[]>, buffer }
}

/** The data as it was, over the same buffer. */
export const spread = <T>(value: Packed<T>): T => open(value) as T

type Places = ReadonlyMap<Uint8Array, number>

/** Where each byte string will lie, and the size of the buffer that takes them all. */
export interface Layout {
  readonly places: Places
  readonly sizeBytes: number
}

export const layOut = (value: unknown): Layout => {
  const places = new Map<Uint8Array, number>()
  let size = 0
  visit(value, (bytes) => {
    if (places.has(bytes)) return
    places.set(bytes, size)
    size += bytes.length
  })
  return { places, sizeBytes: size }
}

const visit = (value: unknown, onBytes: (bytes: Uint8Array) => void): void => {
  if (value instanceof Uint8Array) onBytes(value)
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) visit(member, onBytes)
  }
}

const rebuild = (value: unknown, all: Uint8Array, places: Places): unknown => {
  if (value instanceof Uint8Array) {
    const place = places.get(value)!
    return all.subarray(place, place + value.length)
  }
  if (Array.isArray(value)) {
    const piece = pieceOf(value, (part) => places.get(part))
    if (piece === undefined) return value.map((member) => rebuild(member, all, places))
    return { strip: all.subarray(piece.from, piece.to), count: value.length } satisfies Strip
  }
  return mapMembers(value, (member) => rebuild(member, all, places))
}

const open = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(open)
  if (!isStrip(value)) return mapMembers(value, open)
  const { strip, count } = value
  const size = strip.length / count
  return Array.from({ length: count }, (_, i) => strip.subarray(i * size, (i + 1) * size))
}

const isStrip = (value: unknown): value is Strip =>
  typeof value === 'object' && value !== null && 'strip' in value && value.strip instanceof Uint8Array

const mapMembers = (value: unknown, map: (member: unknown) => unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, map(member)]))
    : value

/** From where to where these byte strings reach, if there are several of one length, one behind the other. */
const pieceOf = (
  list: readonly unknown[],
  placeOf: (bytes: Uint8Array) => number | undefined,
): { readonly from: number; readonly to: number } | undefined => {
  const [first] = list
  if (list.length < 2 || !(first instanceof Uint8Array) || first.length === 0) return undefined
  const from = placeOf(first)
  if (from === undefined) return undefined
  const follows = (part: unknown, i: number) =>
    part instanceof Uint8Array && part.length === first.length && placeOf(part) === from + i * first.length
  return list.every(follows) ? { from, to: from + list.length * first.length } : undefined
}
