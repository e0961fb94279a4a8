// Which kernels and which KZG an engine computes with. Loaded on first use, since each brings tables or binaries.

import { loadKernels } from '../kernel/load.ts'
import { createFieldKernel } from '../kernel/wasm-field.ts'
import { createNativeKzg } from '../kzg/backends/node-eth-kzg.ts'
import type { Kzg } from '../kzg/port.ts'
import type { EncodeComponents } from './components.ts'
import type { KzgBackend } from './engine.ts'
import type { Sha256 } from './sha256.ts'

/** Loads the components of a backend. Throws KzgError `backend-unavailable` where it cannot be had. */
export const loadComponents = async (backend: KzgBackend, sha256: Sha256): Promise<EncodeComponents> => {
  const kzg = await loadKzg(backend)
  const kernel = createFieldKernel(await loadKernels())
  return { kzg, kernel, sha256 }
}

const loadKzg = (_backend: KzgBackend): Promise<Kzg> => createNativeKzg()
