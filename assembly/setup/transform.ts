// The number-theoretic transform on bigints, as short as it gets: what the checks of the setup need of the field.

import { BLS_MODULUS } from '../../src/kernel/parameters.ts'

/** Root of unity of order n, a power of two: 7^((r-1)/n) (EIP-4844, PRIMITIVE_ROOT_OF_UNITY). */
export const rootOfUnity = (n: number): bigint => power(7n, (BLS_MODULUS - 1n) / BigInt(n))

/** Values of a polynomial at the powers of a root, natural order in and out; inverse: its coefficients from those. */
export const transform = (
  values: readonly bigint[],
  root: bigint,
  { inverse = false }: { readonly inverse?: boolean } = {},
): bigint[] => {
  if (!inverse) return evaluate(values, root)
  const scale = power(BigInt(values.length), BLS_MODULUS - 2n)
  return evaluate(values, power(root, BLS_MODULUS - 2n)).map((value) => (value * scale) % BLS_MODULUS)
}

const evaluate = (coefficients: readonly bigint[], root: bigint): bigint[] => {
  const n = coefficients.length
  if (n === 1) return [...coefficients]
  const square = (root * root) % BLS_MODULUS
  const even = evaluate(
    coefficients.filter((_, i) => i % 2 === 0),
    square,
  )
  const odd = evaluate(
    coefficients.filter((_, i) => i % 2 === 1),
    square,
  )
  const values = new Array<bigint>(n)
  let x = 1n
  for (let i = 0; i < n / 2; i++) {
    const product = (x * odd[i]!) % BLS_MODULUS
    values[i] = (even[i]! + product) % BLS_MODULUS
    values[i + n / 2] = (even[i]! - product + BLS_MODULUS) % BLS_MODULUS
    x = (x * root) % BLS_MODULUS
  }
  return values
}

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  for (let rest = exponent, square = base; rest > 0n; rest >>= 1n, square = (square * square) % BLS_MODULUS) {
    if (rest & 1n) result = (result * square) % BLS_MODULUS
  }
  return result
}
