import test from 'ava'
import { hasCode } from '../../src/base/error.ts'
import { type BacklogInit, mostBytes, sampleBacklog } from '../../src/sampling/backlog.ts'
import { createSamplingQueue } from '../../src/sampling/queue.ts'
import type { Sampler, SamplingResult } from '../../src/sampling/types.ts'
import { createClock } from './clock.ts'
import { announcementOf, never } from './helpers.ts'

const root = (height: number) => new Uint8Array(32).fill(height)

async function* blocksDown(from: number) {
  for (let height = from; height > 0; height--)
    yield { root: root(height), announcement: announcementOf(8, height) }
}

const resultOf = (height: number, bytes: number): SamplingResult => ({
  root: root(height),
  height,
  verdict: height % 2 === 0 ? 'available' : 'unavailable',
  outcomes: [],
  tiles: [],
  bytes,
  ms: 1,
})

/** `known`: heights found available before; `failed`: found unavailable. */
const setUp = (known: readonly number[] = [], failed: readonly number[] = []) => {
  const sampled: number[] = []
  const timers = createClock()
  const state = { busy: false }
  return {
    sampled,
    timers,
    state,
    components: {
      timers,
      isBusy: () => state.busy,
      sampler: {
        async sample(_root, announcement) {
          sampled.push(announcement.header.message.height)
          return resultOf(announcement.header.message.height, 40_000)
        },
      } satisfies Sampler,
      journal: {
        async getSampleRecord(of: Uint8Array) {
          const height = of[0]!
          if (!known.includes(height) && !failed.includes(height)) return undefined
          const verdict = known.includes(height) ? ('available' as const) : ('unavailable' as const)
          return { root: of, height, verdict, samples: 16, decidedMs: 1 }
        },
      },
    },
  }
}

const init: BacklogInit = { blocks: 100, bytes: 10_000_000, maxBands: 8, failureProbability: 0.005 }

test('older blocks are sampled from the newest down, those found available before left out', async (t) => {
  const { sampled, components } = setUp([7, 4], [5])
  const report = await sampleBacklog(init, components, blocksDown(8), never)
  t.deepEqual(sampled, [8, 6, 5, 3, 2, 1])
  t.deepEqual(report, { ended: 'done', available: 3, unavailable: 3, known: 2, bytes: 240_000 })
})

test('the window ends it after so many blocks', async (t) => {
  const { sampled, components } = setUp()
  const report = await sampleBacklog({ ...init, blocks: 3 }, components, blocksDown(8), never)
  t.deepEqual(sampled, [8, 7, 6])
  t.is(report.ended, 'blocks')
})

test('the byte budget is never exceeded by honest answers: a block that might is not begun', async (t) => {
  const { sampled, components } = setUp()
  const cost = mostBytes(8, init)
  const report = await sampleBacklog({ ...init, bytes: 80_000 + cost }, components, blocksDown(8), never)
  t.is(report.ended, 'bytes')
  t.is(sampled.length, 3)
  // 16 tiles of 2,048 bytes with path and proofs: what the issue of light nodes allows is 45 KB.
  t.true(cost > 16 * 2_048 && cost < 48_000, `${cost} bytes`)
})

test('the past waits while new headers are sampled, and ends with its signal', async (t) => {
  const { sampled, components, timers, state } = setUp()
  state.busy = true
  const stop = new AbortController()
  const run = sampleBacklog(init, components, blocksDown(2), stop.signal)
  timers.sleep(10_000).then(() => {
    t.deepEqual(sampled, [])
    state.busy = false
  })
  await timers.until(run)
  t.deepEqual(sampled, [2, 1])
  stop.abort(new Error('stopped'))
  await t.throwsAsync(sampleBacklog(init, components, blocksDown(2), stop.signal), { message: 'stopped' })
})

test('the queue runs so many blocks at once, shares a run, and refuses what has no room', async (t) => {
  const gates = new Map<number, () => void>()
  const queue = createSamplingQueue(
    { concurrentBlocks: 2, maxBlocks: 3 },
    {
      sampler: {
        sample: (_root, { header }) =>
          new Promise((resolve) => {
            gates.set(header.message.height, () => resolve(resultOf(header.message.height, 1)))
          }),
      },
    },
  )
  const sample = (height: number) => queue.sample(root(height), announcementOf(1, height), { signal: never })
  const runs = [sample(1), sample(2), sample(3), sample(1)]
  t.is(queue.pending, 3)
  t.true(hasCode(await t.throwsAsync(sample(4)), 'sampling-queue-full'))
  await Promise.resolve()
  t.deepEqual([...gates.keys()], [1, 2])
  gates.get(1)!()
  t.is(await runs[0], await runs[3])
  await new Promise((resolve) => setImmediate(resolve))
  t.deepEqual([...gates.keys()], [1, 2, 3])
  gates.get(2)!()
  gates.get(3)!()
  await Promise.all(runs)
  t.is(queue.pending, 0)
})
