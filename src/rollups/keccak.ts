// Keccak-256 as Ethereum uses it, and OP's commitment made of it.

import { keccak_256 } from '@noble/hashes/sha3.js'
import { concat, equal } from '../base/bytes.ts'

/** Keccak-256: 32 bytes. */
export const keccak256 = (bytes: Uint8Array): Uint8Array => keccak_256(bytes)

const KECCAK_TYPE = 0x00
/** Type and hash. */
export const KECCAK_COMMITMENT_BYTES = 33

/** OP alt-DA's keccak commitment: 0x00 || keccak256(bytes). */
export const keccakCommitment = (bytes: Uint8Array): Uint8Array =>
  concat(Uint8Array.of(KECCAK_TYPE), keccak256(bytes))

/** Whether these bytes have the form of a keccak commitment. */
export const isKeccakCommitment = (commitment: Uint8Array): boolean =>
  commitment.length === KECCAK_COMMITMENT_BYTES && commitment[0] === KECCAK_TYPE

/** Whether a keccak commitment is to these bytes. */
export const matchesKeccak = (commitment: Uint8Array, bytes: Uint8Array): boolean =>
  isKeccakCommitment(commitment) && equal(commitment.subarray(1), keccak256(bytes))
