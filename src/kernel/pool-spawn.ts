// One worker thread, the same for Node and for pages: what the pool needs of it and no more.

/** A running worker. Nothing is called any more after `onEnd`, and that is called once. */
export interface WorkerHandle {
  post(message: unknown, transfer: readonly Transferable[]): void
  /** Whether the worker alone keeps the process running. Nothing in a page. */
  setBusy(busy: boolean): void
  terminate(): void
}

export interface WorkerEvents {
  onMessage(message: unknown): void
  /** The worker is gone, by an error, by exit or by termination. */
  onEnd(cause: unknown): void
}

/** What can be moved to another thread instead of being copied. */
export type Transferable = ArrayBuffer

/** Starts a worker on a module. */
export type Spawn = (worker: URL, events: WorkerEvents) => Promise<WorkerHandle>

/** Web Workers in a page, worker threads in Node. */
export const spawnWorker: Spawn = (worker, events) => {
  const WebWorker = (globalThis as { Worker?: WebWorkerConstructor }).Worker
  return WebWorker === undefined ? spawnThread(worker, events) : spawnWeb(WebWorker, worker, events)
}

/**
 * The URL of a module beside the caller's, without its extension: a pool's worker is `.ts` when the source is run and
 * `.js` when the compiled package is.
 */
export const moduleBeside = (name: string, importMetaUrl: string): URL =>
  new URL(`./${name}${importMetaUrl.endsWith('.ts') ? '.ts' : '.js'}`, importMetaUrl)

const spawnThread: Spawn = async (worker, { onMessage, onEnd }) => {
  const { Worker } = await import('node:worker_threads')
  const thread = new Worker(worker)
  thread.unref()
  const end = once(onEnd)
  let failure: unknown
  thread.on('message', onMessage)
  thread.on('messageerror', (error) => {
    end(error)
    void thread.terminate()
  })
  thread.on('error', (error) => {
    failure = error
  })
  thread.on('exit', (code) => end(failure ?? new Error(`the worker exited with code ${code}`)))
  return {
    post: (message, transfer) => thread.postMessage(message, [...transfer]),
    setBusy: (busy) => (busy ? thread.ref() : thread.unref()),
    terminate: () => void thread.terminate(),
  }
}

// The parts of the DOM's Worker that are used; the DOM's types are not loaded.
interface WebWorkerLike {
  postMessage(message: unknown, transfer: Transferable[]): void
  terminate(): void
  addEventListener(type: string, listener: (event: { data?: unknown; message?: string }) => void): void
}
type WebWorkerConstructor = new (url: URL, options: { type: 'module' }) => WebWorkerLike

const spawnWeb = async (
  WebWorker: WebWorkerConstructor,
  url: URL,
  { onMessage, onEnd }: WorkerEvents,
): Promise<WorkerHandle> => {
  const worker = new WebWorker(url, { type: 'module' })
  const end = once(onEnd)
  const fail = (message: string) => {
    worker.terminate()
    end(new Error(message))
  }
  worker.addEventListener('message', ({ data }) => onMessage(data))
  worker.addEventListener('messageerror', () => fail('a message of the worker could not be read'))
  worker.addEventListener('error', ({ message }) => fail(message ?? 'the worker failed'))
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    setBusy() {},
    terminate: () => fail('the worker was terminated'),
  }
}

const once = (run: (cause: unknown) => void) => {
  let done = false
  return (cause: unknown) => {
    if (done) return
    done = true
    run(cause)
  }
}
