import { createWasmKzg } from '../../../src/kzg/backends/kzg-wasm.ts'
import { runCompliance } from '../compliance.ts'

// Two seconds a row with proofs.
runCompliance('kzg-wasm', createWasmKzg, { proofsOf: ['extremes'] })
