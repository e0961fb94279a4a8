// Which kernels and which KZG an engine computes with. Loaded on first use, since each brings tables or binaries.

import type { FieldKernel } from '../kernel/field-kernel.ts'
import { createFieldTwin } from '../kernel/twin/field-twin.ts'
import { createNativeKzg } from '../kzg/backends/node-eth-kzg.ts'
import type { Kzg } from '../kzg/port.ts'
import type { EncodeComponents } from './components.ts'
import type { KzgBackend } from './engine.ts'
import type { Sha256 } from './sha256.ts'

/** Loads the components of a backend. Throws KzgError `backend-unavailable` where it cannot be had. */
export const loadComponents = async (backend: KzgBackend, sha256: Sha256): Promise<EncodeComponents> => {
  const kzg = await loadKzg(backend)
  return { kzg, kernel: withRowsBy(kzg, createFieldTwin()), sha256 }
}

const loadKzg = (_backend: KzgBackend): Promise<Kzg> => createNativeKzg()

/** The slow twin with its rows extended by a KZG library, which is much faster at it. */
const withRowsBy = (kzg: Pick<Kzg, 'computeCells'>, kernel: FieldKernel): FieldKernel => ({
  ...kernel,
  extendRow(blob) {
    const cells = kzg.computeCells(blob)
    const joined = new Uint8Array(2 * blob.length)
    cells.forEach((cell, i) => {
      joined.set(cell, i * cell.length)
    })
    return joined
  },
})
