// BLS signatures behind one port: Ethereum's scheme (draft-irtf-cfrg-bls-signature-05, minimal-pubkey-size, proof of
// possession). Public keys are compressed G1 (48 bytes), signatures compressed G2 (96), secret keys 32 bytes
// big-endian. Backends: bls-blst.ts (native, Node) and bls-noble.ts (runs in a page).
//
// Every group element that comes in is checked for canonical encoding, curve and subgroup, and refused if it is
// infinity. Verification answers false to anything malformed, because what is verified is remote; signing and
// aggregating throw, because what they are given is ours.

import { WeftError } from '../base/error.ts'

export const SECRET_KEY_BYTES = 32
export const PUBLIC_KEY_BYTES = 48
export const SIGNATURE_BYTES = 96

/** Hash-to-curve tag of signatures: the `POP` suite of the draft, as in Ethereum's consensus. */
export const SIGNATURE_DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'
/** Hash-to-curve tag of proofs of possession (draft section 4.2.3). */
export const POSSESSION_DST = 'BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'

export interface BlsVerifier {
  /** Whether `signature` is by `publicKey` of `message` (any bytes; here always a signing root of 32). */
  verify(message: Uint8Array, publicKey: Uint8Array, signature: Uint8Array): boolean
  /** Whether `signature` is the aggregate of all `publicKeys` (at least one, each with proven possession) of one message. */
  verifyAggregate(message: Uint8Array, publicKeys: readonly Uint8Array[], signature: Uint8Array): boolean
  /** Whether `possession` proves that somebody knows the secret key of `publicKey`. */
  verifyPossession(publicKey: Uint8Array, possession: Uint8Array): boolean
  /** Joins signatures (at least one). Throws BlsError `malformed-signature` or `nothing-to-aggregate`. */
  aggregate(signatures: readonly Uint8Array[]): Uint8Array
}

export interface BlsSigner {
  /** Throws BlsError `malformed-key` unless 0 < key < r. */
  publicKeyOf(secretKey: Uint8Array): Uint8Array
  sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array
  /** The proof of possession of the key: a signature of its own public key under its own tag. */
  provePossession(secretKey: Uint8Array): Uint8Array
}

export interface Bls extends BlsVerifier, BlsSigner {}

export type BlsErrorCode = 'malformed-key' | 'malformed-signature' | 'nothing-to-aggregate'
export type BlsError = WeftError<BlsErrorCode, { readonly index?: number }>

export const malformedKey = (cause?: unknown): BlsError =>
  new WeftError('malformed-key', 'expected a secret key of 32 bytes between 1 and r-1', {}, { cause })

export const malformedSignature = (index: number, cause?: unknown): BlsError =>
  new WeftError(
    'malformed-signature',
    `expected a compressed G2 point in the subgroup and not infinity, signature ${index} is none`,
    { index },
    { cause },
  )

export const nothingToAggregate = (): BlsError =>
  new WeftError('nothing-to-aggregate', 'expected at least one signature, got none', {})
