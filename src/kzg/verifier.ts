// Verification on kernels. Every check comes down to one question, e(left, tau^n G2) = e(right, G2), whose two points
// are linear combinations of what the claims are about; a batch of claims is one such question with random weights.
// Points are decompressed and checked for curve and subgroup first, all of them, whatever their scalars are.

import { concat, toHex } from '../base/bytes.ts'
import { BYTES_PER_AFFINE, type GroupKernel } from '../kernel/group-kernel.ts'
import type { PairingKernel, PairingPower } from '../kernel/pairing-kernel.ts'
import { CELLS_PER_EXT_BLOB } from '../kernel/parameters.ts'
import type { PolynomialKernel } from '../kernel/polynomial-kernel.ts'
import { bytesToScalar, power, reverseBits, rootOfUnity, scalarToBytes, toScalar } from '../kernel/scalars.ts'
import { challengeOf, randomWeights } from './challenge.ts'
import {
  checkBlob,
  checkBlobBatch,
  checkCellBatch,
  checkClaims,
  checkCombination,
  checkPoint,
  checkScalar,
} from './checks.ts'
import { refusingRange } from './errors.ts'
import type { CellClaim, KzgVerifier, LinearTerm } from './port.ts'
import type { Sha256 } from './sha256.ts'

export interface VerifierComponents {
  readonly polynomials: PolynomialKernel
  readonly group: GroupKernel
  readonly pairing: PairingKernel
  /** tau^i G for i in 0..63, affine: 6,144 bytes. */
  readonly monomial: Uint8Array
  readonly sha256: Sha256
}

/** Creates the verifying half of the port. */
export const createVerifier = ({
  polynomials,
  group,
  pairing,
  monomial,
  sha256,
}: VerifierComponents): KzgVerifier => {
  const generator = monomial.subarray(0, BYTES_PER_AFFINE)
  const commitToInterpolation = group.fixedSum(monomial)

  /** The sums' points may repeat and vanish; terms with the scalar 0 are left out. */
  const sumOf = (...lists: readonly (readonly Term[])[]): Uint8Array => {
    const terms = lists.flat().filter(({ scalar }) => scalar !== 0n)
    if (terms.length === 1 && terms[0]?.scalar === 1n) return terms[0].point
    return group.msm(
      concat(...terms.map(({ point }) => point)),
      concat(...terms.map(({ scalar }) => scalarToBytes(scalar))),
    )
  }
  const isBalanced = (left: readonly Term[], right: readonly Term[], n: PairingPower) =>
    pairing.isBalanced(sumOf(left), sumOf(right), n)

  /** e(sum r (C - y G + z Q), G2) = e(sum r Q, tau G2), EIP-4844's verify_kzg_proof_batch. */
  const verifyOpenings = (openings: readonly Opening[]): boolean => {
    const weights = randomWeights(openings.length)
    let constant = 0n
    const left: Term[] = []
    const right: Term[] = []
    openings.forEach(({ commitment, z, y, proof }, i) => {
      const weight = weights[i]!
      left.push({ point: proof, scalar: weight })
      right.push({ point: commitment, scalar: weight })
      right.push({ point: proof, scalar: toScalar(weight * z) })
      constant += weight * y
    })
    right.push({ point: generator, scalar: toScalar(-constant) })
    return isBalanced(left, right, 1)
  }

  const readPoints = (points: readonly Uint8Array[]): readonly Uint8Array[] =>
    split(
      refusingRange('points', () => group.decompress(concat(...points))),
      BYTES_PER_AFFINE,
    )

  const openingOf = (
    blob: Uint8Array,
    bytes: Uint8Array,
    commitment: Uint8Array,
    proof: Uint8Array,
  ): Opening => {
    const z = challengeOf(sha256, blob, bytes)
    const y = refusingRange('blob', () => polynomials.evaluate(blob, z))
    return { commitment, z: bytesToScalar(z), y: bytesToScalar(y), proof }
  }

  /**
   * EIP-7594's universal equation: with claim k on coset h_k <omega_64>, interpolation I_k and weight r_k,
   * e(sum r_k Q_k, tau^64 G2) = e(sum r_k C_k + sum r_k h_k^64 Q_k - sum r_k I_k(tau) G, G2).
   */
  const verifyClaims = (points: readonly Uint8Array[], claims: readonly CellClaim[]): boolean => {
    const weights = randomWeights(claims.length)
    const left = new Array<bigint>(points.length).fill(0n)
    const right = new Array<bigint>(points.length).fill(0n)
    const add = (sums: bigint[], terms: readonly LinearTerm[], weight: bigint) => {
      for (const { index, scalar } of terms) sums[index]! += weight * scalarOf(scalar)
    }
    claims.forEach(({ commitment, cellIndex, proof }, k) => {
      const weight = weights[k]!
      add(right, commitment, weight)
      add(left, proof, weight)
      add(right, proof, toScalar(weight * shifts[cellIndex]!))
    })
    const interpolation = refusingRange('cells', () =>
      polynomials.interpolate(
        claims.map(({ cellIndex }) => cellIndex),
        claims.map(({ cell }) => cell),
        weights.map(scalarToBytes),
      ),
    )
    const termsOf = (sums: readonly bigint[]): readonly Term[] =>
      sums.map((sum, i) => ({ point: points[i]!, scalar: toScalar(sum) }))
    const interpolated: Term = { point: commitToInterpolation(interpolation), scalar: toScalar(-1n) }
    return isBalanced(termsOf(left), [...termsOf(right), interpolated], 64)
  }

  return {
    verifyKzgProof(commitment, z, y, proof) {
      checkPoint('commitment', commitment)
      checkScalar('z', z)
      checkScalar('y', y)
      checkPoint('proof', proof)
      const [c, q] = readPoints([commitment, proof])
      return verifyOpenings([{ commitment: c!, z: bytesToScalar(z), y: bytesToScalar(y), proof: q! }])
    },
    verifyBlobKzgProof(blob, commitment, proof) {
      checkBlob(blob)
      checkPoint('commitment', commitment)
      checkPoint('proof', proof)
      const [c, q] = readPoints([commitment, proof])
      return verifyOpenings([openingOf(blob, commitment, c!, q!)])
    },
    verifyBlobKzgProofBatch(blobs, commitments, proofs) {
      checkBlobBatch(blobs, commitments, proofs)
      if (blobs.length === 0) return true
      const points = readPoints([...commitments, ...proofs])
      return verifyOpenings(
        blobs.map((blob, i) => openingOf(blob, commitments[i]!, points[i]!, points[blobs.length + i]!)),
      )
    },
    verifyCellKzgProofBatch(commitments, cellIndices, cells, proofs) {
      checkCellBatch(commitments, cellIndices, cells, proofs)
      if (cells.length === 0) return true
      const { list, places } = withoutRepetitions(commitments)
      const points = readPoints([...list, ...proofs])
      return verifyClaims(
        points,
        cells.map((cell, k) => ({
          commitment: [{ index: places[k]!, scalar: ONE }],
          cellIndex: cellIndices[k]!,
          cell,
          proof: [{ index: list.length + k, scalar: ONE }],
        })),
      )
    },
    verifyCellClaims(points, claims) {
      checkClaims(points, claims)
      const affine = readPoints(points)
      return claims.length === 0 || verifyClaims(affine, claims)
    },
    combinePoints(points, scalars) {
      checkCombination(points, scalars)
      const affine = readPoints(points)
      return group.compress(sumOf(affine.map((point, i) => ({ point, scalar: bytesToScalar(scalars[i]!) }))))
    },
  }
}

interface Term {
  /** Affine. */
  readonly point: Uint8Array
  readonly scalar: bigint
}

interface Opening {
  readonly commitment: Uint8Array
  readonly z: bigint
  readonly y: bigint
  readonly proof: Uint8Array
}

const ONE = scalarToBytes(1n)

/** Most terms have the scalar one, and are the same object. */
const scalarOf = (scalar: Uint8Array): bigint => (scalar === ONE ? 1n : bytesToScalar(scalar))

/** h_k^64 for each cell index k, h_k being what the cell's coset is shifted by (EIP-7594, coset_shift_for_cell). */
const shifts: readonly bigint[] = Array.from({ length: CELLS_PER_EXT_BLOB }, (_, k) =>
  power(rootOfUnity(CELLS_PER_EXT_BLOB), BigInt(reverseBits(k, Math.log2(CELLS_PER_EXT_BLOB)))),
)

const withoutRepetitions = (points: readonly Uint8Array[]) => {
  const places = new Map<string, number>()
  const list: Uint8Array[] = []
  return {
    list,
    places: points.map((point) => {
      const key = toHex(point)
      const known = places.get(key)
      if (known !== undefined) return known
      places.set(key, list.length)
      return list.push(point) - 1
    }),
  }
}

const split = (bytes: Uint8Array, size: number): readonly Uint8Array[] =>
  Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
