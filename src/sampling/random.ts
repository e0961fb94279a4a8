// Where the choice of tiles comes from. It must be unpredictable to whoever made the block: a generator that can be
// guessed turns sampling into theatre. Tests and simulations pass a seeded one.

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, u32be, utf8 } from '../base/bytes.ts'

const KEYED_DOMAIN = 'weft.draw.v1'

/** 32 uniform bits, as an unsigned integer. */
export type Random = () => number

/** WebCrypto's generator, in Node and in pages, 256 values at a time. */
export const createCryptoRandom = (): Random => {
  const pool = new Uint32Array(256)
  let used = pool.length
  return () => {
    if (used === pool.length) {
      crypto.getRandomValues(pool)
      used = 0
    }
    const value = pool[used]!
    // What was used is forgotten, so that a later look into memory does not tell earlier samples.
    pool[used++] = 0
    return value
  }
}

/**
 * The stream of one block under a node's own secret (32 bytes): HMAC-SHA-256 of domain, root and a counter. Nobody
 * without the secret can tell it from chance, and the node draws the same tiles again after a restart.
 */
export const createKeyedRandom = (secret: Uint8Array, root: Uint8Array): Random => {
  let pool = new DataView(new ArrayBuffer(0))
  let used = 0
  let counter = 0
  return () => {
    if (used === pool.byteLength) {
      const digest = hmac(sha256, secret, concat(utf8(KEYED_DOMAIN), root, u32be(counter++)))
      pool = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
      used = 0
    }
    used += 4
    return pool.getUint32(used - 4)
  }
}

/** A uniform integer in 0..bound-1, without modulo bias. Throws RangeError unless 1 <= bound <= 2^32. */
export const uniform = (random: Random, bound: number): number => {
  if (!Number.isSafeInteger(bound) || bound < 1 || bound > 2 ** 32) {
    throw new RangeError(`expected a bound of 1 to 2^32, got ${bound}`)
  }
  const limit = 2 ** 32 - (2 ** 32 % bound)
  for (;;) {
    const value = random()
    if (value < limit) return value % bound
  }
}
