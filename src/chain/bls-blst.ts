// BLS by @chainsafe/blst: native, for Node; a verification takes about a millisecond. The binding knows one
// hash-to-curve tag only, so proofs of possession, needed once a genesis, go through bls-noble.ts.

import blst from '@chainsafe/blst'
import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import {
  type Bls,
  malformedKey,
  malformedSignature,
  nothingToAggregate,
  PUBLIC_KEY_BYTES,
  SECRET_KEY_BYTES,
  SIGNATURE_BYTES,
} from './bls.ts'
import { createNobleBls } from './bls-noble.ts'

type PublicKey = InstanceType<typeof blst.PublicKey>
type SecretKey = InstanceType<typeof blst.SecretKey>
type Signature = InstanceType<typeof blst.Signature>

/** Decoded public keys kept, so that the subgroup check is paid once a validator. */
const MAX_CACHED_KEYS = 2_048

export const createBlstBls = (): Bls => {
  const possession = createNobleBls()
  const decoded = createBoundedMap<string, PublicKey>(MAX_CACHED_KEYS)
  const publicKey = (bytes: Uint8Array): PublicKey | undefined => {
    const name = toHex(bytes)
    const known = decoded.get(name)
    if (known !== undefined) return known
    const key = decodePublicKey(bytes)
    if (key !== undefined) decoded.set(name, key)
    return key
  }

  return {
    verify(message, publicKeyBytes, signatureBytes) {
      const key = publicKey(publicKeyBytes)
      const signature = decodeSignature(signatureBytes)
      if (key === undefined || signature === undefined) return false
      return blst.verify(message, key, signature)
    },
    verifyAggregate(message, publicKeys, signatureBytes) {
      const keys = publicKeys.map(publicKey)
      const signature = decodeSignature(signatureBytes)
      if (keys.length === 0 || keys.includes(undefined) || signature === undefined) return false
      return blst.fastAggregateVerify(message, keys as PublicKey[], signature)
    },
    verifyPossession: possession.verifyPossession,
    aggregate(signatures) {
      if (signatures.length === 0) throw nothingToAggregate()
      const points = signatures.map((bytes, index) => {
        const point = decodeSignature(bytes)
        if (point === undefined) throw malformedSignature(index)
        return point
      })
      return blst.aggregateSignatures(points).toBytes()
    },
    publicKeyOf: (secretKey) => decodeSecretKey(secretKey).toPublicKey().toBytes(),
    sign: (message, secretKey) => decodeSecretKey(secretKey).sign(message).toBytes(),
    provePossession: possession.provePossession,
  }
}

const decodeSecretKey = (bytes: Uint8Array): SecretKey => {
  if (bytes.length !== SECRET_KEY_BYTES) throw malformedKey()
  try {
    return blst.SecretKey.fromBytes(bytes)
  } catch (cause) {
    throw malformedKey(cause)
  }
}

const decodePublicKey = (bytes: Uint8Array): PublicKey | undefined => {
  // The length first: the binding would also take the uncompressed form.
  if (bytes.length !== PUBLIC_KEY_BYTES) return undefined
  try {
    return blst.PublicKey.fromBytes(bytes, true)
  } catch {
    return undefined
  }
}

const decodeSignature = (bytes: Uint8Array): Signature | undefined => {
  if (bytes.length !== SIGNATURE_BYTES) return undefined
  try {
    return blst.Signature.fromBytes(bytes, true, true)
  } catch {
    return undefined
  }
}
