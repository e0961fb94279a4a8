// A pool of worker threads for heavy arithmetic, the same on Node and in pages. Jobs start in the order of their
// calls, one at a time on each worker; results and errors (with their codes) come back to the call they belong to.
// A worker that dies is replaced and its job tried once more; a worker that never starts fails the jobs that wait.
// Workers are started when first needed, or by `start`; idle ones do not keep a Node process running.

import { WeftError } from '../base/error.ts'
import { unpackError } from './pool-errors.ts'
import type { FromWorker, PoolFunctions, ToWorker } from './pool-serve.ts'
import { type Spawn, spawnWorker, type Transferable, type WorkerHandle } from './pool-spawn.ts'

export interface PoolInit {
  /** The workers' module, which calls `serve` (pool-serve.ts). */
  readonly worker: URL
  /** Number of workers, at least 1. */
  readonly size: number
  /** Handed to every worker's `serve`; must survive structuredClone. Default: undefined. */
  readonly init?: unknown
  /** Jobs that may wait; one more is refused with `queue-full`. Default: 4,096. */
  readonly maxQueue?: number
  /** How long a worker may go on with a job whose caller gave up, before it is replaced. ms, default: 30,000. */
  readonly abandonMs?: number
}

export interface RunOptions {
  /** Gives up: a waiting job is dropped, a running one's result is not waited for. Rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Buffers to move to the worker instead of copying. A job that moved some is not tried again after a crash. */
  readonly transfer?: readonly Transferable[]
}

export type PoolErrorCode = 'pool-stopped' | 'queue-full' | 'worker-crashed' | 'worker-unavailable'
export type PoolError = WeftError<PoolErrorCode, { readonly method: string }>

export interface Pool<Functions extends PoolFunctions> {
  /** Starts all workers and waits until they are ready. Idempotent. Throws PoolError `worker-unavailable`. */
  start(): Promise<void>
  /** Ends all workers; jobs that wait or run are rejected with `pool-stopped`. Idempotent. */
  stop(): void
  /** Calls a function of the worker's module. Throws what the function throws, or PoolError. */
  run<Method extends string & keyof Functions>(
    method: Method,
    args: Readonly<Parameters<Functions[Method]>>,
    options?: RunOptions,
  ): Promise<Awaited<ReturnType<Functions[Method]>>>
}

/** Creates a pool; `Functions` is the type of what the worker's module serves. */
export const createPool = <Functions extends PoolFunctions>(
  { worker, size, init, maxQueue = 4096, abandonMs = 30_000 }: PoolInit,
  { spawn = spawnWorker }: { readonly spawn?: Spawn } = {},
): Pool<Functions> => {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`expected a pool of at least 1, got ${size}`)
  const workers = new Set<Slot>()
  const queue: Job[] = []
  let stopped = false
  // In a row; workers that cannot start are not started for ever while another one serves the queue.
  let failedStarts = 0

  const dispatch = () => {
    while (queue.length > 0) {
      const idle = [...workers].find((slot) => slot.ready && slot.job === undefined)
      if (idle === undefined) break
      assign(idle, queue.shift()!)
    }
    const starting = [...workers].filter((slot) => !slot.ready).length
    for (let missing = queue.length - starting; missing > 0 && mayAdd(); missing--) add()
  }

  const mayAdd = () => workers.size < size && failedStarts < MAX_FAILED_STARTS

  const assign = (slot: Slot, job: Job) => {
    slot.job = job
    slot.handle?.setBusy(true)
    try {
      const message: ToWorker = { kind: 'job', id: job.id, method: job.method, args: job.args }
      slot.handle?.post(message, job.transfer)
    } catch (error) {
      // Arguments that cannot be cloned.
      free(slot)
      job.settle({
        error: new TypeError(`expected arguments that can be cloned for ${job.method}`, { cause: error }),
      })
    }
  }

  const free = (slot: Slot) => {
    slot.job = undefined
    clearTimeout(slot.abandoned)
    slot.handle?.setBusy(false)
  }

  const add = (): Slot => {
    const slot: Slot = { ready: false, ...Promise.withResolvers<void>() }
    // Whoever called `start` sees the failure; jobs are told by `end`.
    slot.promise.catch(() => {})
    workers.add(slot)
    const end = (cause: unknown) => lose(slot, cause)
    spawn(worker, { onMessage: (message) => receive(slot, message as FromWorker), onEnd: end }).then(
      (handle) => {
        slot.handle = handle
        if (!workers.has(slot)) return handle.terminate()
        handle.setBusy(true)
        try {
          handle.post({ kind: 'init', init } satisfies ToWorker, [])
        } catch (error) {
          lose(slot, error)
        }
      },
      end,
    )
    return slot
  }

  const receive = (slot: Slot, message: FromWorker) => {
    if (!workers.has(slot)) return
    if (message.kind === 'ready') {
      slot.ready = true
      failedStarts = 0
      slot.handle?.setBusy(false)
      slot.resolve()
    } else if (message.kind === 'failed') {
      lose(slot, unpackError(message.error))
    } else if (slot.job?.id === message.id) {
      const job = slot.job
      free(slot)
      job.settle(message.kind === 'done' ? { value: message.value } : { error: unpackError(message.error) })
    }
    dispatch()
  }

  /** A worker is gone, or of no use. */
  const lose = (slot: Slot, cause: unknown) => {
    if (!workers.delete(slot)) return
    const { job } = slot
    slot.job = undefined
    clearTimeout(slot.abandoned)
    slot.handle?.terminate()
    if (!slot.ready) {
      failedStarts++
      const error = failure('worker-unavailable', 'the worker of the pool did not start', '', cause)
      slot.reject(error)
      // Not while another may still serve them.
      if (workers.size === 0) for (const waiting of queue.splice(0)) waiting.settle({ error })
    }
    if (job !== undefined) {
      job.crashes++
      if (job.crashes <= MAX_RETRIES && job.transfer.length === 0 && !job.settled) queue.unshift(job)
      else
        job.settle({
          error: failure('worker-crashed', `the worker died in ${job.method}`, job.method, cause),
        })
    }
    if (workers.size === 0) failedStarts = 0
    if (!stopped) dispatch()
  }

  const abandon = (job: Job, reason: unknown) => {
    const waiting = queue.indexOf(job)
    if (waiting >= 0) queue.splice(waiting, 1)
    for (const slot of workers) {
      if (slot.job !== job) continue
      slot.abandoned = setTimeout(() => lose(slot, reason), abandonMs)
      // The result is not wanted any more, so that the worker need not keep the process running.
      slot.handle?.setBusy(false)
      ;(slot.abandoned as { unref?(): void }).unref?.()
    }
    job.settle({ error: reason })
  }

  let lastId = 0
  return {
    async start() {
      if (stopped) throw failure('pool-stopped', 'the pool was stopped', '')
      while (workers.size < size) add()
      // All of them have ended before a failure is told: one that still fails later would take the next call with it.
      const starts = await Promise.allSettled([...workers].map((slot) => slot.promise))
      for (const each of starts) if (each.status === 'rejected') throw each.reason
    },
    stop() {
      stopped = true
      const error = failure('pool-stopped', 'the pool was stopped', '')
      for (const job of queue.splice(0)) job.settle({ error })
      for (const slot of workers) {
        workers.delete(slot)
        clearTimeout(slot.abandoned)
        slot.reject(error)
        slot.job?.settle({ error })
        slot.handle?.terminate()
      }
    },
    run(method, args, { signal, transfer = [] } = {}) {
      return new Promise((resolve, reject) => {
        if (stopped) throw failure('pool-stopped', 'the pool was stopped', method)
        if (signal?.aborted) throw signal.reason
        if (queue.length >= maxQueue) {
          throw failure('queue-full', `expected at most ${maxQueue} waiting jobs, got one more`, method)
        }
        const onAbort = () => abandon(job, signal?.reason)
        const job: Job = {
          id: lastId++,
          method,
          args,
          transfer,
          crashes: 0,
          settled: false,
          settle(outcome) {
            if (job.settled) return
            job.settled = true
            signal?.removeEventListener('abort', onAbort)
            if ('error' in outcome) reject(outcome.error)
            else resolve(outcome.value as never)
          },
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        queue.push(job)
        dispatch()
      })
    },
  }
}

const MAX_RETRIES = 1
const MAX_FAILED_STARTS = 3

interface Job {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
  readonly transfer: readonly Transferable[]
  crashes: number
  settled: boolean
  settle(outcome: { readonly value: unknown } | { readonly error: unknown }): void
}

/** A worker's place; `promise` tells when it is ready. */
interface Slot extends PromiseWithResolvers<void> {
  handle?: WorkerHandle
  ready: boolean
  job?: Job | undefined
  abandoned?: ReturnType<typeof setTimeout>
}

const failure = (code: PoolErrorCode, message: string, method: string, cause?: unknown): PoolError =>
  new WeftError(code, message, { method }, { cause })
