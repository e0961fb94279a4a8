// The module of the pool's workers: one instance each, whose operations the pool calls by name.

import { serve } from '../kernel/pool-serve.ts'
import { createKernelKzg } from './backends/kernels.ts'
import type { KzgWorkerInit } from './pool.ts'

serve(async (init: KzgWorkerInit) => {
  const { kind: _, ...operations } = await createKernelKzg(init)
  return operations
})
