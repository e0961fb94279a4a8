import { Worker as Thread } from 'node:worker_threads'
import test from 'ava'
import { hasCode } from '../../../src/base/error.ts'
import { createPool } from '../../../src/kernel/pool.ts'
import type { makeFunctions } from './worker.ts'

/** A page's Worker over a thread: what the pool uses of it. Failures arrive as `error` events, ends do not. */
class PageWorker {
  readonly #thread: Thread
  constructor(url: URL, options: { readonly type: string }) {
    if (options.type !== 'module') throw new TypeError('expected a module worker')
    this.#thread = new Thread(url)
  }
  postMessage(message: unknown, transfer: ArrayBuffer[]) {
    this.#thread.postMessage(message, transfer)
  }
  terminate() {
    void this.#thread.terminate()
  }
  addEventListener(type: string, listener: (event: { data?: unknown; message?: string }) => void) {
    if (type === 'message') this.#thread.on('message', (data) => listener({ data }))
    if (type === 'error') {
      this.#thread.on('error', ({ message }) => listener({ message }))
      this.#thread.on('exit', (code) => code === 3 && listener({ message: 'exited' }))
    }
  }
}

test.before(() => {
  Object.assign(globalThis, { Worker: PageWorker })
})

const makePool = () =>
  createPool<ReturnType<typeof makeFunctions>>({
    worker: new URL('./web-worker.ts', import.meta.url),
    size: 2,
  })

test('in a page, a pool runs module workers and brings results and codes back', async (t) => {
  const pool = makePool()
  t.teardown(() => pool.stop())
  await pool.start()
  t.deepEqual(await Promise.all([1, 2, 3].map((value) => pool.run('slowly', [5, value]))), [1, 2, 3])
  t.true(hasCode(await t.throwsAsync(pool.run('refuse', ['weft'])), 'malformed-input'))
  t.deepEqual(await pool.run('buffer', [2]), new Uint8Array([7, 7]))
})

test('in a page, a worker that fails is replaced and its job fails after a second try', async (t) => {
  const pool = makePool()
  t.teardown(() => pool.stop())
  t.true(hasCode(await t.throwsAsync(pool.run('exit', [])), 'worker-crashed'))
  t.is(await pool.run('echo', [1]), 1)
})

test('in a page, stopping ends the workers', async (t) => {
  const pool = makePool()
  const job = pool.run('slowly', [60_000, 1])
  await pool.run('echo', [1])
  pool.stop()
  t.true(hasCode(await t.throwsAsync(job), 'pool-stopped'))
})
