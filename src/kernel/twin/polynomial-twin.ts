// The slow twin of the polynomial kernels, on bigints: the formulas of EIP-4844 and EIP-7594 as they stand there.

import {
  BYTES_PER_BLOB,
  BYTES_PER_CELL,
  BYTES_PER_FIELD_ELEMENT,
  CELLS_PER_EXT_BLOB,
  FIELD_ELEMENTS_PER_BLOB,
  FIELD_ELEMENTS_PER_CELL,
  FIELD_ELEMENTS_PER_EXT_BLOB,
} from '../parameters.ts'
import type { PolynomialKernel } from '../polynomial-kernel.ts'
import {
  bytesToScalar,
  inverse,
  power,
  reverseBits,
  rootOfUnity,
  scalarToBytes,
  toScalar,
} from '../scalars.ts'

export const createPolynomialTwin = (): PolynomialKernel => ({
  evaluate: (blob, z) => scalarToBytes(evaluateAt(elementsOf(blob, BYTES_PER_BLOB), bytesToScalar(z))),

  divide(blob, z) {
    const values = elementsOf(blob, BYTES_PER_BLOB)
    const at = bytesToScalar(z)
    const y = evaluateAt(values, at)
    const inverses = inverseOfAll(domain.map((x) => toScalar(x - at)))
    const quotient = values.map((value, i) => toScalar((value - y) * inverses[i]!))
    const place = domain.indexOf(at)
    if (place >= 0) quotient[place] = quotientWithin(values, place)
    return { quotient: bytesOf(quotient), y: scalarToBytes(y) }
  },

  interpolate(cellIndices, cells, weights) {
    if (cells.length !== cellIndices.length || weights.length !== cellIndices.length) {
      throw new RangeError(`expected as many cells and weights as indices, ${cellIndices.length}`)
    }
    const sum = new Array<bigint>(FIELD_ELEMENTS_PER_CELL).fill(0n)
    cellIndices.forEach((index, k) => {
      const weight = bytesToScalar(weights[k]!)
      const coefficients = interpolateCell(index, elementsOf(cells[k]!, BYTES_PER_CELL))
      coefficients.forEach((coefficient, j) => {
        sum[j] = toScalar(sum[j]! + weight * coefficient)
      })
    })
    return bytesOf(sum)
  },
})

/** Powers of the root of order n, in bit-reversed order. */
const bitReversedRoots = (n: number): readonly bigint[] => {
  const root = rootOfUnity(n)
  const roots: bigint[] = []
  for (let i = 0, each = 1n; i < n; i++, each = toScalar(each * root)) roots.push(each)
  return roots.map((_, i) => roots[reverseBits(i, Math.log2(n))]!)
}

const domain = bitReversedRoots(FIELD_ELEMENTS_PER_BLOB)
const extendedDomain = bitReversedRoots(FIELD_ELEMENTS_PER_EXT_BLOB)

/** EIP-4844, evaluate_polynomial_in_evaluation_form: (z^n - 1)/n * sum of p_i w_i / (z - w_i). */
const evaluateAt = (values: readonly bigint[], z: bigint): bigint => {
  const place = domain.indexOf(z)
  if (place >= 0) return values[place]!
  const inverses = inverseOfAll(domain.map((x) => toScalar(z - x)))
  const sum = values.reduce(
    (total, value, i) => toScalar(total + toScalar(value * domain[i]!) * inverses[i]!),
    0n,
  )
  const n = BigInt(FIELD_ELEMENTS_PER_BLOB)
  return toScalar(sum * (power(z, n) - 1n) * inverse(n))
}

/** EIP-4844, compute_quotient_eval_within_domain. */
const quotientWithin = (values: readonly bigint[], place: number): bigint => {
  const z = domain[place]!
  const denominators = domain.map((x, i) => (i === place ? 1n : toScalar(z * (z - x))))
  const inverses = inverseOfAll(denominators)
  return values.reduce(
    (sum, value, i) =>
      i === place ? sum : toScalar(sum + toScalar((value - values[place]!) * domain[i]!) * inverses[i]!),
    0n,
  )
}

/** Coefficients of the polynomial with these values on a cell's coset: Lagrange's formula by an inverse transform. */
const interpolateCell = (index: number, values: readonly bigint[]): readonly bigint[] => {
  if (!Number.isInteger(index) || index < 0 || index >= CELLS_PER_EXT_BLOB) {
    throw new RangeError(`expected a cell index, got ${index}`)
  }
  const n = FIELD_ELEMENTS_PER_CELL
  const coset = extendedDomain.slice(n * index, n * (index + 1))
  const perCell = inverse(BigInt(n))
  // Sum over the coset of p(x) x^-j is n times coefficient j, because the coset is a shifted group of order n.
  return Array.from({ length: n }, (_, j) => {
    const sum = coset.reduce((total, x, i) => total + values[i]! * powerOfInverse(x, j), 0n)
    return toScalar(sum * perCell)
  })
}

/** x^-j for x in the extended domain: the inverse of a root of order 8,192 is its power 8,191. */
const powerOfInverse = (x: bigint, j: number): bigint =>
  power(x, BigInt((FIELD_ELEMENTS_PER_EXT_BLOB - 1) * j))

/** Inverses of all, 0 of 0, with one division (Montgomery's trick). */
const inverseOfAll = (values: readonly bigint[]): readonly bigint[] => {
  const before: bigint[] = []
  let product = 1n
  for (const value of values) {
    before.push(product)
    if (value !== 0n) product = toScalar(product * value)
  }
  let rest = inverse(product)
  const inverses = new Array<bigint>(values.length).fill(0n)
  for (let i = values.length - 1; i >= 0; i--) {
    if (values[i] === 0n) continue
    inverses[i] = toScalar(before[i]! * rest)
    rest = toScalar(rest * values[i]!)
  }
  return inverses
}

const elementsOf = (bytes: Uint8Array, length: number): bigint[] => {
  if (bytes.length !== length) throw new RangeError(`expected ${length} bytes, got ${bytes.length}`)
  return Array.from({ length: length / BYTES_PER_FIELD_ELEMENT }, (_, i) =>
    bytesToScalar(bytes.subarray(BYTES_PER_FIELD_ELEMENT * i, BYTES_PER_FIELD_ELEMENT * (i + 1))),
  )
}

const bytesOf = (elements: readonly bigint[]): Uint8Array => {
  const bytes = new Uint8Array(BYTES_PER_FIELD_ELEMENT * elements.length)
  elements.forEach((element, i) => {
    bytes.set(scalarToBytes(element), BYTES_PER_FIELD_ELEMENT * i)
  })
  return bytes
}
