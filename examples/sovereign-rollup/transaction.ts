// A transfer between accounts. An account is an Ed25519 public key; its owner signs who is paid, how much, and the how-manyeth
// transfer of the account it is, so that none can be carried out twice.
//
//   from 32 | to 32 | amount u64 | nonce u64 | signature 64     big-endian, 144 bytes

import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

export const TRANSACTION_BYTES = 144
const SIGNED_BYTES = 80
const DOMAIN = Buffer.from('sovereign-rollup.transfer.v1')

export interface Transfer {
  /** Public keys, 32 bytes in hex. */
  readonly from: string
  readonly to: string
  readonly amount: bigint
  readonly nonce: bigint
}

/** DER around a raw Ed25519 key (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** A key from 32 secret bytes. */
export const keyOfSeed = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' })

/** The account of a key: its public key in hex. */
export const accountOf = (key: KeyObject): string =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length).toString('hex')

/** The key that an account's signatures are checked with; undefined where the 32 bytes are none. */
const publicKeyOf = (account: Uint8Array): KeyObject | undefined => {
  try {
    return createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, account]), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

export const signBytes = (domain: Uint8Array, bytes: Uint8Array, key: KeyObject): Uint8Array =>
  sign(null, Buffer.concat([domain, bytes]), key)

export const isSigned = (
  domain: Uint8Array,
  bytes: Uint8Array,
  account: Uint8Array,
  signature: Uint8Array,
): boolean => {
  const key = publicKeyOf(account)
  return key !== undefined && verify(null, Buffer.concat([domain, bytes]), key, signature)
}

export const signTransfer = ({ from, to, amount, nonce }: Transfer, key: KeyObject): Uint8Array => {
  const bytes = Buffer.alloc(TRANSACTION_BYTES)
  bytes.write(from, 0, 32, 'hex')
  bytes.write(to, 32, 32, 'hex')
  bytes.writeBigUInt64BE(amount, 64)
  bytes.writeBigUInt64BE(nonce, 72)
  bytes.set(signBytes(DOMAIN, bytes.subarray(0, SIGNED_BYTES), key), SIGNED_BYTES)
  return bytes
}

/** The transfer in 144 bytes; undefined where they are none, or its owner has not signed it. */
export const readTransfer = (given: Uint8Array): Transfer | undefined => {
  if (given.length !== TRANSACTION_BYTES) return undefined
  const bytes = Buffer.from(given)
  const from = bytes.subarray(0, 32)
  if (!isSigned(DOMAIN, bytes.subarray(0, SIGNED_BYTES), from, bytes.subarray(SIGNED_BYTES))) return undefined
  return {
    from: from.toString('hex'),
    to: bytes.subarray(32, 64).toString('hex'),
    amount: bytes.readBigUInt64BE(64),
    nonce: bytes.readBigUInt64BE(72),
  }
}
