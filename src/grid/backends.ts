// Which kernels and which KZG an engine computes with. Loaded on first use, since each brings tables or binaries.

import { loadKernels } from '../kernel/load.ts'
import { createFieldKernel } from '../kernel/wasm-field.ts'
import type { Kzg } from '../kzg/port.ts'
import type { EncodeComponents } from './components.ts'
import type { EngineRole, KzgBackend } from './engine.ts'
import type { Sha256 } from './sha256.ts'

/** Loads the components of a backend. Throws KzgError `backend-unavailable` where it cannot be had. */
export const loadComponents = async (
  backend: KzgBackend,
  role: EngineRole,
  sha256: Sha256,
): Promise<EncodeComponents> => {
  const [kzg, instance] = await Promise.all([loadKzg(backend, role), loadKernels()])
  return { kzg, kernel: createFieldKernel(instance), sha256 }
}

const loadKzg = async (backend: KzgBackend, role: EngineRole): Promise<Kzg> => {
  if (backend === 'native') {
    const { createNativeKzg } = await import('../kzg/backends/node-eth-kzg.ts')
    return createNativeKzg({ usePrecomp: role === 'prover' })
  }
  if (backend === 'kzg-wasm') {
    const { createWasmKzg } = await import('../kzg/backends/kzg-wasm.ts')
    return createWasmKzg()
  }
  const { createKernelKzg } = await import('../kzg/backends/kernels.ts')
  return createKernelKzg({ role })
}
