import { createKernelKzg } from '../../../src/kzg/backends/kernels.ts'
import { runCompliance } from '../compliance.ts'

runCompliance('kernels (integer)', () => createKernelKzg({ kind: 'integer' }))
