// Bytes that look random and are the same in every run, and comparing many of them quickly.

import { equal } from '../../src/base/bytes.ts'

/** `length` bytes of a linear congruential generator (Numerical Recipes). */
export const bytesOf = (length: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

/** Whether two lists hold the same byte strings. */
export const areSame = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && a.every((bytes, i) => equal(bytes, b[i]!))
