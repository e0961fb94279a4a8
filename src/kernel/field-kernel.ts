// The operations on vectors of scalars that rows and bands are made of, as a port: the WASM kernels (both modules)
// and the slow twin in plain TypeScript implement it, and one suite tests them all.
//
// Scalars are 32 bytes, big-endian, canonical (below the order r). Every operation refuses others with RangeError;
// lengths that do not fit are RangeErrors too. Inputs are never kept or written to. Who calls for one row or column after
// the other may say with `into` where the result goes, which is then what is returned; what lay there does not matter.

export interface FieldKernel {
  /** Whether every 32-byte element of `elements` is below r. Length must be a multiple of 32. */
  areCanonical(elements: Uint8Array): boolean

  /** Extends a row: a blob of 131,072 bytes to its 128 cells, 262,144 bytes (EIP-7594 compute_cells). */
  extendRow(blob: Uint8Array, into?: Uint8Array): Uint8Array

  /**
   * Restores a row from cells: `indices` ascending and unique in 0..127, at least 64 of them, `cells` their
   * concatenation. Returns all 128 cells, 262,144 bytes. Exactly 64 cells always succeed; of more, those that do not
   * lie on one polynomial of degree below 4,096 give a RangeError.
   */
  recoverRow(indices: readonly number[], cells: Uint8Array, into?: Uint8Array): Uint8Array

  /**
   * Extends across bands: `data` is B chunks of equal length (B a power of two, 1..64; a chunk a multiple of 32
   * bytes). At each element position the B values are evaluations at the 2B-th roots of unity in bit-reversed order,
   * the first B of them; the result is the 2B chunks. For B = 1 the second chunk repeats the first. `data` may be the first half of `into`.
   */
  extendBands(bands: number, data: Uint8Array, into?: Uint8Array): Uint8Array

  /**
   * Restores across bands from any B or more of 2B chunks: `indices` ascending and unique in 0..2B-1, `chunks` their
   * concatenation. Returns all 2B chunks. Surplus chunks that contradict the others give a RangeError.
   */
  recoverBands(bands: number, indices: readonly number[], chunks: Uint8Array): Uint8Array

  /** Sum over j of scalars[j] * vectors[j], element by element; all vectors of one length, at least one. */
  combine(vectors: readonly Uint8Array[], scalars: readonly Uint8Array[]): Uint8Array

  /** The powers 1, x, x^2, .. x^(count-1) of a scalar. */
  powers(x: Uint8Array, count: number): readonly Uint8Array[]

  /** Coefficients that make an extended band b (B..2B-1) of the B data bands: row b of the vertical code's matrix. */
  bandCoefficients(bands: number, band: number): readonly Uint8Array[]

  /** A 32-byte big-endian integer (a digest) reduced modulo r. */
  reduce(digest: Uint8Array): Uint8Array
}
