// FieldKernel over the WASM module: copies bytes in, calls, copies bytes out. Long vectors go through in slices of
// what the work region holds.

import { isZero } from '../base/bytes.ts'
import type { FieldKernel } from './field-kernel.ts'
import { createFieldTables, WORK_PAIRS } from './field-tables.ts'
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
import { bytesToInteger, bytesToScalar, inverse, reverseBits, rootOfUnity, scalarToBytes } from './scalars.ts'

/** Largest B of the vertical code (genesis parameter `maxBands`). */
const MAX_BANDS = 64
const CELLS_PER_BLOB = CELLS_PER_EXT_BLOB / 2
const HALF_BLOB_PAIRS = FIELD_ELEMENTS_PER_BLOB / 2
const CELL_PAIRS = FIELD_ELEMENTS_PER_CELL / 2
const SLICE = 2 * WORK_PAIRS

/** Creates the field's operations on an instance of the kernels. */
export const createFieldKernel = (instance: KernelInstance): FieldKernel => {
  const { exports: wasm, arena } = instance
  const tables = createFieldTables(instance)
  const { pair, work, io } = tables
  const memory = arena.bytes

  /** `count` elements at `bytes` to count / 2 pairs: element i and i + count / 2 side by side. */
  const readHalves = (o: number, bytes: number, count: number): boolean =>
    wasm.frRead(o, bytes, bytes + 16 * count, count / 2) === 1
  const writeHalves = (bytes: number, a: number, count: number): void =>
    wasm.frWrite(bytes, bytes + 16 * count, a, count / 2)
  const refuse = (): never => {
    throw new RangeError('expected elements below r, got a larger one')
  }

  const areCanonical = (elements: Uint8Array): boolean => {
    expectElements('elements', elements)
    const last = SLICE * BYTES_PER_FIELD_ELEMENT
    for (let at = 0; at < elements.length; at += last) {
      const slice = elements.subarray(at, at + last)
      memory.set(slice, io)
      const count = slice.length / BYTES_PER_FIELD_ELEMENT
      if (wasm.frRead(work, io, io, count) !== 1) return false
    }
    return true
  }

  const extendRow = (blob: Uint8Array, into: Uint8Array = new Uint8Array(2 * BYTES_PER_BLOB)): Uint8Array => {
    expectLength('blob', blob, BYTES_PER_BLOB)
    expectLength('row', into, 2 * BYTES_PER_BLOB)
    memory.set(blob, io)
    if (!readHalves(work, io, FIELD_ELEMENTS_PER_BLOB)) refuse()
    wasm.transformDit(work, HALF_BLOB_PAIRS, tables.backward, tables.crossBackward)
    // Coefficients times 4,096; the table has the factor that takes it off again.
    wasm.frMultiply(work, work, tables.coset, HALF_BLOB_PAIRS)
    wasm.transformDif(work, HALF_BLOB_PAIRS, tables.forward, tables.crossForward)
    writeHalves(io + BYTES_PER_BLOB, work, FIELD_ELEMENTS_PER_BLOB)
    into.set(memory.subarray(io, io + 2 * BYTES_PER_BLOB))
    return into
  }

  const recoverRow = (
    indices: readonly number[],
    cells: Uint8Array,
    into: Uint8Array = new Uint8Array(2 * BYTES_PER_BLOB),
  ): Uint8Array => {
    expectIndices(indices, CELLS_PER_BLOB, CELLS_PER_EXT_BLOB)
    expectLength('cells', cells, indices.length * BYTES_PER_CELL)
    expectLength('row', into, 2 * BYTES_PER_BLOB)
    const cellPairs = CELL_PAIRS * pair
    memory.fill(0, work, work + CELLS_PER_EXT_BLOB * cellPairs)
    memory.set(cells, io)
    // Within a cell: coefficients modulo X^64 - h^64.
    indices.forEach((index, i) => {
      const row = work + index * cellPairs
      if (!readHalves(row, io + i * BYTES_PER_CELL, FIELD_ELEMENTS_PER_CELL)) refuse()
      wasm.transformDit(row, CELL_PAIRS, tables.backward, tables.crossCell)
      wasm.frMultiply(row, row, tables.cellIn + index * cellPairs, CELL_PAIRS)
      into.set(cells.subarray(i * BYTES_PER_CELL, (i + 1) * BYTES_PER_CELL), index * BYTES_PER_CELL)
    })
    // Across cells: 64 polynomials of degree below 64 in X^64.
    const missing = restore(CELLS_PER_EXT_BLOB, CELL_PAIRS, indices)
    for (const index of missing) {
      const row = work + index * cellPairs
      wasm.frMultiply(row, row, tables.cellOut + index * cellPairs, CELL_PAIRS)
      wasm.transformDif(row, CELL_PAIRS, tables.forward, tables.crossCellForward)
      writeHalves(io, row, FIELD_ELEMENTS_PER_CELL)
      into.set(memory.subarray(io, io + BYTES_PER_CELL), index * BYTES_PER_CELL)
    }
    return into
  }

  /**
   * Restores the missing of `rows` vectors in the work region, of which those at `indices` are there and the others
   * zero, and returns which were missing. RangeError if those that are there do not lie on polynomials of degree below
   * rows / 2: then the product with the vanishing polynomial has too high a degree.
   */
  const restore = (rows: number, count: number, indices: readonly number[]): Uint8Array => {
    const known = new Set(indices)
    const missing = Uint8Array.from({ length: rows }, (_, i) => i).filter((i) => !known.has(i))
    memory.set(missing, tables.missing)
    const { at, inverses } = tables
    wasm.vanishing(at, tables.nodes, rows, tables.missing, missing.length)
    memory.copyWithin(inverses, at, at + (rows / 2) * pair)
    wasm.frInvertAll(inverses, rows / 2, tables.scratch, tables.exponent)
    wasm.productRows(work, rows, count, tables.backward, at)
    for (let j = rows / 2 + missing.length; j < rows; j++) expectZero(work + j * count * pair, count)
    const { degrees } = tables.rowTables(rows)
    const { forward } = tables
    wasm.derivedRows(work, rows, count, forward, degrees, inverses, tables.missing, missing.length)
    return missing
  }

  const expectZero = (row: number, count: number): void => {
    writeHalves(io, row, 2 * count)
    if (isZero(memory.subarray(io, io + 64 * count))) return
    throw new RangeError('expected values of one polynomial, got a contradiction')
  }

  /** Calls `step` for slices of `size` bytes that fit `rows` rows of the work region. */
  const slices = (rows: number, size: number, step: (at: number, sizeBytes: number) => void): void => {
    const most = (SLICE / rows) * BYTES_PER_FIELD_ELEMENT
    for (let at = 0; at < size; at += most) step(at, Math.min(most, size - at))
  }

  /** Rows of a slice of `size` bytes into the work region and back: an odd last element has a zero beside it. */
  const lanes = (size: number): { readonly count: number; readonly stride: number } => {
    const count = Math.ceil(size / BYTES_PER_FIELD_ELEMENT / 2)
    return { count, stride: 2 * count * BYTES_PER_FIELD_ELEMENT }
  }

  const readRow = (row: number, count: number, bytes: Uint8Array): void => {
    const size = 2 * count * BYTES_PER_FIELD_ELEMENT
    memory.set(bytes, io)
    if (bytes.length < size) memory.fill(0, io + bytes.length, io + size)
    if (!readHalves(work + row * count * pair, io, 2 * count)) refuse()
  }

  const extendBands = (
    bands: number,
    data: Uint8Array,
    into: Uint8Array = new Uint8Array(2 * data.length),
  ): Uint8Array => {
    expectBands(bands)
    expectChunks(data, bands)
    expectLength('column', into, 2 * data.length)
    const size = data.length / bands
    into.set(data)
    slices(2 * bands, size, (at, length) => {
      const { count, stride } = lanes(length)
      for (let b = 0; b < bands; b++) readRow(b, count, data.subarray(b * size + at, b * size + at + length))
      wasm.rowsDit(work, bands, count, tables.backward)
      const { extend } = tables.rowTables(2 * bands)
      for (let j = 0; j < bands; j++) {
        const row = work + j * count * pair
        wasm.frScale(row, row, count, extend + (j * pair) / 2)
      }
      wasm.rowsDif(work, bands, count, tables.forward)
      for (let b = 0; b < bands; b++) {
        writeHalves(io, work + b * count * pair, stride / BYTES_PER_FIELD_ELEMENT)
        into.set(memory.subarray(io, io + length), (bands + b) * size + at)
      }
    })
    return into
  }

  const recoverBands = (bands: number, indices: readonly number[], chunks: Uint8Array): Uint8Array => {
    expectBands(bands)
    expectIndices(indices, bands, 2 * bands)
    expectChunks(chunks, indices.length)
    const size = chunks.length / indices.length
    const rows = 2 * bands
    const all = new Uint8Array(rows * size)
    indices.forEach((index, i) => void all.set(chunks.subarray(i * size, (i + 1) * size), index * size))
    slices(rows, size, (at, length) => {
      const { count } = lanes(length)
      memory.fill(0, work, work + rows * count * pair)
      for (const index of indices)
        readRow(index, count, all.subarray(index * size + at, index * size + at + length))
      for (const index of restore(rows, count, indices)) {
        writeHalves(io, work + index * count * pair, 2 * count)
        all.set(memory.subarray(io, io + length), index * size + at)
      }
    })
    return all
  }

  const combine = (vectors: readonly Uint8Array[], scalars: readonly Uint8Array[]): Uint8Array => {
    const size = vectors[0]?.length
    if (size === undefined || vectors.length !== scalars.length) {
      throw new RangeError(
        `expected as many scalars as vectors, at least one, got ${scalars.length} and ${vectors.length}`,
      )
    }
    expectElements('vector', vectors[0] as Uint8Array)
    for (const vector of vectors) expectLength('vector', vector, size)
    for (const scalar of scalars) bytesToScalar(scalar)
    const sum = new Uint8Array(size)
    const accumulator = tables.second
    slices(4, size, (at, length) => {
      const { count } = lanes(length)
      memory.fill(0, accumulator, accumulator + count * pair)
      vectors.forEach((vector, i) => {
        readRow(0, count, vector.subarray(at, at + length))
        memory.set(scalars[i] as Uint8Array, io)
        wasm.frRead(tables.scratch, io, io, 1)
        wasm.accumulateScaled(accumulator, work, count, tables.scratch)
      })
      writeHalves(io, accumulator, 2 * count)
      sum.set(memory.subarray(io, io + length), at)
    })
    return sum
  }

  return {
    areCanonical,
    extendRow,
    recoverRow,
    extendBands,
    recoverBands,
    combine,
    powers,
    bandCoefficients,
    reduce,
  }
}

const powers = (x: Uint8Array, count: number): readonly Uint8Array[] => {
  const base = bytesToScalar(x)
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RangeError(`expected a count of powers, got ${count}`)
  const result: Uint8Array[] = []
  for (let i = 0, each = 1n; i < count; i++, each = (each * base) % BLS_MODULUS)
    result.push(scalarToBytes(each))
  return result
}

/** f(x) = -2/B * sum of f(y_j) y_j / (x - y_j) at x^B = -1, for f of degree below B and y_j the B-th roots of unity. */
const bandCoefficients = (bands: number, band: number): readonly Uint8Array[] => {
  expectBands(bands)
  if (!Number.isSafeInteger(band) || band < bands || band >= 2 * bands) {
    throw new RangeError(`expected an extended band ${bands}..${2 * bands - 1}, got ${band}`)
  }
  const root = rootOfUnity(2 * bands)
  const bits = Math.log2(2 * bands)
  const node = (b: number): bigint => power2(root, reverseBits(b, bits))
  const x = node(band)
  const factor = inverse(BigInt(bands)) * (BLS_MODULUS - 2n)
  return Array.from({ length: bands }, (_, j) => {
    const y = node(j)
    return scalarToBytes((((factor * y) % BLS_MODULUS) * inverse(x - y)) % BLS_MODULUS)
  })
}

const power2 = (base: bigint, exponent: number): bigint => {
  let result = 1n
  for (let i = 0; i < exponent; i++) result = (result * base) % BLS_MODULUS
  return result
}

const reduce = (digest: Uint8Array): Uint8Array => scalarToBytes(bytesToInteger(digest) % BLS_MODULUS)

const expectLength = (name: string, bytes: Uint8Array, length: number): void => {
  if (bytes.length !== length)
    throw new RangeError(`expected a ${name} of ${length} bytes, got ${bytes.length}`)
}

const expectElements = (name: string, bytes: Uint8Array): void => {
  if (bytes.length % BYTES_PER_FIELD_ELEMENT !== 0) {
    throw new RangeError(`expected ${name} of a multiple of 32 bytes, got ${bytes.length}`)
  }
}

const expectChunks = (bytes: Uint8Array, count: number): void => {
  if (bytes.length === 0 || bytes.length % (count * BYTES_PER_FIELD_ELEMENT) !== 0) {
    throw new RangeError(`expected ${count} chunks of whole elements, got ${bytes.length} bytes`)
  }
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
    if (
      !Number.isSafeInteger(index) ||
      index < 0 ||
      index >= limit ||
      (i > 0 && index <= (indices[i - 1] as number))
    ) {
      throw new RangeError(`expected ascending indices below ${limit}, got ${index} at place ${i}`)
    }
  })
}
