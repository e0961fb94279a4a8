// GroupKernel over the WASM module: points are copied in, worked on in limbs, copied out. Long lists go through in
// chunks of what the work regions hold.

import { isZero } from '../base/bytes.ts'
import { BYTES_PER_AFFINE, type FixedSum, type GroupKernel } from './group-kernel.ts'
import { createGroupRegions, type GroupRegions, MOST_POINTS } from './group-regions.ts'
import type { KernelInstance } from './load.ts'
import { BYTES_PER_FIELD_ELEMENT, BYTES_PER_G1 } from './parameters.ts'
import { bytesToScalar } from './scalars.ts'

/** z^2 for the curve's parameter z: the endomorphism multiplies by -z^2. */
const PARAMETER_SQUARED = 0xd201000000010000n ** 2n
const HALF_MODULUS_BYTES = (
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn >> 1n
)
  .toString(16)
  .padStart(2 * BYTES_PER_G1, '0')
  .match(/../g)!
  .map((byte) => Number.parseInt(byte, 16))

/** Scalars are split into halves below 2^128. */
const BYTES_PER_HALF = BYTES_PER_FIELD_ELEMENT / 2
/** Points of a fixed sum, and bits of a window of its table (32 windows). */
const MOST_FIXED = 64
const FIXED_WINDOW = 8

/** Creates the group's operations on an instance of the kernels. */
export const createGroupKernel = (instance: KernelInstance): GroupKernel =>
  createGroupOperations(instance, createGroupRegions(instance))

/** The same over regions that exist already. */
export const createGroupOperations = (
  { exports: wasm, arena }: KernelInstance,
  regions: GroupRegions,
): GroupKernel => {
  const memory = arena.bytes
  const { io, points, second, terms, result } = regions

  const decompress = (compressed: Uint8Array): Uint8Array => {
    const count = expectCount('compressed points', compressed, BYTES_PER_G1)
    const affine = new Uint8Array(count * BYTES_PER_AFFINE)
    inChunks(count, MOST_POINTS, (first, size) => {
      memory.set(compressed.subarray(first * BYTES_PER_G1, (first + size) * BYTES_PER_G1), io)
      refuse('the encoding of a point of the curve', first, wasm.decompressPoints(points, io, size))
      refuse('a point of the subgroup', first, wasm.outsideSubgroup(points, size, second))
      wasm.writePoints(io, points, size)
      affine.set(memory.subarray(io, io + size * BYTES_PER_AFFINE), first * BYTES_PER_AFFINE)
    })
    return affine
  }

  const checkAffine = (affine: Uint8Array, options: { readonly subgroup?: boolean } = {}): void => {
    const count = expectCount('affine points', affine, BYTES_PER_AFFINE)
    inChunks(count, MOST_POINTS, (first, size) => {
      readChunk(affine, first, size)
      refuse('a point of the curve', first, wasm.offCurve(points, size))
      if (options.subgroup === false) return
      refuse('a point of the subgroup', first, wasm.outsideSubgroup(points, size, second))
    })
  }

  const readChunk = (affine: Uint8Array, first: number, size: number): void => {
    memory.set(affine.subarray(first * BYTES_PER_AFFINE, (first + size) * BYTES_PER_AFFINE), io)
    if (wasm.readPoints(points, io, size) === 1) return
    throw new RangeError(
      `expected coordinates below p, got others among points ${first}..${first + size - 1}`,
    )
  }

  const msm = (affine: Uint8Array, scalars: Uint8Array): Uint8Array => {
    const count = expectCount('affine points', affine, BYTES_PER_AFFINE)
    if (scalars.length !== count * BYTES_PER_FIELD_ELEMENT) {
      throw new RangeError(`expected ${count} scalars of 32 bytes, got ${scalars.length} bytes`)
    }
    memory.fill(0, result, result + wasm.pointSize.value)
    inChunks(count, MOST_POINTS / 2, (first, size) => {
      const total = splitScalars(scalars, first, size)
      readChunk(affine, first, size)
      wasm.endomorphism(points + size * wasm.pointSize.value, points, total - size)
      wasm.variableSum(second, points, regions.scalars, total, windowFor(total), terms)
      wasm.queueAddition(second, result, result)
      wasm.flush()
    })
    wasm.writePoints(io, result, 1)
    return memory.slice(io, io + BYTES_PER_AFFINE)
  }

  /**
   * Scalars as 2 * size halves of 128 bits, the upper ones for the points' images; only size of them if all are short.
   */
  const splitScalars = (scalars: Uint8Array, first: number, size: number): number => {
    const to = regions.scalars
    memory.fill(0, to, to + 2 * size * BYTES_PER_FIELD_ELEMENT)
    let long = false
    for (let i = 0; i < size; i++) {
      const at = (first + i) * BYTES_PER_FIELD_ELEMENT
      const scalar = scalars.subarray(at, at + BYTES_PER_FIELD_ELEMENT)
      const lower = to + i * BYTES_PER_FIELD_ELEMENT + BYTES_PER_HALF
      if (isZero(scalar.subarray(0, BYTES_PER_HALF))) {
        memory.set(scalar.subarray(BYTES_PER_HALF), lower)
        continue
      }
      long = true
      const x = bytesToScalar(scalar)
      writeHalf(lower, x % PARAMETER_SQUARED)
      writeHalf(lower + size * BYTES_PER_FIELD_ELEMENT, x / PARAMETER_SQUARED)
    }
    return long ? 2 * size : size
  }

  const view = new DataView(memory.buffer)
  const writeHalf = (at: number, x: bigint): void => {
    view.setBigUint64(at, x >> 64n)
    view.setBigUint64(at + 8, BigInt.asUintN(64, x))
  }

  const fixedSum = (affine: Uint8Array): FixedSum => {
    const count = expectCount('affine points', affine, BYTES_PER_AFFINE)
    if (count < 1 || count > MOST_FIXED)
      throw new RangeError(`expected 1 to ${MOST_FIXED} points, got ${count}`)
    readChunk(affine, 0, count)
    const table = arena.take(wasm.groupBytes(count, FIXED_WINDOW))
    memory.copyWithin(table, points, points + count * wasm.pointSize.value)
    wasm.fillTables(table, 1, count, FIXED_WINDOW)
    return (scalars) => {
      if (scalars.length !== count * BYTES_PER_FIELD_ELEMENT) {
        throw new RangeError(`expected ${count} scalars of 32 bytes, got ${scalars.length} bytes`)
      }
      for (let at = 0; at < scalars.length; at += BYTES_PER_FIELD_ELEMENT) {
        bytesToScalar(scalars.subarray(at, at + BYTES_PER_FIELD_ELEMENT))
      }
      memory.set(scalars, regions.scalars)
      const windows = wasm.fixedWindows(FIXED_WINDOW)
      wasm.biasScalars(regions.scalars, regions.scalars, count, FIXED_WINDOW, windows)
      wasm.fixedSums(result, regions.scalars, 1, count, table, FIXED_WINDOW, 1, terms)
      wasm.writePoints(io, result, 1)
      return memory.slice(io, io + BYTES_PER_AFFINE)
    }
  }

  return { decompress, checkAffine, compress, msm, fixedSum }
}

/** Bits of a window for so many points of 128-bit scalars. */
const windowFor = (count: number): number => Math.min(9, Math.max(3, Math.round(Math.log2(count)) - 2))

const compress = (affine: Uint8Array): Uint8Array => {
  const count = expectCount('affine points', affine, BYTES_PER_AFFINE)
  const compressed = new Uint8Array(count * BYTES_PER_G1)
  for (let i = 0; i < count; i++) {
    const point = affine.subarray(i * BYTES_PER_AFFINE, (i + 1) * BYTES_PER_AFFINE)
    const o = i * BYTES_PER_G1
    if (point.every((byte) => byte === 0)) {
      compressed[o] = 0xc0
      continue
    }
    compressed.set(point.subarray(0, BYTES_PER_G1), o)
    compressed[o]! |= isLarger(point.subarray(BYTES_PER_G1)) ? 0xa0 : 0x80
  }
  return compressed
}

/** Whether a coordinate is more than (p-1)/2. */
const isLarger = (coordinate: Uint8Array): boolean => {
  for (let i = 0; i < BYTES_PER_G1; i++) {
    if (coordinate[i] !== HALF_MODULUS_BYTES[i]) return coordinate[i]! > HALF_MODULUS_BYTES[i]!
  }
  return false
}

/** Calls `step` for ranges of at most `most` of `count`. */
export const inChunks = (count: number, most: number, step: (first: number, size: number) => void): void => {
  for (let first = 0; first < count; first += most) step(first, Math.min(most, count - first))
}

const refuse = (expected: string, first: number, index: number): void => {
  if (index >= 0) throw new RangeError(`expected ${expected}, got another at place ${first + index}`)
}

export const expectCount = (name: string, bytes: Uint8Array, size: number): number => {
  if (bytes.length % size !== 0)
    throw new RangeError(`expected ${name} of ${size} bytes, got ${bytes.length} bytes`)
  return bytes.length / size
}
