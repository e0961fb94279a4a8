// Plain data made ready for another thread: all its byte strings are copied into one new buffer, which can then be
// transferred instead of cloned. Views of a buffer of many megabytes would otherwise be cloned with all of it.

import { createPacer } from '../base/next-turn.ts'

const COPIED_AT_ONCE = 2 ** 20

export interface Compacted<T> {
  /** The same data; its Uint8Arrays are views of `buffer`. */
  readonly value: T
  readonly buffer: ArrayBuffer
}

/** Copies plain data (objects, arrays, byte strings, primitives). A byte string that occurs often is copied once. */
export const compact = <T>(value: T): Compacted<T> => {
  const { places, sizeBytes } = layOut(value)
  const all = new Uint8Array(sizeBytes)
  for (const [bytes, place] of places) all.set(bytes, place)
  return { value: rebuild(value, viewsOf(all, places)) as T, buffer: all.buffer }
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
  return { value: rebuild(value, viewsOf(all, places)) as T, buffer: all.buffer }
}

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

const viewsOf = (all: Uint8Array, places: Places): ReadonlyMap<Uint8Array, Uint8Array> =>
  new Map([...places].map(([bytes, place]) => [bytes, all.subarray(place, place + bytes.length)]))

const visit = (value: unknown, onBytes: (bytes: Uint8Array) => void): void => {
  if (value instanceof Uint8Array) onBytes(value)
  else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) visit(member, onBytes)
  }
}

const rebuild = (value: unknown, views: ReadonlyMap<Uint8Array, Uint8Array>): unknown => {
  if (value instanceof Uint8Array) return views.get(value)
  if (Array.isArray(value)) return value.map((member) => rebuild(member, views))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rebuild(member, views)]))
}
