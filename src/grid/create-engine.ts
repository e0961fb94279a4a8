// The engine of a node: worker threads, each with its own backend. Where there is more than one, one of them is kept
// for the short jobs, so that checking what gossip brings does not wait for the encoding of a block.

import { createByteRoom } from '../base/byte-room.ts'
import { createPool } from '../kernel/pool.ts'
import { moduleBeside } from '../kernel/pool-spawn.ts'
import type { GridEngine, GridEngineInit } from './engine.ts'
import { engineOf, type PackedJobs } from './jobs.ts'
import type { WorkerInit } from './worker.ts'

const MAX_THREADS = 64
/** Arguments at once for each thread: those of one job with a block of 256 rows, or of many small ones. */
const ARGUMENT_BYTES = 40 * 2 ** 20

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
  role = 'prover',
}: GridEngineInit): GridEngine => {
  if (!Number.isSafeInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new RangeError(`expected 1 to ${MAX_THREADS} threads, got ${threads}`)
  }
  const poolOf = (size: number, init: WorkerInit) => ({
    ...createPool<PackedJobs>({ worker: moduleBeside('worker', import.meta.url), size, init }),
    room: createByteRoom(size * ARGUMENT_BYTES),
  })
  const long = poolOf(Math.max(1, threads - 1), { maxRows, maxBands, backend, role })
  // Short jobs only verify.
  const short = threads === 1 ? long : poolOf(1, { maxRows, maxBands, backend, role: 'verifier' })
  return engineOf({ short, long }, async () => {
    short.stop()
    long.stop()
  })
}
