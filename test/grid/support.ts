// What the grid's tests share: components, with our KZG or one of other people's making, random input, changes of one byte.

import { createHash, randomBytes } from 'node:crypto'
import { type Blob, namespaceOf } from '../../src/grid/blob.ts'
import type { Sha256 } from '../../src/grid/sha256.ts'
import { loadKernels } from '../../src/kernel/load.ts'
import { createFieldKernel } from '../../src/kernel/wasm-field.ts'
import { createKzg } from '../../src/kzg/index.ts'
import type { Kzg } from '../../src/kzg/port.ts'

export const nodeSha256: Sha256 = (...parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

const kernel = createFieldKernel(await loadKernels())

/** Our field kernels, with KZG by `create`, ours by default, and SHA-256 by Node. `batches` counts verifications. */
export const createTestComponents = async (create: () => Promise<Kzg> = createKzg) => {
  const kzg = await create()
  const counted = {
    ...kzg,
    batches: 0,
    verifyCellClaims: ((points, claims) => {
      counted.batches++
      return kzg.verifyCellClaims(points, claims)
    }) satisfies Kzg['verifyCellClaims'] as Kzg['verifyCellClaims'],
  }
  return { kernel, kzg: counted, sha256: nodeSha256 }
}

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
