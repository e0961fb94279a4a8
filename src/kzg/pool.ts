// KZG on worker threads, each with an instance of its own: the port's operations as promises. Results come back to
// the call they belong to, errors keep their codes, jobs can be given up by an AbortSignal, and a worker that dies is
// replaced and its job tried once more (kernel/pool.ts).

import type { KernelKind } from '../kernel/load.ts'
import { createPool, type Pool, type PoolInit, type RunOptions } from '../kernel/pool.ts'
import { moduleBeside } from '../kernel/pool-spawn.ts'
import type { KzgRole } from './backends/kernels.ts'
import type { Kzg } from './port.ts'

export interface KzgPoolInit extends Pick<PoolInit, 'maxQueue' | 'abandonMs'> {
  /** Number of workers. Default: the number of cores, at most 4: a prover takes 96 MiB. */
  readonly size?: number
  /** What the workers are for (createKzg). Default: `prover`. */
  readonly role?: KzgRole
  /** Which kernels. Default: the self-test chooses. */
  readonly kind?: KernelKind
  /** The worker's module: for bundlers, which want to see it. Default: the package's own. */
  readonly worker?: URL
}

/** What a worker's instance is made of: survives structuredClone. */
export type KzgWorkerInit = Pick<KzgPoolInit, 'role' | 'kind'>

/** The port's operations, each with options as its last argument, each a promise. */
export type AsyncKzg = {
  readonly [Method in keyof Kzg]: (
    ...args: [...Parameters<Kzg[Method]>, options?: RunOptions]
  ) => Promise<ReturnType<Kzg[Method]>>
}

export interface KzgPool extends AsyncKzg {
  /** Starts all workers and waits until they are ready. Idempotent. */
  start(): Promise<void>
  /** Ends all workers; what waits or runs is rejected with PoolError `pool-stopped`. Idempotent. */
  stop(): void
}

/** Creates a pool. Workers start at the first call or with `start`; idle ones do not keep a process running. */
export const createKzgPool = (init: KzgPoolInit = {}): KzgPool => {
  const {
    size = defaultSize(),
    role = 'prover',
    kind,
    worker = moduleBeside('worker', import.meta.url),
  } = init
  const pool: Pool<Kzg & Record<string, (...args: never[]) => unknown>> = createPool({
    worker,
    size,
    init: { role, ...(kind && { kind }) } satisfies KzgWorkerInit,
    ...(init.maxQueue !== undefined && { maxQueue: init.maxQueue }),
    ...(init.abandonMs !== undefined && { abandonMs: init.abandonMs }),
  })
  const call =
    (method: keyof Kzg) =>
    (...args: readonly unknown[]): Promise<never> => {
      const count = arities[method]
      return pool.run(
        method,
        args.slice(0, count) as never,
        args[count] as RunOptions | undefined,
      ) as Promise<never>
    }
  const methods = Object.keys(arities) as (keyof Kzg)[]
  const operations = Object.fromEntries(
    methods.map((method) => [method, call(method)]),
  ) as unknown as AsyncKzg
  return { ...operations, start: pool.start, stop: pool.stop }
}

/** Number of arguments of each operation: what comes after them are the options. */
const arities: Readonly<Record<keyof Kzg, number>> = {
  blobToKzgCommitment: 1,
  computeKzgProof: 2,
  computeBlobKzgProof: 2,
  computeCells: 1,
  computeCellsAndKzgProofs: 1,
  recoverCells: 2,
  recoverCellsAndKzgProofs: 2,
  verifyKzgProof: 4,
  verifyBlobKzgProof: 3,
  verifyBlobKzgProofBatch: 3,
  verifyCellKzgProofBatch: 4,
  verifyCellClaims: 2,
  combinePoints: 2,
}

const defaultSize = (): number => {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } }
  return Math.max(1, Math.min(4, navigator?.hardwareConcurrency ?? 1))
}
