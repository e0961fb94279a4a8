// KZG commitments and proofs behind one port. Backends: our kernels (default), kzg-wasm (reference), node-eth-kzg
// (native, optional). All of them run one compliance suite.
//
// Behaviour is that of EIP-4844 and EIP-7594 as in ethereum/cryptography-specs: bytes in, bytes out; malformed input
// (length, non-canonical scalar, point off the curve or outside the subgroup, indices) throws KzgError with code
// `malformed-input`; a well-formed claim that is wrong is `false`.

import type { WeftError } from '../base/error.ts'

/** A sum of points times scalars: `index` is a place in the list of points that goes with it, scalars are canonical. */
export interface LinearTerm {
  readonly index: number
  /** 32 bytes, big-endian, below r. */
  readonly scalar: Uint8Array
}

/**
 * The claim that the polynomial committed to by `commitment` takes on coset `cellIndex` the values of `cell`
 * (2,048 bytes), shown by `proof`; both are linear combinations over one shared list of compressed points.
 */
export interface CellClaim {
  readonly commitment: readonly LinearTerm[]
  readonly cellIndex: number
  readonly cell: Uint8Array
  readonly proof: readonly LinearTerm[]
}

export interface KzgVerifier {
  verifyKzgProof(commitment: Uint8Array, z: Uint8Array, y: Uint8Array, proof: Uint8Array): boolean
  verifyBlobKzgProof(blob: Uint8Array, commitment: Uint8Array, proof: Uint8Array): boolean
  verifyBlobKzgProofBatch(
    blobs: readonly Uint8Array[],
    commitments: readonly Uint8Array[],
    proofs: readonly Uint8Array[],
  ): boolean
  verifyCellKzgProofBatch(
    commitments: readonly Uint8Array[],
    cellIndices: readonly number[],
    cells: readonly Uint8Array[],
    proofs: readonly Uint8Array[],
  ): boolean
  /**
   * Many claims in one batch, with secret random weights of 128 bits after the subgroup checks of all `points`
   * (48 bytes each). No claims: true.
   */
  verifyCellClaims(points: readonly Uint8Array[], claims: readonly CellClaim[]): boolean
  /** Sum of scalars[i] * points[i]: 48 bytes. Points are checked for curve and subgroup. */
  combinePoints(points: readonly Uint8Array[], scalars: readonly Uint8Array[]): Uint8Array
}

export interface KzgProver {
  blobToKzgCommitment(blob: Uint8Array): Uint8Array
  computeKzgProof(blob: Uint8Array, z: Uint8Array): readonly [proof: Uint8Array, y: Uint8Array]
  computeBlobKzgProof(blob: Uint8Array, commitment: Uint8Array): Uint8Array
  computeCells(blob: Uint8Array): readonly Uint8Array[]
  computeCellsAndKzgProofs(
    blob: Uint8Array,
  ): readonly [cells: readonly Uint8Array[], proofs: readonly Uint8Array[]]
  recoverCells(cellIndices: readonly number[], cells: readonly Uint8Array[]): readonly Uint8Array[]
  recoverCellsAndKzgProofs(
    cellIndices: readonly number[],
    cells: readonly Uint8Array[],
  ): readonly [cells: readonly Uint8Array[], proofs: readonly Uint8Array[]]
}

export interface Kzg extends KzgVerifier, KzgProver {}

export type KzgErrorCode = 'malformed-input' | 'backend-unavailable'
export type KzgError = WeftError<KzgErrorCode, { readonly reason: string }>
