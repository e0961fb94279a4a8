import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { hasCode, WeftError } from '../../../src/base/error.ts'
import { createPool, type PoolInit } from '../../../src/kernel/pool.ts'
import type { Init, makeFunctions } from './worker.ts'

const worker = new URL('./worker.ts', import.meta.url)

const makePool = (
  t: ExecutionContext,
  init: Omit<Partial<PoolInit>, 'init'> & { readonly init?: Init } = {},
) => {
  const pool = createPool<ReturnType<typeof makeFunctions>>({ worker, size: 1, ...init })
  t.teardown(() => pool.stop())
  return pool
}

const makeDirectory = (t: ExecutionContext) => {
  const directory = mkdtempSync(join(tmpdir(), 'weft-pool-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  return directory
}

test('every result comes back to its own call, whatever order the workers finish in', async (t) => {
  const pool = makePool(t, { size: 2 })
  const values = Array.from({ length: 12 }, (_, i) => i)
  const results = await Promise.all(values.map((i) => pool.run('slowly', [i % 2 === 0 ? 30 : 1, i])))
  t.deepEqual(results, values)
})

test('jobs on one worker start in the order of their calls', async (t) => {
  const pool = makePool(t)
  const finished: number[] = []
  await Promise.all(
    [20, 1, 10, 1].map((ms, i) => pool.run('slowly', [ms, i]).then((value) => finished.push(value))),
  )
  t.deepEqual(finished, [0, 1, 2, 3])
})

test('a pool of two works on two threads', async (t) => {
  const pool = makePool(t, { size: 2 })
  await pool.start()
  await pool.start()
  const [one, other] = await Promise.all([pool.run('threadAfter', [30]), pool.run('threadAfter', [30])])
  t.not(one, other)
})

test('init reaches the worker', async (t) => {
  t.is(await makePool(t, { init: { word: 'weft' } }).run('word', []), 'weft')
})

test('errors keep class, code, data and cause across threads', async (t) => {
  const pool = makePool(t)
  const refused = await t.throwsAsync<WeftError>(pool.run('refuse', ['weft']), { instanceOf: WeftError })
  t.true(hasCode(refused, 'malformed-input'))
  t.deepEqual(refused?.data, { reason: 'cell' })
  t.true(refused?.cause instanceof TypeError)
  await t.throwsAsync(pool.run('refuse', ['range']), { instanceOf: RangeError, message: 'expected less' })
  await t.throwsAsync(pool.run('refuse', ['string']), { message: 'a string' })
  const strange = await t.throwsAsync<WeftError>(pool.run('refuse', ['strange']), { instanceOf: WeftError })
  t.is(strange?.code, 'odd')
  t.is(strange?.data, undefined)
  t.is(await pool.run('echo', ['still there']), 'still there')
})

test('a result or an argument that cannot be cloned is an error of its call alone', async (t) => {
  const pool = makePool(t)
  await t.throwsAsync(pool.run('unclonable', []), { name: 'DataCloneError' })
  await t.throwsAsync(pool.run('echo', [() => 1]), { instanceOf: TypeError })
  t.is(await pool.run('echo', [1]), 1)
})

test('only functions that are served can be called', async (t) => {
  const pool = makePool(t)
  await t.throwsAsync(pool.run('toString' as 'word', []), { instanceOf: TypeError, message: /toString/ })
})

test('a worker that dies is replaced and its job tried once more', async (t) => {
  const pool = makePool(t)
  const before = await pool.run('thread', [])
  t.is(await pool.run('dieOnce', [join(makeDirectory(t), 'mark')]), 'second time')
  t.not(await pool.run('thread', []), before)
})

test('a job that kills its worker twice fails with worker-crashed, and the jobs behind it run', async (t) => {
  const pool = makePool(t)
  const [crash, next] = await Promise.allSettled([pool.run('exit', []), pool.run('echo', [5])])
  t.true(crash.status === 'rejected' && hasCode(crash.reason, 'worker-crashed'))
  t.true(next.status === 'fulfilled' && next.value === 5)
})

test('a job whose buffers were moved is not tried again', async (t) => {
  const pool = makePool(t)
  const bytes = new Uint8Array(8)
  const mark = join(makeDirectory(t), 'mark')
  const error = await t.throwsAsync(pool.run('dieOnce', [mark], { transfer: [bytes.buffer] }))
  t.true(hasCode(error, 'worker-crashed'))
})

test('buffers move in both directions', async (t) => {
  const pool = makePool(t)
  const bytes = new Uint8Array(1000).fill(9)
  const echoed = (await pool.run('echo', [bytes], { transfer: [bytes.buffer] })) as Uint8Array
  t.is(bytes.length, 0)
  t.deepEqual(echoed, new Uint8Array(1000).fill(9))
  t.deepEqual(await pool.run('buffer', [3]), new Uint8Array([7, 7, 7]))
})

test('an aborted job rejects with the signal’s reason at once, waiting or running', async (t) => {
  const pool = makePool(t)
  await pool.start()
  const running = new AbortController()
  const waiting = new AbortController()
  const slow = pool.run('slowly', [200, 1], { signal: running.signal })
  const behind = pool.run('dieOnce', ['/nowhere/mark'], { signal: waiting.signal })
  const last = pool.run('echo', [2])
  waiting.abort(new Error('not wanted'))
  await t.throwsAsync(behind, { message: 'not wanted' })
  const start = performance.now()
  running.abort(new Error('too slow'))
  await t.throwsAsync(slow, { message: 'too slow' })
  t.true(performance.now() - start < 150)
  t.is(await last, 2)
  await t.throwsAsync(pool.run('echo', [1], { signal: AbortSignal.abort(new Error('before')) }), {
    message: 'before',
  })
})

test('a worker that goes on with an abandoned job for too long is replaced', async (t) => {
  const pool = makePool(t, { abandonMs: 50 })
  const before = await pool.run('thread', [])
  const signal = AbortSignal.timeout(20)
  await t.throwsAsync(pool.run('spin', [60_000], { signal }), { name: 'TimeoutError' })
  t.not(await pool.run('thread', []), before)
})

test('workers that cannot start fail the waiting jobs with worker-unavailable, and the next call tries anew', async (t) => {
  const needs = join(makeDirectory(t), 'needed')
  const pool = makePool(t, { size: 2, init: { needs } })
  const errors = await Promise.allSettled([
    pool.run('echo', [1]),
    pool.run('echo', [2]),
    pool.run('echo', [3]),
  ])
  for (const error of errors) {
    t.true(error.status === 'rejected' && hasCode(error.reason, 'worker-unavailable'))
    t.true(error.status === 'rejected' && error.reason.cause instanceof RangeError)
  }
  const started = await t.throwsAsync(pool.start())
  t.true(hasCode(started, 'worker-unavailable'))
  writeFileSync(needs, '')
  t.is(await pool.run('echo', [4]), 4)
})

test('a module that does not exist makes the pool unavailable', async (t) => {
  const pool = createPool({ worker: new URL('./missing.ts', import.meta.url), size: 1 })
  t.true(hasCode(await t.throwsAsync(pool.run('echo', [])), 'worker-unavailable'))
})

test('the queue is bounded', async (t) => {
  const pool = makePool(t, { maxQueue: 2 })
  const accepted = [pool.run('echo', [1]), pool.run('echo', [2])]
  t.true(hasCode(await t.throwsAsync(pool.run('echo', [3])), 'queue-full'))
  t.deepEqual(await Promise.all(accepted), [1, 2])
})

test('stopping rejects what waits and what runs, for good', async (t) => {
  const pool = makePool(t)
  const jobs = [pool.run('spin', [60_000]), pool.run('echo', [1])]
  await new Promise((resolve) => setTimeout(resolve, 50))
  pool.stop()
  pool.stop()
  for (const job of jobs) t.true(hasCode(await t.throwsAsync(job), 'pool-stopped'))
  t.true(hasCode(await t.throwsAsync(pool.run('echo', [1])), 'pool-stopped'))
  t.true(hasCode(await t.throwsAsync(pool.start()), 'pool-stopped'))
})

test('idle workers do not keep the process running, busy ones do', (t) => {
  const poolUrl = new URL('../../../src/kernel/pool.ts', import.meta.url).href
  const script = `
    import { createPool } from '${poolUrl}'
    const pool = createPool({ worker: new URL('${worker.href}'), size: 2 })
    await pool.start()
    pool.run('slowly', [100, 7]).then(console.log)
  `
  const file = join(makeDirectory(t), 'script.mjs')
  writeFileSync(file, script)
  const printed = execFileSync(process.execPath, [file], { timeout: 20_000 })
  t.is(printed.toString(), '7\n')
})

test('sizes that make no pool are refused', (t) => {
  for (const size of [0, -1, 1.5, Number.NaN])
    t.throws(() => createPool({ worker, size }), { instanceOf: RangeError })
})
