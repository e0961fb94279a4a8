// The slow twin of the field kernels: the same operations in plain TypeScript on bigints, written to be read and
// to be believed. Tests hold the WASM kernels against it. Rows are restored another way than the kernels do it:
// within a cell a polynomial of degree below 4,096 is 64 polynomials of degree below 64 in X^64, and those are
// restored across cells exactly as bands are, with B = 64.

import type { FieldKernel } from '../field-kernel.ts'
import {
  BLS_MODULUS,
  BYTES_PER_BLOB,
  BYTES_PER_CELL,
  BYTES_PER_FIELD_ELEMENT,
  CELLS_PER_EXT_BLOB,
  FIELD_ELEMENTS_PER_BLOB,
  FIELD_ELEMENTS_PER_CELL,
  FIELD_ELEMENTS_PER_EXT_BLOB,
} from '../parameters.ts'

/** Largest B of the vertical code (genesis parameter `maxBands`). */
const MAX_BANDS = 64
const CELLS_PER_BLOB = CELLS_PER_EXT_BLOB / 2

/** Creates the twin. It keeps nothing but tables of roots of unity. */
export const createFieldTwin = (): FieldKernel => ({
  areCanonical,
  extendRow,
  recoverRow,
  extendBands,
  recoverBands,
  combine,
  powers,
  bandCoefficients: (bands, band) => bandMatrixRow(bands, band).map(toBytes),
  reduce: (digest) => {
    expectLength('digest', digest, BYTES_PER_FIELD_ELEMENT)
    return toBytes(toInteger(digest, 0) % BLS_MODULUS)
  },
})

const areCanonical = (elements: Uint8Array): boolean => {
  if (elements.length % BYTES_PER_FIELD_ELEMENT !== 0) {
    throw new RangeError(`expected a multiple of 32 bytes, got ${elements.length}`)
  }
  for (let at = 0; at < elements.length; at += BYTES_PER_FIELD_ELEMENT) {
    if (toInteger(elements, at) >= BLS_MODULUS) return false
  }
  return true
}

const extendRow = (blob: Uint8Array, into?: Uint8Array): Uint8Array => {
  expectLength('blob', blob, BYTES_PER_BLOB)
  const coefficients = interpolate(bitReversed(parse(blob)), rootOfUnity(FIELD_ELEMENTS_PER_BLOB))
  const padded = [...coefficients, ...new Array<bigint>(FIELD_ELEMENTS_PER_BLOB).fill(0n)]
  return serialize(bitReversed(evaluate(padded, rootOfUnity(FIELD_ELEMENTS_PER_EXT_BLOB))), into)
}

const recoverRow = (indices: readonly number[], cells: Uint8Array, into?: Uint8Array): Uint8Array => {
  expectIndices(indices, CELLS_PER_BLOB, CELLS_PER_EXT_BLOB)
  expectLength('cells', cells, indices.length * BYTES_PER_CELL)
  const residues = indices.map((index, i) =>
    residueOfCell(index, parse(cells.subarray(i * BYTES_PER_CELL, (i + 1) * BYTES_PER_CELL))),
  )
  const restored = restoreAcross(CELLS_PER_BLOB, indices, residues)
  return serialize(
    restored.flatMap((residue, index) => cellOfResidue(index, residue)),
    into,
  )
}

const extendBands = (bands: number, data: Uint8Array, into?: Uint8Array): Uint8Array => {
  expectBands(bands)
  if (data.length === 0 || data.length % (bands * BYTES_PER_FIELD_ELEMENT) !== 0) {
    throw new RangeError(`expected ${bands} chunks of whole elements, got ${data.length} bytes`)
  }
  const values = parse(data)
  const length = values.length / bands
  const extended = new Array<bigint>(2 * values.length)
  for (let at = 0; at < length; at++) {
    const column = Array.from({ length: bands }, (_, band) => values[band * length + at]!)
    const coefficients = interpolate(bitReversed(column), rootOfUnity(bands))
    const padded = [...coefficients, ...new Array<bigint>(bands).fill(0n)]
    const all = bitReversed(evaluate(padded, rootOfUnity(2 * bands)))
    for (let band = 0; band < 2 * bands; band++) extended[band * length + at] = all[band]!
  }
  return serialize(extended, into)
}

const recoverBands = (bands: number, indices: readonly number[], chunks: Uint8Array): Uint8Array => {
  expectBands(bands)
  expectIndices(indices, bands, 2 * bands)
  if (chunks.length === 0 || chunks.length % (indices.length * BYTES_PER_FIELD_ELEMENT) !== 0) {
    throw new RangeError(`expected ${indices.length} chunks of whole elements, got ${chunks.length} bytes`)
  }
  const size = chunks.length / indices.length
  const vectors = indices.map((_, i) => parse(chunks.subarray(i * size, (i + 1) * size)))
  return serialize(restoreAcross(bands, indices, vectors).flat())
}

const combine = (vectors: readonly Uint8Array[], scalars: readonly Uint8Array[]): Uint8Array => {
  const length = vectors[0]?.length
  if (length === undefined || vectors.length !== scalars.length) {
    throw new RangeError(
      `expected as many scalars as vectors, at least one, got ${scalars.length} and ${vectors.length}`,
    )
  }
  for (const vector of vectors) expectLength('vector', vector, length)
  const factors = scalars.map((scalar) => {
    expectLength('scalar', scalar, BYTES_PER_FIELD_ELEMENT)
    return parse(scalar)[0]!
  })
  return serialize(linearCombination(vectors.map(parse), factors))
}

const powers = (x: Uint8Array, count: number): readonly Uint8Array[] => {
  expectLength('scalar', x, BYTES_PER_FIELD_ELEMENT)
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RangeError(`expected a count of powers, got ${count}`)
  const base = parse(x)[0]!
  const result: Uint8Array[] = []
  for (let i = 0, power = 1n; i < count; i++, power = (power * base) % BLS_MODULUS)
    result.push(toBytes(power))
  return result
}

// ---- the codes ----

/** Row b (B..2B-1) of the matrix that makes extended bands of data bands: Lagrange coefficients. */
const bandMatrixRow = (bands: number, band: number): readonly bigint[] => {
  expectBands(bands)
  if (!Number.isSafeInteger(band) || band < bands || band >= 2 * bands) {
    throw new RangeError(`expected an extended band ${bands}..${2 * bands - 1}, got ${band}`)
  }
  const nodes = bandPoints(bands)
  return lagrangeOver(nodes.slice(0, bands))(nodes[band]!)
}

/** The 2B-th roots of unity in bit-reversed order: where band b's value lies. For B = 1 the code repeats. */
const bandPoints = (bands: number): readonly bigint[] => bitReversed(rootsOfUnity(2 * bands))

/** Restores all 2B vectors from those at `indices`; throws RangeError if there are more than B and they disagree. */
const restoreAcross = (
  bands: number,
  indices: readonly number[],
  vectors: readonly (readonly bigint[])[],
): readonly (readonly bigint[])[] => {
  const points = bandPoints(bands)
  const coefficientsAt = lagrangeOver(indices.slice(0, bands).map((index) => points[index]!))
  const place = new Map(indices.map((index, i) => [index, i]))
  return points.map((point, index) => {
    const given = place.get(index)
    if (given !== undefined && given < bands) return vectors[given]!
    const restored = linearCombination(vectors.slice(0, bands), coefficientsAt(point))
    if (given !== undefined && vectors[given]!.some((value, at) => value !== restored[at])) {
      throw new RangeError(`expected values of one polynomial, got a contradiction at index ${index}`)
    }
    return restored
  })
}

/**
 * For points x, the coefficients c_i such that f(x) = sum c_i f(nodes_i) for every f of degree below nodes.length:
 * the product of (x - node_j) over j other than i, divided by that of (node_i - node_j).
 */
const lagrangeOver = (nodes: readonly bigint[]): ((x: bigint) => readonly bigint[]) => {
  const scales = nodes.map((node, i) =>
    inverse(productOf(nodes.map((other, j) => (i === j ? 1n : mod(node - other))))),
  )
  return (x) => {
    const differences = nodes.map((node) => mod(x - node))
    const before = runningProducts(differences)
    const after = runningProducts(differences.toReversed()).toReversed()
    return scales.map((scale, i) => (((before[i]! * after[i]!) % BLS_MODULUS) * scale) % BLS_MODULUS)
  }
}

const productOf = (factors: readonly bigint[]): bigint =>
  factors.reduce((product, factor) => (product * factor) % BLS_MODULUS, 1n)

/** At each place the product of all that come before it. */
const runningProducts = (factors: readonly bigint[]): readonly bigint[] => {
  let product = 1n
  return factors.map((factor) => {
    const before = product
    product = (product * factor) % BLS_MODULUS
    return before
  })
}

/** The 64 coefficients of a row's polynomial modulo X^64 - h^64, from its values on the coset h of a cell. */
const residueOfCell = (index: number, values: readonly bigint[]): readonly bigint[] => {
  const coefficients = interpolate(bitReversed(values), rootOfUnity(FIELD_ELEMENTS_PER_CELL))
  return scaleByPowers(coefficients, inverse(cosetShift(index)))
}

const cellOfResidue = (index: number, residue: readonly bigint[]): readonly bigint[] =>
  bitReversed(evaluate(scaleByPowers(residue, cosetShift(index)), rootOfUnity(FIELD_ELEMENTS_PER_CELL)))

/** h of cell k: the first of its points (EIP-7594, coset_shift_for_cell). */
const cosetShift = (index: number): bigint =>
  power(rootOfUnity(FIELD_ELEMENTS_PER_EXT_BLOB), BigInt(reverseBits(index, Math.log2(CELLS_PER_EXT_BLOB))))

const scaleByPowers = (values: readonly bigint[], x: bigint): readonly bigint[] => {
  let factor = 1n
  return values.map((value) => {
    const scaled = (value * factor) % BLS_MODULUS
    factor = (factor * x) % BLS_MODULUS
    return scaled
  })
}

const linearCombination = (
  vectors: readonly (readonly bigint[])[],
  factors: readonly bigint[],
): readonly bigint[] =>
  vectors[0]!.map((_, at) => {
    let sum = 0n
    for (let i = 0; i < factors.length; i++) sum += vectors[i]![at]! * factors[i]!
    return sum % BLS_MODULUS
  })

// ---- transforms ----

/** Values of a polynomial at 1, w, w^2, .. from its coefficients; w a primitive n-th root, n = coefficients.length. */
const evaluate = (coefficients: readonly bigint[], w: bigint): readonly bigint[] => {
  const n = coefficients.length
  const values = [...bitReversed(coefficients)]
  const roots = rootsFrom(w, n)
  for (let half = 1; half < n; half *= 2) {
    for (let start = 0; start < n; start += 2 * half) {
      for (let i = 0; i < half; i++) {
        const even = values[start + i]!
        const odd = (values[start + i + half]! * roots[(i * n) / (2 * half)]!) % BLS_MODULUS
        values[start + i] = even + odd >= BLS_MODULUS ? even + odd - BLS_MODULUS : even + odd
        values[start + i + half] = even >= odd ? even - odd : even - odd + BLS_MODULUS
      }
    }
  }
  return values
}

/** The inverse of `evaluate`. */
const interpolate = (values: readonly bigint[], w: bigint): readonly bigint[] => {
  const scale = inverse(BigInt(values.length))
  return evaluate(values, inverse(w)).map((value) => (value * scale) % BLS_MODULUS)
}

const reverseBits = (value: number, bits: number): number => {
  let reversed = 0
  for (let i = 0; i < bits; i++) reversed = (reversed << 1) | ((value >> i) & 1)
  return reversed
}

const bitReversed = <T>(values: readonly T[]): readonly T[] => {
  const bits = Math.log2(values.length)
  return values.map((_, i) => values[reverseBits(i, bits)]!)
}

// ---- scalars ----

const mod = (value: bigint): bigint => ((value % BLS_MODULUS) + BLS_MODULUS) % BLS_MODULUS

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % BLS_MODULUS
    square = (square * square) % BLS_MODULUS
  }
  return result
}

const inverse = (value: bigint): bigint => power(value, BLS_MODULUS - 2n)

const rootTable = new Map<number, bigint>()

/** omega_n = 7^((r-1)/n) (EIP-4844, PRIMITIVE_ROOT_OF_UNITY). */
const rootOfUnity = (n: number): bigint => {
  const known = rootTable.get(n)
  if (known !== undefined) return known
  const root = power(7n, (BLS_MODULUS - 1n) / BigInt(n))
  rootTable.set(n, root)
  return root
}

const rootsOfUnity = (n: number): readonly bigint[] => rootsFrom(rootOfUnity(n), n)

const powersTable = new Map<bigint, readonly bigint[]>()

const rootsFrom = (w: bigint, n: number): readonly bigint[] => {
  const known = powersTable.get(w)
  if (known !== undefined) return known
  const roots: bigint[] = []
  for (let i = 0, root = 1n; i < n; i++, root = (root * w) % BLS_MODULUS) roots.push(root)
  powersTable.set(w, roots)
  return roots
}

// ---- bytes ----

const toInteger = (bytes: Uint8Array, at: number): bigint => {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, BYTES_PER_FIELD_ELEMENT)
  return (
    (view.getBigUint64(0) << 192n) |
    (view.getBigUint64(8) << 128n) |
    (view.getBigUint64(16) << 64n) |
    view.getBigUint64(24)
  )
}

const parse = (bytes: Uint8Array): readonly bigint[] => {
  if (bytes.length % BYTES_PER_FIELD_ELEMENT !== 0) {
    throw new RangeError(`expected whole elements of 32 bytes, got ${bytes.length} bytes`)
  }
  const elements: bigint[] = []
  for (let at = 0; at < bytes.length; at += BYTES_PER_FIELD_ELEMENT) {
    const element = toInteger(bytes, at)
    if (element >= BLS_MODULUS)
      throw new RangeError(`expected an element below r, got ${element} at byte ${at}`)
    elements.push(element)
  }
  return elements
}

const serialize = (
  elements: readonly bigint[],
  bytes: Uint8Array = new Uint8Array(elements.length * BYTES_PER_FIELD_ELEMENT),
): Uint8Array => {
  expectLength('result', bytes, elements.length * BYTES_PER_FIELD_ELEMENT)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const mask = 0xffffffffffffffffn
  elements.forEach((element, i) => {
    const at = i * BYTES_PER_FIELD_ELEMENT
    view.setBigUint64(at, element >> 192n)
    view.setBigUint64(at + 8, (element >> 128n) & mask)
    view.setBigUint64(at + 16, (element >> 64n) & mask)
    view.setBigUint64(at + 24, element & mask)
  })
  return bytes
}

const toBytes = (element: bigint): Uint8Array => serialize([element])

// ---- checks ----

const expectLength = (name: string, bytes: Uint8Array, length: number): void => {
  if (bytes.length !== length)
    throw new RangeError(`expected a ${name} of ${length} bytes, got ${bytes.length}`)
}

const expectBands = (bands: number): void => {
  if (!Number.isSafeInteger(bands) || bands < 1 || bands > MAX_BANDS || (bands & (bands - 1)) !== 0) {
    throw new RangeError(`expected a power of two of bands, at most ${MAX_BANDS}, got ${bands}`)
  }
}

const expectIndices = (indices: readonly number[], least: number, limit: number): void => {
  if (indices.length < least || indices.length > limit) {
    throw new RangeError(`expected ${least} to ${limit} indices, got ${indices.length}`)
  }
  indices.forEach((index, i) => {
    if (!Number.isSafeInteger(index) || index < 0 || index >= limit || (i > 0 && index <= indices[i - 1]!)) {
      throw new RangeError(`expected ascending indices below ${limit}, got ${index} at place ${i}`)
    }
  })
}
