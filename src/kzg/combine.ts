// Linear combinations of points for the backends whose libraries have none: blst reads and checks the points, noble
// adds them up. Exact, and slow next to the kernels: about 2 ms for a combination of one point, 15 for eight.

import { PublicKey } from '@chainsafe/blst'
import { mulAddUnsafe, pippenger } from '@noble/curves/abstract/curve.js'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { isZero, toHex } from '../base/bytes.ts'
import { BYTES_PER_G1 } from '../kernel/parameters.ts'
import { checkClaims, checkCombination } from './checks.ts'
import { refusing } from './errors.ts'
import type { CellClaim, KzgVerifier, LinearTerm } from './port.ts'

const Point = bls12_381.G1.Point
type Point = typeof Point.BASE

/** `combinePoints` of the port. */
export const combinePoints: KzgVerifier['combinePoints'] = (points, scalars) => {
  checkCombination(points, scalars)
  return combine(points.map(readPoint), scalars)
}

/**
 * `verifyCellClaims` of the port on top of a library's batch verification, which has random weights of its own:
 * every claim's commitment and proof are combined first (equal combinations once), then checked in one batch.
 */
export const verifyCellClaimsBy =
  (verifyBatch: KzgVerifier['verifyCellKzgProofBatch']): KzgVerifier['verifyCellClaims'] =>
  (points, claims) => {
    checkClaims(points, claims)
    const sums = createSums(points)
    const commitments = claims.map((claim) => sums.of(claim.commitment))
    const proofs = claims.map((claim) => sums.of(claim.proof))
    // Points that the batch below does not get to see as they are would otherwise go unchecked.
    sums.checkTheRest()
    if (claims.length === 0) return true
    return verifyBatch(commitments, claims.map(cellIndexOf), claims.map(cellOf), proofs)
  }

/** Throws KzgError `malformed-input` unless all are points of the subgroup in their one encoding. */
export const checkPoints = (points: readonly Uint8Array[]): void => {
  for (const point of points) readPoint(point)
}

const cellIndexOf = (claim: CellClaim) => claim.cellIndex
const cellOf = (claim: CellClaim) => claim.cell

const createSums = (points: readonly Uint8Array[]) => {
  const read: (Point | undefined)[] = points.map(() => undefined)
  const passedOn = new Set<number>()
  const known = new Map<string, Uint8Array>()
  const point = (index: number) => {
    read[index] ??= readPoint(points[index]!)
    return read[index]
  }
  return {
    of(terms: readonly LinearTerm[]): Uint8Array {
      const only = terms[0]
      if (terms.length === 1 && only !== undefined && isOne(only.scalar)) {
        passedOn.add(only.index)
        return points[only.index]!
      }
      const key = terms.map(({ index, scalar }) => `${index}:${toHex(scalar)}`).join()
      let sum = known.get(key)
      if (sum === undefined) {
        sum = combine(
          terms.map(({ index }) => point(index)),
          terms.map(({ scalar }) => scalar),
        )
        known.set(key, sum)
      }
      return sum
    },
    checkTheRest() {
      for (let index = 0; index < points.length; index++) if (!passedOn.has(index)) point(index)
    },
  }
}

const combine = (points: readonly Point[], scalars: readonly Uint8Array[]): Uint8Array => {
  const terms = points
    .map((point, i) => ({ point, scalar: Point.Fn.fromBytes(scalars[i]!) }))
    .filter(({ point, scalar }) => scalar !== 0n && !point.is0())
  if (terms.length === 0) return infinity()
  const sum = (terms.length <= STRAUSS_LIMIT ? mulAddUnsafe : pippenger)(
    Point,
    terms.map(({ point }) => point),
    terms.map(({ scalar }) => scalar),
  )
  // noble refuses to write infinity in other coordinates than its own.
  return sum.is0() ? infinity() : sum.toBytes()
}

const infinity = (): Uint8Array => new Uint8Array(BYTES_PER_G1).with(0, 0xc0)

/** Reads a compressed point with all checks: blst's are thirty times as fast as noble's, but refuse infinity. */
const readPoint = (bytes: Uint8Array): Point => {
  if (bytes[0] === 0xc0 && isZero(bytes.subarray(1))) return Point.ZERO
  const affine = refusing('point', () => PublicKey.fromBytes(bytes, true).toBytes(false))
  return Point.fromAffine({
    x: Point.Fp.fromBytes(affine.subarray(0, BYTES_PER_G1)),
    y: Point.Fp.fromBytes(affine.subarray(BYTES_PER_G1)),
  })
}

const isOne = (scalar: Uint8Array): boolean => scalar[31] === 1 && isZero(scalar.subarray(0, 31))

// Below this many points, interleaved doublings are quicker than buckets.
const STRAUSS_LIMIT = 16
