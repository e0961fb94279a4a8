// What the grid's tests share: a KZG of other people's making (node-eth-kzg for proofs, noble for sums of points),
// random input, and changes of one byte.

import { createHash, randomBytes } from 'node:crypto'
import { DasContextJs } from '@crate-crypto/node-eth-kzg'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { WeftError } from '../../src/base/error.ts'
import { type Blob, namespaceOf } from '../../src/grid/blob.ts'
import type { EncodeComponents } from '../../src/grid/components.ts'
import type { Sha256 } from '../../src/grid/sha256.ts'
import { loadKernels } from '../../src/kernel/load.ts'
import { createFieldKernel } from '../../src/kernel/wasm-field.ts'
import type { LinearTerm } from '../../src/kzg/port.ts'

const Point = bls12_381.G1.Point
const Fr = bls12_381.fields.Fr

export const nodeSha256: Sha256 = (...parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

const malformed = (cause: unknown) =>
  new WeftError('malformed-input', 'expected points of the subgroup', { reason: String(cause) }, { cause })

const parsePoint = (bytes: Uint8Array): InstanceType<typeof Point> => {
  try {
    const point = Point.fromBytes(bytes)
    if (!point.is0()) point.assertValidity()
    return point
  } catch (cause) {
    throw malformed(cause)
  }
}

const sumOf = (points: readonly InstanceType<typeof Point>[], terms: readonly LinearTerm[]): Uint8Array => {
  let sum = Point.ZERO
  for (const { index, scalar } of terms) {
    const factor = Fr.fromBytes(scalar)
    if (factor !== 0n) sum = sum.add(points[index]!.multiplyUnsafe(factor))
  }
  return sum.toBytes()
}

/** The part of the KZG port that the grid uses, over two libraries of others. `batches` counts verifications. */
export const createOutsideKzg = (): EncodeComponents['kzg'] & {
  batches: number
  readonly context: DasContextJs
} => {
  const context = DasContextJs.create({ usePrecomp: true })
  return {
    context,
    batches: 0,
    blobToKzgCommitment: (blob) => context.blobToKzgCommitment(blob),
    computeCellsAndKzgProofs(blob) {
      const { cells, proofs } = context.computeCellsAndKzgProofs(blob)
      return [cells, proofs]
    },
    combinePoints: (points, scalars) =>
      sumOf(
        points.map(parsePoint),
        scalars.map((scalar, index) => ({ index, scalar })),
      ),
    verifyCellClaims(points, claims) {
      this.batches++
      const parsed = points.map(parsePoint)
      return context.verifyCellKzgProofBatch(
        claims.map(({ commitment }) => sumOf(parsed, commitment)),
        claims.map(({ cellIndex }) => cellIndex),
        claims.map(({ cell }) => cell),
        claims.map(({ proof }) => sumOf(parsed, proof)),
      )
    },
  }
}

const kernel = createFieldKernel(await loadKernels())

/** Our field kernels with KZG and SHA-256 of other people's making. */
export const createTestComponents = () => ({ kernel, kzg: createOutsideKzg(), sha256: nodeSha256 })

/** A blob of random bytes under a namespace of one letter. */
export const randomBlob = (letter: string, length: number, flags = 0): Blob => ({
  namespace: namespaceOf(new TextEncoder().encode(letter)),
  flags,
  data: flags & 2 ? randomElements(length) : new Uint8Array(randomBytes(length)),
})

/** Random canonical field elements, `length` bytes of them. */
export const randomElements = (length: number): Uint8Array => {
  const bytes = new Uint8Array(randomBytes(length))
  for (let at = 0; at < length; at += 32) bytes[at] = bytes[at]! & 0x3f
  return bytes
}

/** Blobs whose packing takes exactly this many rows. */
export const blobsForRows = (rows: number): readonly Blob[] =>
  rows === 0 ? [] : [randomBlob('a', 700), randomBlob('b', (rows - 1) * 126_976 + 1_984 * 40)]

/** A copy with one bit changed. */
export const flipped = (bytes: Uint8Array, at: number, bit = 1): Uint8Array => {
  const copy = bytes.slice()
  copy[at]! ^= bit
  return copy
}

/** A copy of a list with one member changed. */
export const replaced = <T>(list: readonly T[], index: number, change: (value: T) => T): readonly T[] =>
  list.map((value, i) => (i === index ? change(value) : value))
