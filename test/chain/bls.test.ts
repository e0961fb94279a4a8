// One suite over both backends, each the other's oracle.

import blst from '@chainsafe/blst'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import test from 'ava'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { createBlstBls } from '../../src/chain/bls-blst.ts'
import { secretKeyOfSeed } from '../../src/chain/bls-keygen.ts'
import { createNobleBls } from '../../src/chain/bls-noble.ts'
import { BLS_MODULUS } from '../../src/kernel/parameters.ts'

const backends = { blst: createBlstBls(), noble: createNobleBls() }
const other = { blst: backends.noble, noble: backends.blst }
const secret = (n: number) => secretKeyOfSeed(new Uint8Array(32).fill(n))
const message = new Uint8Array(32).fill(7)

// Points of the curves outside the subgroups: the least x with a square x^3 + b, which is in the subgroup with
// probability 1/cofactor only.
const { Fp, Fp2 } = bls12_381.fields
const isSquare = <T>(sqrt: (x: T) => T, x: T): boolean => {
  try {
    sqrt(x)
    return true
  } catch {
    return false
  }
}
const outsideG1 = (() => {
  const bytes = new Uint8Array(48)
  bytes[0] = 0x80
  for (let x = 1n; x < 100n; x++) {
    bytes[47] = Number(x)
    if (isSquare((y: bigint) => Fp.sqrt(y), x ** 3n + 4n)) return bytes
  }
  throw new Error('no point found')
})()
const outsideG2 = (() => {
  const bytes = new Uint8Array(96)
  bytes[0] = 0x80
  for (let x = 1n; x < 100n; x++) {
    bytes[95] = Number(x)
    if (isSquare((y) => Fp2.sqrt(y), Fp2.fromBigTuple([x ** 3n + 4n, 4n]))) return bytes
  }
  throw new Error('no point found')
})()
const infinity = (length: number) => {
  const bytes = new Uint8Array(length)
  bytes[0] = 0xc0
  return bytes
}

for (const [name, bls] of Object.entries(backends)) {
  const oracle = other[name as keyof typeof other]

  test(`${name} makes the public keys, signatures and aggregates that the other backend makes`, (t) => {
    for (const n of [1, 2, 255]) {
      t.deepEqual(bls.publicKeyOf(secret(n)), oracle.publicKeyOf(secret(n)))
      t.deepEqual(bls.sign(message, secret(n)), oracle.sign(message, secret(n)))
    }
    const signatures = [1, 2, 3].map((n) => oracle.sign(message, secret(n)))
    t.deepEqual(bls.aggregate(signatures), oracle.aggregate(signatures))
    t.is(bls.publicKeyOf(secret(1)).length, 48)
    t.is(bls.sign(message, secret(1)).length, 96)
  })

  test(`${name} accepts the other backend's signature and refuses it for another message, key or byte`, (t) => {
    const key = oracle.publicKeyOf(secret(1))
    const signature = oracle.sign(message, secret(1))
    t.true(bls.verify(message, key, signature))
    t.false(bls.verify(new Uint8Array(32), key, signature))
    t.false(bls.verify(message, oracle.publicKeyOf(secret(2)), signature))
    for (const at of [0, 1, 47, 95]) {
      const altered = signature.slice()
      altered[at]! ^= 1
      t.false(bls.verify(message, key, altered))
    }
  })

  test(`${name} accepts an aggregate of exactly the named signers`, (t) => {
    const keys = [1, 2, 3].map((n) => oracle.publicKeyOf(secret(n)))
    const aggregate = oracle.aggregate([1, 2, 3].map((n) => oracle.sign(message, secret(n))))
    t.true(bls.verifyAggregate(message, keys, aggregate))
    t.true(bls.verifyAggregate(message, keys.toReversed(), aggregate))
    t.false(bls.verifyAggregate(message, keys.slice(0, 2), aggregate))
    t.false(bls.verifyAggregate(message, [...keys, keys[0]!], aggregate))
    t.false(bls.verifyAggregate(new Uint8Array(32), keys, aggregate))
    t.false(bls.verifyAggregate(message, [], aggregate))
    t.false(bls.verifyAggregate(message, [], infinity(96)))
  })

  test(`${name} refuses infinity, points outside the subgroup, non-canonical encodings and other lengths`, (t) => {
    const key = oracle.publicKeyOf(secret(1))
    const signature = oracle.sign(message, secret(1))
    const uncompressedKey = blst.PublicKey.fromBytes(key).toBytes(false)
    const uncompressedSignature = blst.Signature.fromBytes(signature).toBytes(false)
    // x = p, not reduced, with the compression flag.
    const fieldPrime = fromHex(
      '9a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab',
    )!
    for (const bad of [
      infinity(48),
      outsideG1,
      fieldPrime,
      uncompressedKey,
      key.slice(1),
      new Uint8Array(),
    ]) {
      t.false(bls.verify(message, bad, signature), toHex(bad))
      t.false(bls.verifyAggregate(message, [bad], signature))
      t.false(bls.verifyAggregate(message, [key, bad], signature))
      t.false(bls.verifyPossession(bad, signature))
    }
    const bads = [infinity(96), outsideG2, uncompressedSignature, signature.slice(1), new Uint8Array()]
    for (const bad of bads) {
      t.false(bls.verify(message, key, bad), toHex(bad))
      t.false(bls.verifyAggregate(message, [key], bad))
      t.false(bls.verifyPossession(key, bad))
      t.throws(() => bls.aggregate([signature, bad]), { code: 'malformed-signature' })
    }
    t.throws(() => bls.aggregate([]), { code: 'nothing-to-aggregate' })
  })

  test(`${name} refuses keys that cancel each other out`, (t) => {
    const key = oracle.publicKeyOf(secret(1))
    const negated = bls12_381.G1.Point.fromBytes(key).negate().toBytes(true)
    t.false(bls.verifyAggregate(message, [key, negated], infinity(96)))
    t.false(bls.verifyAggregate(message, [key, negated], oracle.sign(message, secret(1))))
  })

  test(`${name} proves possession under a tag of its own, for its own key only`, (t) => {
    const key = oracle.publicKeyOf(secret(1))
    const possession = bls.provePossession(secret(1))
    t.true(bls.verifyPossession(key, possession))
    t.false(bls.verifyPossession(oracle.publicKeyOf(secret(2)), possession))
    t.false(bls.verifyPossession(key, bls.sign(key, secret(1))), 'a signature of the key is no possession')
    t.false(bls.verify(key, key, possession), 'a possession is no signature')
  })

  test(`${name} refuses secret keys outside 1..r-1`, (t) => {
    const modulus = fromHex(BLS_MODULUS.toString(16), 32)!
    for (const bad of [
      new Uint8Array(32),
      modulus,
      new Uint8Array(32).fill(255),
      new Uint8Array(31).fill(1),
    ]) {
      t.throws(() => bls.sign(message, bad), { code: 'malformed-key' })
      t.throws(() => bls.publicKeyOf(bad), { code: 'malformed-key' })
      t.throws(() => bls.provePossession(bad), { code: 'malformed-key' })
    }
  })
}

test('secret keys from seeds are those of blst', (t) => {
  for (const n of [0, 1, 200]) {
    const seed = new Uint8Array(32).fill(n)
    t.deepEqual(secretKeyOfSeed(seed), blst.SecretKey.fromKeygen(seed).toBytes())
  }
  t.throws(() => secretKeyOfSeed(new Uint8Array(31)), { instanceOf: RangeError })
})
