// The entry of an engine's thread on Node: loads the backend, then computes one job after another. A page has an
// entry of its own over the same `jobsOf`.

import { serve } from '../kernel/pool-serve.ts'
import { loadComponents } from './backends.ts'
import type { EngineRole, KzgBackend } from './engine.ts'
import { jobsOf } from './jobs.ts'
import { createLocalEngine } from './local-engine.ts'
import { nodeSha256 } from './node-sha256.ts'
import type { GridParams } from './shape.ts'

/** What a thread is started with. */
export interface WorkerInit extends GridParams {
  readonly backend: KzgBackend
  readonly role: EngineRole
}

serve(async ({ backend, role, ...params }: WorkerInit) =>
  jobsOf(createLocalEngine(params, await loadComponents(backend, role, nodeSha256))),
)
