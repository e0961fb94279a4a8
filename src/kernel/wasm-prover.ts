// ProverKernel over the WASM module: tables of multiples of the setup's points, commitments and cell proofs.
//
// Making the tables takes most of the time until a prover is ready (0.3 s for commitments, 0.8 s for proofs); the
// table for proofs is made at the first proof unless `prepareProofs` is called before.

import { createFieldTables } from './field-tables.ts'
import { BYTES_PER_AFFINE, type ProverKernel, type ProverSetup } from './group-kernel.ts'
import { createGroupRegions } from './group-regions.ts'
import type { KernelInstance } from './load.ts'
import {
  BYTES_PER_BLOB,
  BYTES_PER_FIELD_ELEMENT,
  CELLS_PER_EXT_BLOB,
  FIELD_ELEMENTS_PER_BLOB,
  FIELD_ELEMENTS_PER_CELL,
} from './parameters.ts'
import { inverse, power, reverseBits, rootOfUnity, scalarToBytes } from './scalars.ts'
import { createGroupOperations } from './wasm-group.ts'

/** How a table is laid out and walked. */
interface TableForm {
  /** Bits of a window. */
  readonly window: number
  /** Groups whose buckets are filled together. */
  readonly inStep: number
}
/** 20 windows: 10.5 MB, 18.4 in the integer module. */
const COMMIT_FORM: TableForm = { window: 13, inStep: 1 }
/** 29 windows: 30.4 MB, 53.2 in the integer module. */
const PROOF_FORM: TableForm = { window: 9, inStep: 12 }
const HALF_BLOB_PAIRS = FIELD_ELEMENTS_PER_BLOB / 2
const CELL_PAIRS = FIELD_ELEMENTS_PER_CELL / 2

export interface Prover extends ProverKernel {
  /** Makes the table for proofs now. */
  prepareProofs(): void
}

/** Creates a prover; `setup` is copied. RangeError if its lengths or coordinates are wrong or the budget too small. */
export const createProverKernel = (instance: KernelInstance, setup: ProverSetup): Prover => {
  const { exports: wasm, arena } = instance
  const memory = arena.bytes
  const field = createFieldTables(instance)
  const regions = createGroupRegions(instance)
  const point: number = wasm.pointSize.value
  const { pair, work } = field

  /** A table of `groups` times `count` points, point i of group g being number `source(g, i)` of `points`. */
  const createTable = (
    points: Uint8Array,
    groups: number,
    count: number,
    form: TableForm,
    source: (g: number, i: number) => number,
  ): number => {
    const part = wasm.groupBytes(count, form.window)
    const table = arena.take(groups * part)
    for (let g = 0; g < groups; g++) {
      for (let i = 0; i < count; i++) {
        const at = source(g, i) * BYTES_PER_AFFINE
        memory.set(points.subarray(at, at + BYTES_PER_AFFINE), regions.io + i * BYTES_PER_AFFINE)
      }
      if (wasm.readPoints(table + g * part, regions.io, count) !== 1) {
        throw new RangeError('expected setup points with coordinates below p, got others')
      }
    }
    wasm.fillTables(table, groups, count, form.window)
    return table
  }

  /** For each group the sum of its points times its scalars (32 bytes each at `scalars`), to o. */
  const sums = (
    o: number,
    scalars: number,
    groups: number,
    count: number,
    table: number,
    { window, inStep }: TableForm,
  ): void => {
    wasm.biasScalars(scalars, scalars, groups * count, window, wasm.fixedWindows(window))
    wasm.fixedSums(o, scalars, groups, count, table, window, inStep, regions.terms)
  }

  expectBytes('Lagrange points', setup.lagrange, FIELD_ELEMENTS_PER_BLOB * BYTES_PER_AFFINE)
  const lagrange = createTable(setup.lagrange, 1, FIELD_ELEMENTS_PER_BLOB, COMMIT_FORM, (_, i) => i)
  const proofPoints = setup.proofPoints?.slice()
  if (proofPoints !== undefined) {
    expectBytes('proof points', proofPoints, CELLS_PER_EXT_BLOB * FIELD_ELEMENTS_PER_CELL * BYTES_PER_AFFINE)
  }

  const commit = (scalars: Uint8Array): Uint8Array => {
    expectBytes('scalars', scalars, BYTES_PER_BLOB)
    memory.set(scalars, field.io)
    expectCanonical(wasm.frRead(work, field.io, field.io, FIELD_ELEMENTS_PER_BLOB))
    const { result, io } = regions
    sums(result, field.io, 1, FIELD_ELEMENTS_PER_BLOB, lagrange, COMMIT_FORM)
    wasm.writePoints(io, result, 1)
    return memory.slice(io, io + BYTES_PER_AFFINE)
  }

  let proofTable: ProofTable | undefined
  const proofTables = (): ProofTable => {
    if (proofPoints === undefined) throw new RangeError('expected a setup with proof points, got one without')
    if (proofTable === undefined) {
      // The arena hands out what is left: either all of it fits or nothing is taken.
      const mark = arena.mark()
      try {
        proofTable = {
          table: createTable(
            proofPoints,
            CELLS_PER_EXT_BLOB,
            FIELD_ELEMENTS_PER_CELL,
            PROOF_FORM,
            proofPoint,
          ),
          digits: arena.place(twiddleDigits()),
          factor: placeSingle(inverse(BigInt(FIELD_ELEMENTS_PER_BLOB * CELLS_PER_EXT_BLOB))),
          sumsOfCosets: arena.take(2 * CELLS_PER_EXT_BLOB * point),
        }
      } catch (error) {
        arena.release(mark)
        throw error
      }
    }
    return proofTable
  }

  const placeSingle = (x: bigint): number => {
    const at = arena.take(pair)
    memory.set(scalarToBytes(x), field.io)
    wasm.frRead(field.scratch, field.io, field.io, 1)
    wasm.lane(at, field.scratch, 0)
    return at
  }

  const proofs = (blob: Uint8Array): Uint8Array => {
    expectBytes('row', blob, BYTES_PER_BLOB)
    const { table, digits, factor, sumsOfCosets } = proofTables()
    memory.set(blob, field.io)
    expectCanonical(wasm.frRead(work, field.io, field.io + BYTES_PER_BLOB / 2, HALF_BLOB_PAIRS))
    // Coefficients, times 4,096; then 64 rows of 64, each extended to 128 by zeros: coefficient 64 c + i in row c.
    wasm.transformDit(work, HALF_BLOB_PAIRS, field.backward, field.crossBackward)
    wasm.frScale(field.second, work, HALF_BLOB_PAIRS, factor)
    const row = (c: number): number => work + c * CELL_PAIRS * pair
    for (let c = 0; c < CELLS_PER_EXT_BLOB / 4; c++) {
      const u = field.second + c * FIELD_ELEMENTS_PER_CELL * pair
      wasm.swapHalves(row(c), row(c + CELLS_PER_EXT_BLOB / 4), u, u + CELL_PAIRS * pair, CELL_PAIRS)
    }
    memory.fill(0, row(CELLS_PER_EXT_BLOB / 2), row(CELLS_PER_EXT_BLOB))
    wasm.rowsDif(work, CELLS_PER_EXT_BLOB, CELL_PAIRS, field.forward)
    const cellBytes = FIELD_ELEMENTS_PER_CELL * BYTES_PER_FIELD_ELEMENT
    for (let g = 0; g < CELLS_PER_EXT_BLOB; g++) {
      const bytes = field.io + g * cellBytes
      wasm.frWrite(bytes, bytes + cellBytes / 2, row(g), CELL_PAIRS)
    }
    sums(sumsOfCosets, field.io, CELLS_PER_EXT_BLOB, FIELD_ELEMENTS_PER_CELL, table, PROOF_FORM)
    const { second, io } = regions
    wasm.cellProofs(sumsOfCosets + CELLS_PER_EXT_BLOB * point, sumsOfCosets, digits, second)
    wasm.writePoints(io, sumsOfCosets + CELLS_PER_EXT_BLOB * point, CELLS_PER_EXT_BLOB)
    return memory.slice(io, io + CELLS_PER_EXT_BLOB * BYTES_PER_AFFINE)
  }

  return {
    ...createGroupOperations(instance, regions),
    commit,
    proofs,
    prepareProofs: () => void proofTables(),
  }
}

/** Groups in bit-reversed order, points from the last to the first: the order of the row's coefficients. */
const proofPoint = (g: number, i: number): number =>
  reverseBits(g, Math.log2(CELLS_PER_EXT_BLOB)) * FIELD_ELEMENTS_PER_CELL + FIELD_ELEMENTS_PER_CELL - 1 - i

interface ProofTable {
  readonly table: number
  readonly digits: number
  readonly factor: number
  readonly sumsOfCosets: number
}

/** z^2: scalars are split over the endomorphism that multiplies by it (up to the sign). */
const PARAMETER_SQUARED = 0xd201000000010000n ** 2n
const DIGIT_WINDOWS = 26
const DIGIT_BITS = 5

/** Digits of omega_128^-e and of omega_128^e, e = 0..63: both halves in 26 signed digits of 5 bits, one byte each. */
const twiddleDigits = (): Uint8Array => {
  const root = rootOfUnity(CELLS_PER_EXT_BLOB)
  const digits = new Int8Array(2 * 64 * 2 * DIGIT_WINDOWS)
  ;[inverse(root), root].forEach((base, direction) => {
    for (let e = 0; e < 64; e++) {
      const scalar = power(base, BigInt(e))
      ;[scalar % PARAMETER_SQUARED, scalar / PARAMETER_SQUARED].forEach((half, part) => {
        const at = ((direction * 64 + e) * 2 + part) * DIGIT_WINDOWS
        let rest = half
        for (let i = 0; i < DIGIT_WINDOWS; i++) {
          let digit = Number(rest % BigInt(1 << DIGIT_BITS))
          if (digit > 1 << (DIGIT_BITS - 1)) digit -= 1 << DIGIT_BITS
          digits[at + i] = digit
          rest = (rest - BigInt(digit)) >> BigInt(DIGIT_BITS)
        }
      })
    }
  })
  return new Uint8Array(digits.buffer)
}

const expectBytes = (name: string, bytes: Uint8Array, length: number): void => {
  if (bytes.length !== length)
    throw new RangeError(`expected ${length} bytes of ${name}, got ${bytes.length}`)
}

const expectCanonical = (canonical: number): void => {
  if (canonical !== 1) throw new RangeError('expected elements below r, got a larger one')
}
