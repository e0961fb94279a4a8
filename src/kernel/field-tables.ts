// The tables and work regions of the field's operations, made once per instance in the kernel's memory.

import type { KernelInstance } from './load.ts'
import {
  BLS_MODULUS,
  CELLS_PER_EXT_BLOB,
  FIELD_ELEMENTS_PER_BLOB,
  FIELD_ELEMENTS_PER_CELL,
} from './parameters.ts'
import { inverse, power, reverseBits, rootOfUnity, scalarToBytes } from './scalars.ts'

/** Pairs that the work region holds: 16,384 elements. */
export const WORK_PAIRS = 8192

export interface FieldTables {
  /** Bytes of a pair. */
  readonly pair: number
  /** Twiddles for all sizes up to 4,096, and the last layer's, both ways. */
  readonly forward: number
  readonly backward: number
  readonly crossForward: number
  readonly crossBackward: number
  /** The last layer's for 64 elements, both ways. */
  readonly crossCell: number
  readonly crossCellForward: number
  /** (omega_8192^i / 4096, omega_8192^(i+2048) / 4096): coefficients to those on the coset of the second half. */
  readonly coset: number
  /** 1 / 4096, 8 bytes a limb. */
  readonly inverseOfBlob: number
  /** Of each cell with shift h 32 pairs: (h^-i, h^-(i+32)) / 64 to its coefficients, (h^i, h^(i+32)) back. */
  readonly cellIn: number
  readonly cellOut: number
  /** The 128th roots of unity in bit-reversed order, two to a pair: a prefix serves fewer rows. */
  readonly nodes: number
  /** r - 2, 32 bytes. */
  readonly exponent: number
  /** Per row j of `rows`, 8 bytes a limb: j / rows, and omega_rows^j / (rows / 2). */
  rowTables(rows: number): { readonly degrees: number; readonly extend: number }
  /** Work: `work` 8,192 pairs, `second` 2,048 pairs, `scratch` 128 pairs, `io` 524,288 bytes, and small ones. */
  readonly work: number
  readonly second: number
  readonly scratch: number
  readonly io: number
  readonly at: number
  readonly inverses: number
  readonly missing: number
}

/** The tables of an instance: made at the first call, the same ones afterwards. */
export const createFieldTables = (instance: KernelInstance): FieldTables => {
  const known = made.get(instance)
  if (known !== undefined) return known
  const tables = makeFieldTables(instance)
  made.set(instance, tables)
  return tables
}

const made = new WeakMap<KernelInstance, FieldTables>()

const makeFieldTables = ({ exports: wasm, arena }: KernelInstance): FieldTables => {
  const pair: number = wasm.frPair.value
  const pairs = (count: number): number => arena.take(count * pair)
  const [work, second, scratch] = [pairs(WORK_PAIRS), pairs(FIELD_ELEMENTS_PER_BLOB / 2), pairs(128)]
  const io = arena.take(WORK_PAIRS * 64)

  const writePair = (o: number, a: bigint, b: bigint): void => {
    arena.bytes.set(scalarToBytes(a), io)
    arena.bytes.set(scalarToBytes(b), io + 32)
    wasm.frRead(o, io, io + 32, 1)
    wasm.frCentre(o, o, 1)
  }
  const geometric = (
    start: readonly [bigint, bigint],
    ratio: readonly [bigint, bigint],
    n: number,
  ): number => {
    const o = pairs(n)
    writePair(scratch, ...start)
    writePair(scratch + pair, ...ratio)
    wasm.geometric(o, scratch, scratch + pair, n)
    return o
  }
  /** One scalar per row, in order, 8 bytes a limb. */
  const singles = (start: bigint, ratio: bigint, count: number): number => {
    const o = pairs(Math.ceil(count / 2))
    writePair(scratch, start, start)
    writePair(scratch + pair, ratio, ratio)
    wasm.geometric(work, scratch, scratch + pair, count)
    for (let i = 0; i < count; i++) wasm.lane(o + (i * pair) / 2, work + i * pair, 0)
    return o
  }

  const blobHalf = FIELD_ELEMENTS_PER_BLOB / 2
  const root = rootOfUnity(FIELD_ELEMENTS_PER_BLOB)
  const crossForward = geometric([1n, 1n], [1n, root], blobHalf)
  const crossBackward = geometric([1n, 1n], [1n, inverse(root)], blobHalf)
  const forward = pairs(blobHalf / 2)
  const backward = pairs(blobHalf / 2)
  wasm.spread(forward, crossForward, blobHalf)
  wasm.spread(backward, crossBackward, blobHalf)

  const cellHalf = FIELD_ELEMENTS_PER_CELL / 2
  const cellRoot = rootOfUnity(FIELD_ELEMENTS_PER_CELL)
  const crossCell = geometric([1n, 1n], [1n, inverse(cellRoot)], cellHalf)
  const crossCellForward = geometric([1n, 1n], [1n, cellRoot], cellHalf)
  const fine = rootOfUnity(2 * FIELD_ELEMENTS_PER_BLOB)
  const perBlob = inverse(BigInt(FIELD_ELEMENTS_PER_BLOB))
  const coset = geometric(
    [perBlob, (perBlob * power(fine, BigInt(blobHalf))) % BLS_MODULUS],
    [fine, fine],
    blobHalf,
  )

  const cellBytes = cellHalf * pair
  const cellIn = pairs(CELLS_PER_EXT_BLOB * cellHalf)
  const cellOut = pairs(CELLS_PER_EXT_BLOB * cellHalf)
  const nodes = pairs(CELLS_PER_EXT_BLOB / 2)
  const perCell = inverse(BigInt(FIELD_ELEMENTS_PER_CELL))
  const bits = Math.log2(CELLS_PER_EXT_BLOB)
  const nodePowers = powersOf(rootOfUnity(CELLS_PER_EXT_BLOB), CELLS_PER_EXT_BLOB)
  /** start * h^i for the coset shifts h = base^place of all cells. */
  const cellPowers = (o: number, base: bigint, start: bigint): void => {
    const shifts = powersOf(base, CELLS_PER_EXT_BLOB)
    const halfway = powersOf(power(base, BigInt(cellHalf)), CELLS_PER_EXT_BLOB)
    for (let k = 0; k < CELLS_PER_EXT_BLOB; k++) {
      const place = reverseBits(k, bits)
      writePair(scratch, start, (start * (halfway[place] as bigint)) % BLS_MODULUS)
      writePair(scratch + pair, shifts[place] as bigint, shifts[place] as bigint)
      wasm.geometric(o + k * cellBytes, scratch, scratch + pair, cellHalf)
    }
  }
  cellPowers(cellIn, inverse(fine), perCell)
  cellPowers(cellOut, fine, 1n)
  for (let k = 0; k < CELLS_PER_EXT_BLOB; k += 2) {
    const [even, odd] = [reverseBits(k, bits), reverseBits(k + 1, bits)]
    writePair(nodes + (k / 2) * pair, nodePowers[even] as bigint, nodePowers[odd] as bigint)
  }

  const inverseOfBlob = singles(perBlob, 1n, 1)
  /** j / rows for j < rows: sums of 1 / rows. */
  const multiples = (step: bigint, count: number): number => {
    const o = pairs(Math.ceil(count / 2))
    for (let j = 0; j < count; j++) {
      const x = (step * BigInt(j)) % BLS_MODULUS
      writePair(scratch, x, x)
      wasm.lane(o + (j * pair) / 2, scratch, 0)
    }
    return o
  }
  const rowTables = new Map<number, ReturnType<FieldTables['rowTables']>>()
  for (let rows = 2; rows <= CELLS_PER_EXT_BLOB; rows *= 2) {
    const perRow = inverse(BigInt(rows))
    rowTables.set(rows, {
      degrees: multiples(perRow, rows),
      extend: singles((2n * perRow) % BLS_MODULUS, rootOfUnity(rows), rows / 2),
    })
  }

  return {
    pair,
    forward,
    backward,
    crossForward,
    crossBackward,
    crossCell,
    crossCellForward,
    coset,
    inverseOfBlob,
    cellIn,
    cellOut,
    nodes,
    exponent: arena.place(scalarToBytes(BLS_MODULUS - 2n)),
    rowTables: (rows) => rowTables.get(rows) as ReturnType<FieldTables['rowTables']>,
    work,
    second,
    scratch,
    io,
    at: pairs(CELLS_PER_EXT_BLOB / 2),
    inverses: pairs(CELLS_PER_EXT_BLOB / 2),
    missing: arena.take(CELLS_PER_EXT_BLOB),
  }
}

const powersOf = (base: bigint, count: number): readonly bigint[] => {
  const result: bigint[] = []
  for (let i = 0, each = 1n; i < count; i++, each = (each * base) % BLS_MODULUS) result.push(each)
  return result
}
