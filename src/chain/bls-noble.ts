// BLS by @noble/curves: plain TypeScript, for pages and as the oracle of the native backend. A verification takes
// some tens of milliseconds; a light node needs one a block.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import { createBoundedMap } from '../base/bounded-map.ts'
import { compare, fromHex, isZero, toHex } from '../base/bytes.ts'
import { BLS_MODULUS } from '../kernel/parameters.ts'
import {
  type Bls,
  malformedKey,
  malformedSignature,
  nothingToAggregate,
  POSSESSION_DST,
  PUBLIC_KEY_BYTES,
  SECRET_KEY_BYTES,
  SIGNATURE_BYTES,
  SIGNATURE_DST,
} from './bls.ts'

const MODULUS_BYTES = fromHex(BLS_MODULUS.toString(16), SECRET_KEY_BYTES)!

const scheme = bls12_381.longSignatures
type PublicKey = ReturnType<typeof scheme.getPublicKey>
type Signature = ReturnType<typeof scheme.hash>

/** Decoded public keys kept, so that the subgroup check is paid once a validator. */
const MAX_CACHED_KEYS = 2_048

export const createNobleBls = (): Bls => {
  const decoded = createBoundedMap<string, PublicKey>(MAX_CACHED_KEYS)
  const publicKey = (bytes: Uint8Array): PublicKey | undefined => {
    const key = toHex(bytes)
    const known = decoded.get(key)
    if (known !== undefined) return known
    const point = decodePublicKey(bytes)
    if (point !== undefined) decoded.set(key, point)
    return point
  }

  return {
    verify(message, publicKeyBytes, signatureBytes) {
      const key = publicKey(publicKeyBytes)
      const signature = decodeSignature(signatureBytes)
      if (key === undefined || signature === undefined) return false
      return scheme.verify(signature, scheme.hash(message, SIGNATURE_DST), key)
    },
    verifyAggregate(message, publicKeys, signatureBytes) {
      const keys = publicKeys.map(publicKey)
      const signature = decodeSignature(signatureBytes)
      if (keys.length === 0 || keys.includes(undefined) || signature === undefined) return false
      const sum = (keys as PublicKey[]).reduce((total, key) => total.add(key))
      // Keys that cancel out: only infinity could be their signature, and that is refused.
      if (sum.is0()) return false
      return scheme.verify(signature, scheme.hash(message, SIGNATURE_DST), sum)
    },
    verifyPossession(publicKeyBytes, possession) {
      const key = publicKey(publicKeyBytes)
      const signature = decodeSignature(possession)
      if (key === undefined || signature === undefined) return false
      return scheme.verify(signature, scheme.hash(publicKeyBytes, POSSESSION_DST), key)
    },
    aggregate(signatures) {
      if (signatures.length === 0) throw nothingToAggregate()
      const points = signatures.map((bytes, index) => {
        const point = decodeSignature(bytes)
        if (point === undefined) throw malformedSignature(index)
        return point
      })
      return scheme.Signature.toBytes(scheme.aggregateSignatures(points))
    },
    publicKeyOf: (secretKey) => publicKeyPoint(secretKey).toBytes(true),
    sign: (message, secretKey) => signHashed(scheme.hash(message, SIGNATURE_DST), secretKey),
    provePossession: (secretKey) =>
      signHashed(scheme.hash(publicKeyPoint(secretKey).toBytes(true), POSSESSION_DST), secretKey),
  }
}

const publicKeyPoint = (secretKey: Uint8Array): PublicKey => {
  checkSecretKey(secretKey)
  try {
    return scheme.getPublicKey(secretKey)
  } catch (cause) {
    throw malformedKey(cause)
  }
}

const signHashed = (hashed: Signature, secretKey: Uint8Array): Uint8Array => {
  checkSecretKey(secretKey)
  try {
    return scheme.Signature.toBytes(scheme.sign(hashed, secretKey))
  } catch (cause) {
    throw malformedKey(cause)
  }
}

// noble reduces a key modulo r where others refuse it.
const checkSecretKey = (secretKey: Uint8Array): void => {
  if (secretKey.length !== SECRET_KEY_BYTES || isZero(secretKey) || compare(secretKey, MODULUS_BYTES) >= 0)
    throw malformedKey()
}

const decodePublicKey = (bytes: Uint8Array): PublicKey | undefined => {
  if (bytes.length !== PUBLIC_KEY_BYTES) return undefined
  try {
    const point = bls12_381.G1.Point.fromBytes(bytes)
    return !point.is0() && point.isTorsionFree() ? point : undefined
  } catch {
    return undefined
  }
}

const decodeSignature = (bytes: Uint8Array): Signature | undefined => {
  if (bytes.length !== SIGNATURE_BYTES) return undefined
  try {
    const point = bls12_381.G2.Point.fromBytes(bytes)
    return !point.is0() && point.isTorsionFree() ? point : undefined
  } catch {
    return undefined
  }
}
