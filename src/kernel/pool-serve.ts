// The worker's side of a pool. A worker module calls `serve` once, with the functions that the pool may call or with
// something that makes them from the pool's `init`:
//
//     serve(async (init: { setup: URL }) => { const kzg = await createKzg(init); return { commit: kzg.blobToKzgCommitment } })

import { type ErrorData, packError } from './pool-errors.ts'
import type { Transferable } from './pool-spawn.ts'

/** Functions by name; what they take and give must survive structuredClone. */
// biome-ignore lint/suspicious/noExplicitAny: arguments of functions of any kind
export type PoolFunctions = Readonly<Record<string, (...args: any[]) => unknown>>

export type ToWorker =
  | { readonly kind: 'init'; readonly init: unknown }
  | { readonly kind: 'job'; readonly id: number; readonly method: string; readonly args: readonly unknown[] }

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: ErrorData }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'threw'; readonly id: number; readonly error: ErrorData }

/** Answers the pool that started this worker. Jobs come one at a time. */
export const serve = <Init>(
  functions: PoolFunctions | ((init: Init) => PoolFunctions | Promise<PoolFunctions>),
): void => {
  let made: PoolFunctions | undefined
  listen(async (message, answer) => {
    if (message.kind === 'init') {
      try {
        made = typeof functions === 'function' ? await functions(message.init as Init) : functions
        answer({ kind: 'ready' })
      } catch (error) {
        answer({ kind: 'failed', error: packError(error) })
      }
      return
    }
    const { id, method, args } = message
    try {
      const run = made !== undefined && Object.hasOwn(made, method) ? made[method] : undefined
      if (run === undefined) throw new TypeError(`expected a method of the worker, got ${method}`)
      const result = await run(...args)
      if (result instanceof Moved) answer({ kind: 'done', id, value: result.value }, result.transfer)
      else answer({ kind: 'done', id, value: result })
    } catch (error) {
      answer({ kind: 'threw', id, error: packError(error) })
    }
  })
}

/** A result some of whose buffers are moved to the caller instead of copied; the worker cannot use them any more. */
export const moved = <T>(value: T, transfer: readonly Transferable[]): T =>
  new Moved(value, transfer) as unknown as T

class Moved {
  readonly value: unknown
  readonly transfer: readonly Transferable[]
  constructor(value: unknown, transfer: readonly Transferable[]) {
    this.value = value
    this.transfer = transfer
  }
}

type Answer = (message: FromWorker, transfer?: readonly Transferable[]) => void
type Handle = (message: ToWorker, answer: Answer) => void

const listen = (handle: Handle): void => {
  const scope = globalThis as unknown as WorkerScope
  if (scope.WorkerGlobalScope !== undefined) {
    scope.addEventListener('message', ({ data }) =>
      handle(data, (message, transfer = []) => scope.postMessage(message, [...transfer])),
    )
    return
  }
  void import('node:worker_threads').then(({ parentPort }) => {
    if (parentPort === null) throw new Error('serve is for the module of a pool’s worker')
    const port = parentPort
    port.on('message', (message: ToWorker) =>
      handle(message, (answer, transfer = []) => port.postMessage(answer, [...transfer])),
    )
  })
}

interface WorkerScope {
  readonly WorkerGlobalScope?: unknown
  addEventListener(type: 'message', listener: (event: { data: ToWorker }) => void): void
  postMessage(message: FromWorker, transfer: Transferable[]): void
}
