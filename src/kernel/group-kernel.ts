// The operations on points of G1 that commitments and proofs are made of, as a port: the WASM kernels (both modules)
// implement it, and tests hold them against the slow twins and against libraries of others.
//
// Three encodings of a point: compressed (48 bytes, EIP-4844), affine (96 bytes: x then y, 48 bytes big-endian each;
// infinity is 96 zero bytes) and, inside the kernel's memory only, limbs. Points cross the seam affine, because that
// costs no square root; what comes from outside is compressed and passes `decompress`, which is where all the checks
// are. Everything else takes affine points for checked. Malformed arguments (length, scalar not below r, point not
// canonical, off the curve or outside the subgroup) are RangeErrors. Inputs are never kept or written to.

/** Size of an affine point on this side of the seam. */
export const BYTES_PER_AFFINE = 96

export interface GroupKernel {
  /**
   * Reads compressed points (n times 48 bytes) to affine ones (n times 96), with all checks: flags, x below p, on the
   * curve, in the subgroup. RangeError names the first that fails.
   */
  decompress(points: Uint8Array): Uint8Array

  /**
   * Reads affine points as a setup file holds them: canonical coordinates, on the curve; in the subgroup too unless
   * `subgroup` is false (for files whose hash is pinned). RangeError names the first that fails.
   */
  checkAffine(points: Uint8Array, options?: { readonly subgroup?: boolean }): void

  /** Affine points (n times 96) to compressed ones (n times 48). */
  compress(points: Uint8Array): Uint8Array

  /** Sum of scalars[i] * points[i]: affine points (n times 96), scalars (n times 32), one affine point out. n may be 0. */
  msm(points: Uint8Array, scalars: Uint8Array): Uint8Array

  /**
   * Makes a table of multiples of points that are used again and again (4 KiB a point, at most 64 of them) and returns
   * the sum over them. The table is for good: once per instance and list.
   */
  fixedSum(points: Uint8Array): FixedSum
}

/** Sum of scalars[i] * points[i] over points known beforehand: n times 32 bytes in, one affine point out. */
export type FixedSum = (scalars: Uint8Array) => Uint8Array

/** What only whoever commits or proves needs: tables of multiples of the setup's points. */
export interface ProverKernel extends GroupKernel {
  /**
   * Sum of scalars[i] * lagrange[i] over the setup's 4,096 points in the row's (bit-reversed) order: one affine
   * point. `scalars` is 131,072 bytes; of a row, this is its commitment.
   */
  commit(scalars: Uint8Array): Uint8Array

  /** The 128 cell proofs of a row (EIP-7594, FK20), affine: 12,288 bytes. Needs `proofPoints` at creation. */
  proofs(blob: Uint8Array): Uint8Array
}

/** The setup as a prover takes it. All points affine, checked or hash-pinned by whoever made the file. */
export interface ProverSetup {
  /** The 4,096 Lagrange points in bit-reversed order: 393,216 bytes. */
  readonly lagrange: Uint8Array
  /**
   * For FK20: 128 groups of 64 points, point i of group k being the sum over j in 0..62 of
   * omega_128^(k j) * tau^(4031 - 64 j - i) * G. 786,432 bytes. Absent: `proofs` throws RangeError.
   */
  readonly proofPoints?: Uint8Array
}
