// The slow twin of the pairing kernel, by @noble/curves: 20 to 30 ms a question.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import type { PairingKernel } from '../pairing-kernel.ts'

/** Creates the twin on the setup's three points of G2 (576 bytes: powers 0, 1 and 64, affine, c1 before c0). */
export const createPairingTwin = (g2: Uint8Array): PairingKernel => {
  const [one, tau, tau64] = [0, 192, 384].map((at) => readG2(g2.subarray(at, at + 192)))
  return {
    isBalanced(left, right, power) {
      const pairs = [
        { g1: readG1(left), g2: power === 1 ? tau! : tau64! },
        { g1: readG1(right).negate(), g2: one! },
        // A pairing with infinity is 1.
      ].filter(({ g1 }) => !g1.is0())
      return Fp12.eql(bls12_381.pairingBatch(pairs), Fp12.ONE)
    },
  }
}

const G1 = bls12_381.G1.Point
const G2 = bls12_381.G2.Point
const { Fp, Fp12 } = bls12_381.fields

const readG1 = (bytes: Uint8Array): typeof G1.BASE =>
  bytes.every((byte) => byte === 0)
    ? G1.ZERO
    : G1.fromAffine({ x: coordinate(bytes, 0), y: coordinate(bytes, 1) })

const readG2 = (bytes: Uint8Array): typeof G2.BASE =>
  G2.fromAffine({
    x: { c1: coordinate(bytes, 0), c0: coordinate(bytes, 1) },
    y: { c1: coordinate(bytes, 2), c0: coordinate(bytes, 3) },
  })

const coordinate = (bytes: Uint8Array, i: number): bigint =>
  Fp.fromBytes(bytes.subarray(48 * i, 48 * (i + 1)))
