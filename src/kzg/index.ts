// weft-da/kzg: Ethereum's KZG (EIP-4844, EIP-7594) in WebAssembly, bytes in and bytes out.

export {
  createKernelKzg as createKzg,
  type KernelKzg,
  type KzgOptions,
  type KzgRole,
} from './backends/kernels.ts'
export { type AsyncKzg, createKzgPool, type KzgPool, type KzgPoolInit } from './pool.ts'
export type { CellClaim, Kzg, KzgError, KzgErrorCode, KzgProver, KzgVerifier, LinearTerm } from './port.ts'
