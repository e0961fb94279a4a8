// The name by which Ethereum knows a row: EIP-4844's versioned hash of its KZG commitment.

import { concat } from '../base/bytes.ts'
import { nobleSha256, type Sha256 } from './sha256.ts'

/** EIP-4844, VERSIONED_HASH_VERSION_KZG. */
const VERSION_KZG = 0x01

/** 0x01 || SHA-256(commitment)[1..], 32 bytes. */
export const versionedHashOf = (commitment: Uint8Array, sha256: Sha256 = nobleSha256): Uint8Array =>
  concat(Uint8Array.of(VERSION_KZG), sha256(commitment).subarray(1))
