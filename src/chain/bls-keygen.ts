// Secret keys from seeds: KeyGen of draft-irtf-cfrg-bls-signature-05 section 2.3 with an empty key_info, the same as
// EIP-2333's hkdf_mod_r. Deterministic: randomness is the caller's.

import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, utf8 } from '../base/bytes.ts'
import { BLS_MODULUS } from '../kernel/parameters.ts'

/** Bytes of key material before it is reduced: ceil(1.5 * ceil(log2(r)) / 8). */
const L = 48

/** A secret key of 32 bytes from a seed of at least 32. Throws RangeError for a shorter one. */
export const secretKeyOfSeed = (seed: Uint8Array): Uint8Array => {
  if (seed.length < 32) throw new RangeError(`expected a seed of at least 32 bytes, got ${seed.length}`)
  let salt = utf8('BLS-SIG-KEYGEN-SALT-')
  for (;;) {
    salt = sha256(salt)
    const pseudoRandom = extract(sha256, concat(seed, new Uint8Array(1)), salt)
    const material = expand(sha256, pseudoRandom, new Uint8Array([0, L]), L)
    const key = bigIntOf(material) % BLS_MODULUS
    if (key !== 0n) return bytesOf(key)
  }
}

const bigIntOf = (bytes: Uint8Array): bigint => {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

const bytesOf = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(32)
  let rest = value
  for (let i = 31; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}
