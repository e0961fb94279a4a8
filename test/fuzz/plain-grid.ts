// The arithmetic of sections 6 and 7 in plain code: shape, bands of a column by the formula of lambda, leaves, branches,
// points by @noble/curves. Whether a proof holds is decided without a pairing: for one commitment and one set of values
// there is exactly one point that satisfies the equation of section 7, so with the true commitments and the true cells
// of a block, its own proof is the one that holds and every other is wrong.

import { bls12_381 } from '@noble/curves/bls12-381.js'
import type { EncodedBlock } from '../../src/grid/block.ts'
import { hex, join, same, sha256 } from './plain-ssz.ts'

export const R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
const CELL = 2_048
const { Point } = bls12_381.G1
type Point = ReturnType<typeof Point.fromBytes>

export const INFINITY = new Uint8Array(48)
INFINITY[0] = 0xc0

export interface PlainShape {
  readonly rows: number
  readonly bands: number
  readonly lanes: number
  readonly zeroBands: number
}

export const shapeOf = (rows: number, maxBands: number): PlainShape => {
  let bands = 1
  while (bands < rows && bands < maxBands) bands *= 2
  const lanes = Math.ceil(rows / bands)
  return { rows, bands, lanes, zeroBands: bands - Math.ceil(rows / lanes) }
}

export const isCanonical = (data: Uint8Array): boolean => {
  for (let at = 0; at < data.length; at += 32)
    if (data[at]! >= 0x73 && BigInt(`0x${hex(data.subarray(at, at + 32))}`) >= R) return false
  return true
}

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  let square = base % R
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % R
    square = (square * square) % R
  }
  return result
}
const inverse = (value: bigint): bigint => power(((value % R) + R) % R, R - 2n)
const reversed = (value: number, length: number): number => {
  let out = 0
  for (let bit = 1, from = length >> 1; bit < length; bit <<= 1, from >>= 1) if (value & bit) out |= from
  return out
}

const knownLambdas = new Map<string, readonly bigint[]>()

/** lambda_(b,i) of an extended band b. */
export const lambdas = (bands: number, band: number): readonly bigint[] => {
  const key = `${bands}/${band}`
  const known = knownLambdas.get(key) ?? computeLambdas(bands, band)
  knownLambdas.set(key, known)
  return known
}

const computeLambdas = (bands: number, band: number): readonly bigint[] => {
  if (bands === 1) return [1n]
  const omega = power(7n, (R - 1n) / BigInt(2 * bands))
  const point = (i: number) => power(omega, BigInt(reversed(i, 2 * bands)))
  const w = point(band)
  const front = ((power(w, BigInt(bands)) - 1n + R) * inverse(BigInt(bands))) % R
  return Array.from({ length: bands }, (_, i) => {
    const wi = point(i)
    return (((front * wi) % R) * inverse(w - wi + R)) % R
  })
}

/** The 2B tiles of a column, cells as they are on the wire. */
export const tilesOf = (shape: PlainShape, cells: readonly Uint8Array[]): readonly Uint8Array[] => {
  const { bands, lanes } = shape
  const data = Array.from({ length: bands }, (_, band) =>
    join(Array.from({ length: lanes }, (_, lane) => cells[band * lanes + lane] ?? new Uint8Array(CELL))),
  )
  const extended = Array.from({ length: bands }, (_, b) => {
    const factors = lambdas(bands, bands + b)
    const out = new Uint8Array(lanes * CELL)
    for (let at = 0; at < out.length; at += 32) {
      let sum = 0n
      for (let i = 0; i < bands; i++) sum += factors[i]! * BigInt(`0x${hex(data[i]!.subarray(at, at + 32))}`)
      out.set(Buffer.from((sum % R).toString(16).padStart(64, '0'), 'hex'), at)
    }
    return out
  })
  return [...data, ...extended]
}

const node = (left: Uint8Array, right: Uint8Array) => sha256(Uint8Array.of(1), left, right)
export const leafOf = (tile: Uint8Array) => sha256(Uint8Array.of(0), tile)

export const rootOfLeaves = (leaves: readonly Uint8Array[]): Uint8Array => {
  let layer = leaves
  while (layer.length > 1)
    layer = Array.from({ length: layer.length / 2 }, (_, i) => node(layer[2 * i]!, layer[2 * i + 1]!))
  return layer[0]!
}

/** Where a branch leads from a leaf. */
export const climbed = (leaf: Uint8Array, index: number, branch: readonly Uint8Array[]): Uint8Array =>
  branch.reduce(
    (below, sibling, i) =>
      Math.floor(index / 2 ** i) % 2 === 1 ? node(sibling, below) : node(below, sibling),
    leaf,
  )

/** Answers that are dear, remembered by their input. */
export const memo = <T>(limit: number, compute: (data: Uint8Array) => T): ((data: Uint8Array) => T) => {
  const known = new Map<string, T>()
  return (data) => {
    const key = hex(data.length > 64 ? sha256(data) : data)
    if (known.has(key)) return known.get(key)!
    if (known.size >= limit) known.clear()
    const answer = compute(data)
    known.set(key, answer)
    return answer
  }
}

/** The point, undefined where the bytes are no canonical encoding of one of the subgroup. Infinity is one. */
export const pointOf = memo(50_000, (data: Uint8Array): Point | undefined => {
  try {
    const point = Point.fromBytes(data)
    return point.isTorsionFree() && same(point.toBytes(true), data) ? point : undefined
  } catch {
    return undefined
  }
})

export const sumOf = (points: readonly Point[], scalars: readonly bigint[]): Point =>
  points.reduce(
    (sum, point, i) => (point.is0() || scalars[i] === 0n ? sum : sum.add(point.multiplyUnsafe(scalars[i]!))),
    Point.ZERO,
  )

/** The true tile and the point that its proof has to be, of a block whose leader was honest. */
export interface TileTruth {
  readonly cells: Uint8Array
  readonly proof: Uint8Array
}

export interface GridTruth {
  readonly shape: PlainShape
  readonly grid: EncodedBlock
  tile(band: number, column: number): TileTruth
}

export const createGridTruth = (grid: EncodedBlock, maxBands: number): GridTruth => {
  const shape = shapeOf(grid.header.rowCount, maxBands)
  const columns = new Map<number, readonly Uint8Array[]>()
  const proofs = new Map<string, Uint8Array>()
  const sheetProof = (band: number, column: number) => grid.sheet[band * 128 + column]!
  const combined = (band: number, column: number): Uint8Array => {
    if (band < shape.bands) return sheetProof(band, column)
    if (shape.bands === 1) return sheetProof(0, column)
    const key = `${band}/${column}`
    const known = proofs.get(key)
    if (known !== undefined) return known
    const points = Array.from({ length: shape.bands }, (_, i) => pointOf(sheetProof(i, column))!)
    const sum = sumOf(points, lambdas(shape.bands, band)).toBytes(true)
    proofs.set(key, sum)
    return sum
  }
  return {
    shape,
    grid,
    tile(band, column) {
      let tiles = columns.get(column)
      if (tiles === undefined) {
        tiles = tilesOf(shape, grid.columns[column]!.cells)
        columns.set(column, tiles)
      }
      return { cells: tiles[band]!, proof: combined(band, column) }
    },
  }
}
