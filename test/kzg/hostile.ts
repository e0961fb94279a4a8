// Encodings that no backend may take for a point or for field elements, each wrong in one way.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import { BLS_MODULUS } from '../../src/kernel/parameters.ts'
import { rawScalar } from './blobs.ts'

const Point = bls12_381.G1.Point
const { Fp } = Point

const FLAG_COMPRESSED = 0x80
const FLAG_INFINITY = 0x40
const FLAG_SIGN = 0x20

/** 48 bytes that are not a point of the subgroup in its one encoding. */
export const hostilePoints: Readonly<Record<string, Uint8Array>> = {
  'x off the curve': encode(firstX((isOnCurve) => !isOnCurve)),
  'a point of the curve outside the subgroup': encode(
    firstX((isOnCurve, inSubgroup) => isOnCurve && !inSubgroup),
  ),
  // (0, 2) has order 3.
  'the point of order three': encode(0n),
  'x equal to p': encode(Fp.ORDER),
  'x above p': encode((1n << 381n) - 1n),
  'no compression flag': withFirst(Point.BASE.toBytes(), (first) => first & ~FLAG_COMPRESSED),
  'an infinity flag on a point': withFirst(Point.BASE.toBytes(), (first) => first | FLAG_INFINITY),
  'infinity with a sign': withFirst(Point.ZERO.toBytes(), (first) => first | FLAG_SIGN),
  'infinity with a bit set': Point.ZERO.toBytes().with(47, 1),
  'infinity uncompressed': withFirst(Point.ZERO.toBytes(), (first) => first & ~FLAG_COMPRESSED),
  'all zeros': new Uint8Array(48),
  'all ones': new Uint8Array(48).fill(255),
}

/** Byte strings of the wrong length for anything of this length. */
export const wrongLengths = (length: number): readonly Uint8Array[] =>
  [0, length - 1, length + 1].map((wrong) => new Uint8Array(wrong))

/** 32 bytes that are no canonical field element. */
export const hostileScalars: Readonly<Record<string, Uint8Array>> = {
  'r itself': rawScalar(BLS_MODULUS),
  'r + 1': rawScalar(BLS_MODULUS + 1n),
  '2^255': rawScalar(1n << 255n),
  '2^256 - 1': rawScalar((1n << 256n) - 1n),
}

export const infinity: Uint8Array = Point.ZERO.toBytes()

/** The generator and small multiples, as bytes. */
export const multiple = (factor: bigint): Uint8Array =>
  (factor % BLS_MODULUS === 0n
    ? Point.ZERO
    : Point.BASE.multiply(((factor % BLS_MODULUS) + BLS_MODULUS) % BLS_MODULUS)
  ).toBytes()

function encode(x: bigint): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(x.toString(16).padStart(96, '0'), 'hex'))
  return withFirst(bytes, (first) => first | FLAG_COMPRESSED)
}

function withFirst(bytes: Uint8Array, change: (first: number) => number): Uint8Array {
  return bytes.with(0, change(bytes[0]!))
}

function firstX(wanted: (isOnCurve: boolean, inSubgroup: boolean) => boolean): bigint {
  for (let x = 1n; ; x++) {
    const right = Fp.add(Fp.mul(Fp.mul(x, x), x), 4n)
    let y: bigint | undefined
    try {
      y = Fp.sqrt(right)
    } catch {}
    const inSubgroup = y !== undefined && Point.fromAffine({ x, y }).isTorsionFree()
    if (wanted(y !== undefined, inSubgroup)) return x
  }
}
