// Everything that the validators of the fuzzed chain ever signed, by @noble/curves. A BLS signature of a message under a
// key is unique, and nobody makes one without the key: so a signature is valid exactly if it is, byte for byte, the one
// in this book, and what is not in it is forged. That is a verifier which shares nothing with the one under test, and
// costs a look-up. `verify` runs noble's pairings, to hold the book itself against.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import { hex } from './plain-ssz.ts'

const scheme = bls12_381.longSignatures
const DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'

export interface Ledger {
  /** Signs, and notes it. */
  sign(validator: number, message: Uint8Array): Uint8Array
  /** The signature that was given, if one was. */
  signed(validator: number, message: Uint8Array): Uint8Array | undefined
  /** The sum of the validators' signatures, which must be there: undefined where one never signed. */
  aggregate(validators: readonly number[], message: Uint8Array): Uint8Array | undefined
  verify(validators: readonly number[], message: Uint8Array, signature: Uint8Array): boolean
}

export const createLedger = (secretKeys: readonly Uint8Array[]): Ledger => {
  const book = new Map<string, Uint8Array>()
  const sums = new Map<string, Uint8Array>()
  const keyOf = (validator: number, message: Uint8Array) => `${validator}/${hex(message)}`
  const publicKeys = secretKeys.map((key) => scheme.getPublicKey(key))
  const ledger: Ledger = {
    sign(validator, message) {
      const known = ledger.signed(validator, message)
      if (known !== undefined) return known
      const signature = scheme.Signature.toBytes(
        scheme.sign(scheme.hash(message, DST), secretKeys[validator]!),
      )
      book.set(keyOf(validator, message), signature)
      return signature
    },
    signed: (validator, message) => book.get(keyOf(validator, message)),
    aggregate(validators, message) {
      const key = `${validators.join()}/${hex(message)}`
      const known = sums.get(key)
      if (known !== undefined) return known
      const parts = validators.map((validator) => ledger.signed(validator, message))
      if (parts.length === 0 || parts.includes(undefined)) return undefined
      const sum = scheme.Signature.toBytes(scheme.aggregateSignatures(parts as Uint8Array[]))
      sums.set(key, sum)
      return sum
    },
    verify(validators, message, signature) {
      const [first, ...others] = validators.map((validator) => publicKeys[validator]!)
      if (first === undefined) return false
      try {
        const point = bls12_381.G2.Point.fromBytes(signature)
        if (point.is0() || !point.isTorsionFree()) return false
        const key = others.reduce((sum, other) => sum.add(other), first)
        return scheme.verify(point, scheme.hash(message, DST), key)
      } catch {
        return false
      }
    },
  }
  return ledger
}
