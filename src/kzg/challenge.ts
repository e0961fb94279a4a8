// The Fiat-Shamir challenge of a blob proof, and the secret weights of a batch.

import { utf8 } from '../base/bytes.ts'
import { BYTES_PER_FIELD_ELEMENT, FIELD_ELEMENTS_PER_BLOB } from '../kernel/parameters.ts'
import { bytesToInteger, scalarToBytes, toScalar } from '../kernel/scalars.ts'
import type { Sha256 } from './sha256.ts'

/** EIP-4844, compute_challenge: where a blob proof opens its blob. */
export const challengeOf = (sha256: Sha256, blob: Uint8Array, commitment: Uint8Array): Uint8Array =>
  scalarToBytes(toScalar(bytesToInteger(sha256(PREFIX, blob, commitment))))

/**
 * Weights for a batch of `count` claims: the first is 1, the others 128 random bits that nobody else knows. A batch with a
 * wrong claim in it passes with probability 2^-128, whatever the claims are; the specification derives its weights
 * from a hash of the batch instead, which no result depends on.
 */
export const randomWeights = (count: number): readonly bigint[] => {
  const bytes = new Uint8Array(WEIGHT_BYTES * count)
  // At most 65,536 bytes a call.
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  const view = new DataView(bytes.buffer)
  return Array.from({ length: count }, (_, i) =>
    i === 0
      ? 1n
      : (view.getBigUint64(WEIGHT_BYTES * i) << 64n) | view.getBigUint64(WEIGHT_BYTES * i + WEIGHT_BYTES / 2),
  )
}

const WEIGHT_BYTES = 16

/** FIAT_SHAMIR_PROTOCOL_DOMAIN and the degree as 16 bytes, big-endian. */
const PREFIX = (() => {
  const domain = utf8('FSBLOBVERIFY_V1_')
  const prefix = new Uint8Array(BYTES_PER_FIELD_ELEMENT)
  prefix.set(domain)
  new DataView(prefix.buffer).setUint32(BYTES_PER_FIELD_ELEMENT - 4, FIELD_ELEMENTS_PER_BLOB)
  return prefix
})()
