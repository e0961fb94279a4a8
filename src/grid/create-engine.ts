// The engine of a node: a few threads, each with its own backend, and a bounded queue before them. Jobs are taken in
// order; where there is more than one thread, one of them is kept free of the long jobs, so that checking what gossip
// brings does not wait for the encoding of a block. A thread that dies fails its job and
// is started again for the next one.

import { Worker } from 'node:worker_threads'
import { messageOf, WeftError } from '../base/error.ts'
import { compact } from './compact.ts'
import type { EngineOptions, GridEngine, GridEngineInit } from './engine.ts'
import {
  type JobAnswer,
  type JobArguments,
  type JobError,
  type JobName,
  type JobResult,
  LONG_JOBS,
  type WorkerInit,
} from './jobs.ts'

/** Most jobs that wait or run at once; more are refused with `engine-busy`. */
const MAX_JOBS = 1_024
const MAX_THREADS = 64

/** `engine-busy`: the queue is full; `engine-closed`; `engine-failed`: a thread died, or an error without a code. */
export type EngineErrorCode = 'engine-busy' | 'engine-closed' | 'engine-failed'
export type EngineError = WeftError<EngineErrorCode, { readonly reason: string }>

interface Job {
  readonly id: number
  readonly name: JobName
  readonly args: readonly unknown[]
  readonly settle: (answer: JobAnswer | { readonly thrown: unknown }) => void
}

interface Thread {
  readonly worker: Worker
  job: Job | undefined
}

/** Starts the threads. Throws RangeError for a number of threads outside 1..64. */
export const createGridEngine = (init: GridEngineInit): GridEngine => {
  const { maxRows, maxBands, threads = 1, backend = 'kernels' } = init
  if (!Number.isSafeInteger(threads) || threads < 1 || threads > MAX_THREADS) {
    throw new RangeError(`expected 1 to ${MAX_THREADS} threads, got ${threads}`)
  }
  const workerInit: WorkerInit = { maxRows, maxBands, backend }
  const crew: (Thread | undefined)[] = []
  const waiting: Job[] = []
  let nextId = 0
  let closing: Promise<void> | undefined

  const startThread = (place: number): Thread => {
    const worker = new Worker(workerUrl, { workerData: workerInit })
    const thread: Thread = { worker, job: undefined }
    const fail = (reason: string): void => {
      if (crew[place] !== thread) return
      crew[place] = undefined
      thread.job?.settle({ thrown: engineError('engine-failed', reason) })
      dispatch()
    }
    worker.on('message', (answer: JobAnswer) => {
      const job = thread.job
      thread.job = undefined
      worker.unref()
      job?.settle(answer)
      dispatch()
    })
    worker.on('error', (error) => fail(messageOf(error)))
    worker.on('exit', (code) => fail(`the thread ended with code ${code}`))
    worker.unref()
    crew[place] = thread
    return thread
  }

  /** Gives waiting jobs to idle threads; a thread that died is started again when there is a job for it. */
  const dispatch = (): void => {
    for (let place = 0; place < threads && waiting.length > 0; place++) {
      if (crew[place]?.job !== undefined) continue
      const long = crew.filter((thread) => thread?.job !== undefined && LONG_JOBS.has(thread.job.name)).length
      const mayBeLong = threads === 1 || long < threads - 1
      const index = waiting.findIndex(({ name }) => mayBeLong || !LONG_JOBS.has(name))
      if (index < 0) return
      const thread = crew[place] ?? startThread(place)
      const job = waiting.splice(index, 1)[0]!
      const { value, buffer } = compact(job.args)
      thread.job = job
      thread.worker.ref()
      thread.worker.postMessage({ id: job.id, name: job.name, args: value }, [buffer])
    }
  }

  const run = <Name extends JobName>(
    name: Name,
    args: readonly unknown[],
    { signal }: EngineOptions = {},
  ): Promise<JobResult<Name>> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (closing !== undefined) return reject(engineError('engine-closed', 'the engine is closed'))
      if (waiting.length + crew.length >= MAX_JOBS) {
        return reject(engineError('engine-busy', `expected at most ${MAX_JOBS} jobs at once`))
      }
      const onAbort = (): void => {
        const index = waiting.indexOf(job)
        if (index >= 0) waiting.splice(index, 1)
        reject(signal?.reason)
      }
      const job: Job = {
        id: nextId++,
        name,
        args,
        settle(answer) {
          signal?.removeEventListener('abort', onAbort)
          if ('thrown' in answer) reject(answer.thrown)
          else if ('error' in answer) reject(revive(answer.error))
          else resolve(answer.value as JobResult<Name>)
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      waiting.push(job)
      dispatch()
    })

  for (let place = 0; place < threads; place++) startThread(place)

  const method =
    <Name extends JobName>(name: Name, arity: number) =>
    (...args: JobArguments<Name>): Promise<JobResult<Name>> =>
      run(name, args.slice(0, arity), args[arity] as EngineOptions | undefined)

  return {
    encode: method('encode', 1),
    checkColumns: method('checkColumns', 2),
    checkColumnProofs: method('checkColumnProofs', 2),
    checkTiles: method('checkTiles', 1),
    makeTiles: method('makeTiles', 3),
    restore: method('restore', 2),
    restoreData: method('restoreData', 2),
    close() {
      closing ??= (async () => {
        const closed = { thrown: engineError('engine-closed', 'the engine was closed') }
        for (const job of waiting.splice(0)) job.settle(closed)
        const ending = crew.splice(0)
        for (const thread of ending) thread?.job?.settle(closed)
        await Promise.all(ending.map((thread) => thread?.worker.terminate()))
      })()
      return closing
    },
  }
}

/** The thread's entry beside this file, as source or compiled. */
const workerUrl = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

const engineError = (code: EngineErrorCode, reason: string): EngineError =>
  new WeftError(code, reason, { reason })

const revive = ({ name, message, code, data }: JobError): Error => {
  if (code !== undefined) return new WeftError(code, message, data)
  return name === 'RangeError' ? new RangeError(message) : engineError('engine-failed', `${name}: ${message}`)
}
