// The engine of a node: worker threads, each with its own backend. Where there is more than one, one of them is kept
// for the short jobs, so that checking what gossip brings does not wait for the encoding of a block.

import { createPool } from '../kernel/pool.ts'
import { moduleBeside } from '../kernel/pool-spawn.ts'
import type { GridEngine, GridEngineInit } from './engine.ts'
import { type EngineJobs, engineOf } from './jobs.ts'
import type { WorkerInit } from './worker.ts'

const MAX_THREADS = 64

/**
 * Creates the engine; its threads start with the first job that needs them. Throws RangeError for a number of threads
 * outside 1..64. Its methods also throw PoolError, and KzgError `backend-unavailable` as the cause of
 * `worker-unavailable`.
 */
export const createGridEngine = ({
  maxRows,
  maxBands,
  threads = 1,
  backend = 'kernels',
}: GridEngineInit): GridEngine => {
  if (!Number.isSafeInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new RangeError(`expected 1 to ${MAX_THREADS} threads, got ${threads}`)
  }
  const init: WorkerInit = { maxRows, maxBands, backend }
  const poolOf = (size: number) =>
    createPool<EngineJobs>({ worker: moduleBeside('worker', import.meta.url), size, init })
  const short = poolOf(1)
  const long = threads === 1 ? short : poolOf(threads - 1)
  return engineOf({ short, long }, async () => {
    short.stop()
    long.stop()
  })
}
