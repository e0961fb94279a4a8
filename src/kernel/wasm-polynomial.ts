// PolynomialKernel over the WASM module's vectors of scalars. Rows are read as halves (element i and i + 2,048 in one
// pair), transformed to coefficients where that is shorter, and divided by X - z value by value with one inversion.

import type { FieldTables } from './field-tables.ts'
import type { KernelInstance } from './load.ts'
import {
  BLS_MODULUS,
  BYTES_PER_BLOB,
  BYTES_PER_CELL,
  BYTES_PER_FIELD_ELEMENT,
  CELLS_PER_EXT_BLOB,
  FIELD_ELEMENTS_PER_BLOB,
  FIELD_ELEMENTS_PER_CELL,
} from './parameters.ts'
import type { PolynomialKernel } from './polynomial-kernel.ts'
import {
  bytesToInteger,
  bytesToScalar,
  inverse,
  power,
  reverseBits,
  rootOfUnity,
  scalarToBytes,
  toScalar,
} from './scalars.ts'

const HALF = FIELD_ELEMENTS_PER_BLOB / 2
const CELL_PAIRS = FIELD_ELEMENTS_PER_CELL / 2

/** Creates the operations on an instance whose field tables exist. */
export const createPolynomialKernel = (
  { exports: wasm, arena }: KernelInstance,
  tables: FieldTables,
): PolynomialKernel => {
  const { pair, io } = tables
  const memory = arena.bytes
  // Of the work region's 8,192 pairs: the row, a second vector, and room for the inversion.
  const row = tables.work
  const other = row + HALF * pair
  const work = other + HALF * pair
  const constants = arena.take(4 * pair)
  const [one, factor, start, ratio] = [0, 1, 2, 3].map((i) => constants + i * pair) as [
    number,
    number,
    number,
    number,
  ]
  const [ones, domain] = [arena.take(HALF * pair), arena.take(HALF * pair)]

  const writePair = (o: number, low: bigint, high: bigint): void => {
    memory.set(scalarToBytes(low), io)
    memory.set(scalarToBytes(high), io + BYTES_PER_FIELD_ELEMENT)
    wasm.frRead(o, io, io + BYTES_PER_FIELD_ELEMENT, 1)
  }
  const readHalves = (o: number, bytes: Uint8Array): void => {
    memory.set(bytes, io)
    const count = bytes.length / BYTES_PER_FIELD_ELEMENT / 2
    if (wasm.frRead(o, io, io + bytes.length / 2, count) !== 1) {
      throw new RangeError('expected elements below r, got a larger one')
    }
  }
  /** o[i] = first * x^i in lane 0 and second * x^i in lane 1. */
  const powers = (o: number, first: bigint, second: bigint, x: bigint, n: number): void => {
    writePair(start, first, second)
    writePair(ratio, x, x)
    wasm.geometric(o, start, ratio, n)
  }
  /** x[i] += value for n pairs. */
  const addToAll = (x: number, value: bigint, n: number): void => {
    writePair(factor, value, value)
    wasm.accumulateScaled(x, ones, n, factor)
  }
  /** Sum of the elements of n pairs, a power of two; they are lost. */
  const sumOf = (x: number, n: number): bigint => {
    for (let half = n >> 1; half > 0; half >>= 1) wasm.accumulateScaled(x, x + half * pair, half, one)
    wasm.frWrite(io, io + BYTES_PER_FIELD_ELEMENT, x, 1)
    const lane = (i: number): bigint => bytesToInteger(memory.slice(io + 32 * i, io + 32 * (i + 1)))
    return toScalar(lane(0) + lane(1))
  }

  writePair(one, 1n, 1n)
  powers(ones, 1n, 1n, 1n, HALF)
  const rootPowers = powersOfRoot()
  readHalves(domain, bitReversedDomain(rootPowers))

  // Factors of the folds, level by level: 1/x of every second element of the level's domain, in halves.
  const levels = foldingLevels(rootPowers).map((factors) => {
    const at = arena.take((factors.length / BYTES_PER_FIELD_ELEMENT / 2) * pair)
    readHalves(at, factors)
    wasm.frCentre(at, at, factors.length / BYTES_PER_FIELD_ELEMENT / 2)
    return at
  })
  const single = arena.take(pair)

  /**
   * Folds the row: with x and -x side by side, p(z) = e(z^2) + z o(z^2) where e = (p(x) + p(-x))/2 and
   * o = (p(x) - p(-x))/2x take their values on the domain of x^2, in the same order, half as many. No transform.
   */
  const evaluate = (blob: Uint8Array, z: bigint): bigint => {
    expectLength('blob', blob, BYTES_PER_BLOB)
    readHalves(row, blob)
    let power2 = z
    for (let level = 0, n = HALF / 2; n > 0; level++, n >>= 1) {
      writePair(factor, power2, power2)
      wasm.lane(single, factor, 0)
      wasm.frFold(row, row, n, levels[level]!, single)
      power2 = toScalar(power2 * power2)
    }
    // Two values are left, at 1 and at -1, and nothing was halved so far.
    wasm.frWrite(io, io + BYTES_PER_FIELD_ELEMENT, row, 1)
    const [plus, minus] = [0, 1].map((i) => bytesToInteger(memory.slice(io + 32 * i, io + 32 * (i + 1))))
    const doubled = plus! + minus! + power2 * (plus! - minus!)
    return toScalar(toScalar(doubled) * inverse(BigInt(FIELD_ELEMENTS_PER_BLOB)))
  }

  const divide = (blob: Uint8Array, z: bigint): { quotient: Uint8Array; y: bigint } => {
    const y = evaluate(blob, z)
    const differences = other
    memory.copyWithin(differences, domain, domain + HALF * pair)
    addToAll(differences, toScalar(-z), HALF)
    const place = placeInDomain(z)
    // The one difference that is zero would spoil the inversion of all of them.
    if (place >= 0) replaceElement(differences, place, 1n)
    wasm.frInvertAll(differences, HALF, work, tables.exponent)
    readHalves(row, blob)
    addToAll(row, toScalar(-y), HALF)
    wasm.frMultiply(row, row, differences, HALF)
    wasm.frWrite(io, io + BYTES_PER_BLOB / 2, row, HALF)
    const quotient = memory.slice(io, io + BYTES_PER_BLOB)
    if (place >= 0) {
      // EIP-4844, compute_quotient_eval_within_domain: sum of (p_i - y) w_i / (z (z - w_i)), the place itself left out.
      // row[i] is (p_i - y) / (w_i - z), so the sum is that of row[i] w_i times -1/z; (p - y) is zero at the place.
      wasm.frMultiply(row, row, domain, HALF)
      const sum = sumOf(row, HALF)
      quotient.set(scalarToBytes(toScalar(-sum * inverse(z))), BYTES_PER_FIELD_ELEMENT * place)
    }
    return { quotient, y }
  }

  /** Sets element i of a row in halves. */
  const replaceElement = (x: number, i: number, value: bigint): void => {
    const at = x + (i % HALF) * pair
    wasm.frWrite(io, io + BYTES_PER_FIELD_ELEMENT, at, 1)
    memory.set(scalarToBytes(value), io + (i < HALF ? 0 : BYTES_PER_FIELD_ELEMENT))
    wasm.frRead(at, io, io + BYTES_PER_FIELD_ELEMENT, 1)
  }

  const interpolate = (
    cellIndices: readonly number[],
    cells: readonly Uint8Array[],
    weights: readonly Uint8Array[],
  ): Uint8Array => {
    if (cells.length !== cellIndices.length || weights.length !== cellIndices.length) {
      throw new RangeError(`expected as many cells and weights as indices, ${cellIndices.length}`)
    }
    // Weighted sums of the cells of each column first: one transform a column is enough.
    const sums = work
    const cell = row
    memory.fill(0, sums, sums + CELLS_PER_EXT_BLOB * CELL_PAIRS * pair)
    const columns = new Set<number>()
    cellIndices.forEach((index, k) => {
      expectCellIndex(index)
      expectLength('cell', cells[k]!, BYTES_PER_CELL)
      readHalves(cell, cells[k]!)
      const weight = bytesToScalar(weights[k]!)
      writePair(factor, weight, weight)
      wasm.accumulateScaled(sums + index * CELL_PAIRS * pair, cell, CELL_PAIRS, factor)
      columns.add(index)
    })
    const total = other
    memory.fill(0, total, total + CELL_PAIRS * pair)
    for (const index of columns) {
      const column = sums + index * CELL_PAIRS * pair
      wasm.transformDit(column, CELL_PAIRS, tables.backward, tables.crossCell)
      wasm.frMultiply(column, column, tables.cellIn + index * CELL_PAIRS * pair, CELL_PAIRS)
      wasm.accumulateScaled(total, column, CELL_PAIRS, one)
    }
    wasm.frWrite(io, io + BYTES_PER_CELL / 2, total, CELL_PAIRS)
    return memory.slice(io, io + BYTES_PER_CELL)
  }

  return {
    evaluate: (blob, z) => scalarToBytes(evaluate(blob, bytesToScalar(z))),
    divide(blob, z) {
      const { quotient, y } = divide(blob, bytesToScalar(z))
      return { quotient, y: scalarToBytes(y) }
    },
    interpolate,
  }
}

const BITS = Math.log2(FIELD_ELEMENTS_PER_BLOB)

/** The powers of omega_4096 in the row's order, as bytes. */
const bitReversedDomain = (powers: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(BYTES_PER_BLOB)
  powers.forEach((power, i) => void bytes.set(power, BYTES_PER_FIELD_ELEMENT * reverseBits(i, BITS)))
  return bytes
}

/**
 * For the domains of 4,096, 2,048, .. 4 elements in bit-reversed order: 1/x of the elements at even places. Element 2i
 * of the first is omega to the power of i reversed; each next list is the first half of the one before.
 */
const foldingLevels = (powers: readonly Uint8Array[]): readonly Uint8Array[] => {
  const first = new Uint8Array(BYTES_PER_BLOB / 2)
  for (let i = 0; i < HALF; i++) {
    const inverseOf = powers[(FIELD_ELEMENTS_PER_BLOB - i) % FIELD_ELEMENTS_PER_BLOB]!
    first.set(inverseOf, BYTES_PER_FIELD_ELEMENT * reverseBits(i, BITS - 1))
  }
  const levels: Uint8Array[] = []
  for (let n = HALF; n > 1; n /= 2) levels.push(first.subarray(0, BYTES_PER_FIELD_ELEMENT * n))
  return levels
}

/** The 4,096 powers of omega_4096, as bytes. */
const powersOfRoot = (): readonly Uint8Array[] => {
  const root = rootOfUnity(FIELD_ELEMENTS_PER_BLOB)
  const powers: Uint8Array[] = []
  for (let x = 1n; powers.length < FIELD_ELEMENTS_PER_BLOB; x = (x * root) % BLS_MODULUS) {
    powers.push(scalarToBytes(x))
  }
  return powers
}

/** Which element of a row is the value at z; -1 if none. */
const placeInDomain = (z: bigint): number => {
  if (power(z, BigInt(FIELD_ELEMENTS_PER_BLOB)) !== 1n) return -1
  const root = rootOfUnity(FIELD_ELEMENTS_PER_BLOB)
  let i = 0
  for (let x = 1n; x !== z; x = (x * root) % BLS_MODULUS) i++
  return reverseBits(i, BITS)
}

const expectLength = (name: string, bytes: Uint8Array, length: number): void => {
  if (bytes.length !== length)
    throw new RangeError(`expected a ${name} of ${length} bytes, got ${bytes.length}`)
}

const expectCellIndex = (index: number): void => {
  if (!Number.isInteger(index) || index < 0 || index >= CELLS_PER_EXT_BLOB) {
    throw new RangeError(`expected a cell index, got ${index}`)
  }
}
