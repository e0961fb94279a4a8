// The operations on single polynomials that opening and verifying need, as a port: the WASM kernels and the slow twin
// implement it. Bytes as in field-kernel.ts: scalars of 32 bytes, big-endian, below r; everything else a RangeError.

export interface PolynomialKernel {
  /** The value at `z` of a row's polynomial; `blob` holds its 131,072 bytes (EIP-4844, evaluate_polynomial_in_evaluation_form). */
  evaluate(blob: Uint8Array, z: Uint8Array): Uint8Array

  /** The row of (p - p(z)) / (X - z), 131,072 bytes, and p(z). `z` may lie in the row's domain. */
  divide(blob: Uint8Array, z: Uint8Array): { readonly quotient: Uint8Array; readonly y: Uint8Array }

  /**
   * Sum over k of weights[k] * I_k, I_k being the polynomial of degree below 64 that takes the values of cells[k] on
   * the coset of cell cellIndices[k]. Returns its 64 coefficients, 2,048 bytes. `cells` are 2,048 bytes each.
   */
  interpolate(
    cellIndices: readonly number[],
    cells: readonly Uint8Array[],
    weights: readonly Uint8Array[],
  ): Uint8Array
}
