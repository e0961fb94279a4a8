// The slow twin of the group kernels: the same operations in plain TypeScript on bigints. Sums are taken with buckets
// (Pippenger), cell proofs with FK20 as EIP-7594's reference describes it; nothing is precomputed. A commitment takes
// about a second, the proofs of a row about ten.

import { concat } from '../../base/bytes.ts'
import { BYTES_PER_AFFINE, type ProverKernel, type ProverSetup } from '../group-kernel.ts'
import { BYTES_PER_BLOB, BYTES_PER_G1 } from '../parameters.ts'
import {
  bytesToInteger,
  bytesToScalar,
  inverse,
  reverseBits,
  rootOfUnity,
  scalarToBytes,
  toScalar,
} from '../scalars.ts'
import {
  add,
  affine,
  double,
  infinity,
  isInfinity,
  isInSubgroup,
  isLarger,
  multiply,
  negate,
  P,
  type Point,
  pointAt,
  pointWithX,
} from './curve.ts'

/** Creates the twin; without a setup it can neither commit nor prove (RangeError). */
export const createGroupTwin = (setup?: ProverSetup): ProverKernel => ({
  fixedSum(points) {
    return (scalars) => this.msm(points, scalars)
  },

  decompress: (points) => writeAll(split(points, BYTES_PER_G1).map(readCompressed)),

  checkAffine(points, { subgroup = true } = {}) {
    split(points, BYTES_PER_AFFINE).forEach((bytes, i) => {
      const point = readAffine(bytes)
      if (subgroup && !isInSubgroup(point))
        throw new RangeError(`expected points of the subgroup, got another at ${i}`)
    })
  },

  compress: (points) =>
    concat(...split(points, BYTES_PER_AFFINE).map((bytes) => writeCompressed(readAffine(bytes)))),

  msm(points, scalars) {
    const list = split(points, BYTES_PER_AFFINE)
    const factors = split(scalars, 32)
    if (list.length !== factors.length) {
      throw new RangeError(`expected as many scalars as points, got ${factors.length} and ${list.length}`)
    }
    return writeAffine(sumOf(list.map(readAffine), factors.map(bytesToScalar)))
  },

  commit(scalars) {
    if (setup === undefined) throw new RangeError('expected a setup to commit with')
    if (scalars.length !== BYTES_PER_BLOB) throw new RangeError(`expected a row, got ${scalars.length} bytes`)
    return writeAffine(
      sumOf(split(setup.lagrange, BYTES_PER_AFFINE).map(readAffine), split(scalars, 32).map(bytesToScalar)),
    )
  },

  proofs(blob) {
    if (setup?.proofPoints === undefined) throw new RangeError('expected a setup to prove with')
    if (blob.length !== BYTES_PER_BLOB) throw new RangeError(`expected a row, got ${blob.length} bytes`)
    const points = split(setup.proofPoints, BYTES_PER_AFFINE).map(readAffine)
    return writeAll(cellProofs(coefficientsOf(split(blob, 32).map(bytesToScalar)), points))
  },
})

/** Sum of factors[i] * points[i] by windows of `WINDOW` bits, the points of one digit gathered in a bucket. */
const sumOf = (points: readonly Point[], factors: readonly bigint[]): Point => {
  let sum = infinity
  for (let window = Math.ceil(255 / WINDOW) - 1; window >= 0; window--) {
    for (let i = 0; i < WINDOW; i++) sum = double(sum)
    const buckets = new Array<Point>(1 << WINDOW).fill(infinity)
    points.forEach((point, i) => {
      const digit = Number((factors[i]! >> BigInt(WINDOW * window)) & ((1n << BigInt(WINDOW)) - 1n))
      buckets[digit] = add(buckets[digit]!, point)
    })
    // Sum of d * bucket d: the running sum from the top is added once for every digit that it passes.
    let running = infinity
    for (let digit = buckets.length - 1; digit > 0; digit--) {
      running = add(running, buckets[digit]!)
      sum = add(sum, running)
    }
  }
  return sum
}

const WINDOW = 6
const CELLS = 128
const CELL = 64

/**
 * FK20: the 128 proofs of a polynomial. The quotient's coefficients in the setup's basis are products of 64 Toeplitz
 * matrices with the setup's points; each matrix is completed to a circulant one of size 128, which a transform turns
 * into a product element by element. `points` hold the transformed points: group k, offset i at 64 k + i.
 */
const cellProofs = (coefficients: readonly bigint[], points: readonly Point[]): readonly Point[] => {
  const columns = Array.from({ length: CELL }, (_, offset) => transform(circulant(coefficients, offset)))
  const products = Array.from({ length: CELLS }, (_, k) =>
    sumOf(
      points.slice(CELL * k, CELL * (k + 1)),
      columns.map((column) => column[k]!),
    ),
  )
  const perCells = inverse(BigInt(CELLS))
  const backward = inverse(rootOfUnity(CELLS))
  const quotient = transformPoints(products, backward).map((point) => multiply(point, perCells))
  const padded = quotient.map((point, i) => (i < CELLS / 2 ? point : infinity))
  const proofs = transformPoints(padded, rootOfUnity(CELLS))
  return proofs.map((_, i) => proofs[reverseBits(i, 7)]!)
}

/** First column of the circulant matrix for coefficients that are `offset` from the end of their chunk of 64. */
const circulant = (coefficients: readonly bigint[], offset: number): readonly bigint[] => {
  const column = new Array<bigint>(CELLS).fill(0n)
  const last = coefficients.length - 1
  column[0] = coefficients[last - offset]!
  for (let j = CELL + 2; j < CELLS; j++) column[j] = coefficients[CELL * (j - CELL - 1) + CELL - 1 - offset]!
  return column
}

/** A row's values in bit-reversed order to coefficients. */
const coefficientsOf = (values: readonly bigint[]): readonly bigint[] => {
  const n = values.length
  const natural = values.map((_, i) => values[reverseBits(i, Math.log2(n))]!)
  const scale = inverse(BigInt(n))
  return evaluate(natural, inverse(rootOfUnity(n)), fieldOps).map((value) => toScalar(value * scale))
}

const transform = (values: readonly bigint[]): readonly bigint[] =>
  evaluate(values, rootOfUnity(values.length), fieldOps)
const transformPoints = (points: readonly Point[], root: bigint): readonly Point[] =>
  evaluate(points, root, pointOps)

interface Ops<T> {
  add(a: T, b: T): T
  subtract(a: T, b: T): T
  scale(a: T, factor: bigint): T
}
const fieldOps: Ops<bigint> = {
  add: (a, b) => toScalar(a + b),
  subtract: (a, b) => toScalar(a - b),
  scale: (a, factor) => toScalar(a * factor),
}
const pointOps: Ops<Point> = {
  add,
  subtract: (a, b) => add(a, negate(b)),
  scale: (a, factor) => (factor === 1n ? a : multiply(a, factor)),
}

/** The transform, the same for scalars and for points: even and odd places apart, then together. */
const evaluate = <T>(values: readonly T[], root: bigint, ops: Ops<T>): readonly T[] => {
  if (values.length === 1) return values
  const square = toScalar(root * root)
  const even = evaluate(
    values.filter((_, i) => i % 2 === 0),
    square,
    ops,
  )
  const odd = evaluate(
    values.filter((_, i) => i % 2 === 1),
    square,
    ops,
  )
  const low: T[] = []
  const high: T[] = []
  let factor = 1n
  for (let i = 0; i < even.length; i++, factor = toScalar(factor * root)) {
    const product = ops.scale(odd[i]!, factor)
    low.push(ops.add(even[i]!, product))
    high.push(ops.subtract(even[i]!, product))
  }
  return [...low, ...high]
}

/** 48 bytes: bit 7 compressed, bit 6 infinity, bit 5 the larger y (EIP-4844 after the Zcash format). */
const readCompressed = (bytes: Uint8Array, i: number): Point => {
  const first = bytes[0]!
  const refuse = (what: string): never => {
    throw new RangeError(`expected ${what}, got another point at ${i}`)
  }
  if ((first & 0x80) === 0) refuse('compressed points')
  const x = bytesOfField(bytes.with(0, first & 0x1f))
  if ((first & 0x40) !== 0) return x === 0n && first === 0xc0 ? infinity : refuse('infinity in its one form')
  if (x >= P) refuse('x below p')
  const point = pointWithX(x, (first & 0x20) !== 0) ?? refuse('points on the curve')
  return isInSubgroup(point) ? point : refuse('points of the subgroup')
}

const writeCompressed = (point: Point): Uint8Array => {
  if (isInfinity(point)) return new Uint8Array(BYTES_PER_G1).with(0, 0xc0)
  const { x, y } = affine(point)
  const bytes = fieldBytes(x)
  return bytes.with(0, bytes[0]! | (isLarger(y) ? 0xa0 : 0x80))
}

const readAffine = (bytes: Uint8Array): Point => {
  const x = bytesOfField(bytes.subarray(0, BYTES_PER_G1))
  const y = bytesOfField(bytes.subarray(BYTES_PER_G1))
  if (x === 0n && y === 0n) return infinity
  const point = x < P && y < P ? pointAt(x, y) : undefined
  if (point === undefined) throw new RangeError('expected points on the curve, got another')
  return point
}

const writeAffine = (point: Point): Uint8Array => {
  if (isInfinity(point)) return new Uint8Array(BYTES_PER_AFFINE)
  const { x, y } = affine(point)
  return concat(fieldBytes(x), fieldBytes(y))
}

const writeAll = (points: readonly Point[]): Uint8Array => concat(...points.map(writeAffine))

/** 48 bytes as an integer and back, in a half of 16 and one of 32 bytes. */
const bytesOfField = (bytes: Uint8Array): bigint => {
  const high = new Uint8Array(32)
  high.set(bytes.subarray(0, 16), 16)
  return (bytesToInteger(high) << 256n) | bytesToInteger(bytes.subarray(16))
}
const fieldBytes = (value: bigint): Uint8Array =>
  concat(scalarToBytes(value >> 256n).subarray(16), scalarToBytes(value & ((1n << 256n) - 1n)))

const split = (bytes: Uint8Array, size: number): readonly Uint8Array[] => {
  if (bytes.length % size !== 0)
    throw new RangeError(`expected a multiple of ${size} bytes, got ${bytes.length}`)
  return Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}
