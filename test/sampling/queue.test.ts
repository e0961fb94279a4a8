// The bounds on pending samples, with a sampler that ends when the test says so.

import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { createSamplingQueue, type Rank } from '../../src/sampling/queue.ts'
import { createCounters } from '../network/support.ts'

const rootOf = (i: number) => new Uint8Array(32).fill(i)
const options = { signal: new AbortController().signal }

test('a flood of blocks fills the queue to its bound, of which so many are sampled at once, and metrics tell', async (t) => {
  const ends: (() => void)[] = []
  const begun: string[] = []
  const gauges: number[] = []
  const counters = createCounters()
  const metrics = { ...counters, gauge: (_name: string, value: number) => void gauges.push(value) }
  const queue = createSamplingQueue(
    { maxBlocks: 5, concurrentBlocks: 2 },
    {
      metrics,
      sampler: {
        sample: (root) => {
          begun.push(toHex(root))
          return new Promise((resolve) => ends.push(() => resolve({ root } as never)))
        },
      },
    },
  )
  const sampled = Array.from({ length: 50 }, (_, i) =>
    queue.sample(rootOf(i), {} as never, options).then(
      () => 'sampled',
      (error: { code?: string }) => error.code,
    ),
  )
  await new Promise((resolve) => setTimeout(resolve, 10))
  t.is(begun.length, 2)
  t.is(queue.pending, 5)
  for (let i = 0; i < 5; i++) {
    ends.shift()?.()
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const outcomes = await Promise.all(sampled)
  t.is(outcomes.filter((outcome) => outcome === 'sampled').length, 5)
  t.is(outcomes.filter((outcome) => outcome === 'sampling-queue-full').length, 45)
  t.is(counters.total('weft_sampling_refused_blocks_total'), 45)
  t.is(Math.max(...gauges), 5)
  t.is(gauges.at(-1), 0)
})

const lettingGo = () => {
  const ends = new Map<number, () => void>()
  const begun: number[] = []
  const queue = createSamplingQueue(
    { maxBlocks: 16, concurrentBlocks: 4 },
    {
      sampler: {
        sample: (root) => {
          begun.push(root[0]!)
          return new Promise((resolve) => ends.set(root[0]!, () => resolve({ root } as never)))
        },
      },
    },
  )
  const sample = (i: number, rank: Rank) => queue.sample(rootOf(i), {} as never, { ...options, rank })
  return { queue, begun, ends, sample }
}
const soon = () => new Promise((resolve) => setTimeout(resolve, 5))

test('blocks that cannot be had do not keep the newest final one waiting, nor do headers that are not final keep final ones', async (t) => {
  const { begun, sample, ends } = lettingGo()
  for (const i of [1, 2, 3]) void sample(i, 'fresh')
  await soon()
  t.deepEqual(begun, [1, 2])
  for (const i of [11, 12]) void sample(i, 'final')
  await soon()
  t.deepEqual(begun, [1, 2, 11])
  void sample(21, 'newest')
  await soon()
  t.deepEqual(begun, [1, 2, 11, 21])
  ends.get(21)!()
  await soon()
  // The place of the newest is left free.
  t.deepEqual(begun, [1, 2, 11, 21])
  ends.get(1)!()
  await soon()
  t.deepEqual(begun, [1, 2, 11, 21, 12])
})

test('a block that waits goes ahead when it becomes the newest final one, with the result of the first call', async (t) => {
  const { queue, begun, sample, ends } = lettingGo()
  for (const i of [1, 2]) void sample(i, 'fresh')
  const early = sample(3, 'fresh')
  await soon()
  queue.raise(rootOf(3), 'newest')
  await soon()
  t.deepEqual(begun, [1, 2, 3])
  const late = sample(3, 'newest')
  ends.get(3)!()
  t.is(await early, await late)
})

test('a full queue has room for the newest blocks', async (t) => {
  const { sample, begun } = lettingGo()
  const refused: unknown[] = []
  for (let i = 0; i < 20; i++) sample(i, 'fresh').catch((error: unknown) => refused.push(error))
  await soon()
  t.is(refused.length, 10)
  for (let i = 30; i < 40; i++) sample(i, 'newest').catch((error: unknown) => refused.push(error))
  await soon()
  t.is(refused.length, 14)
  t.deepEqual(begun, [0, 1, 30, 31])
})

test('a block that somebody new may have goes before the other final ones, and takes no place of the newest', async (t) => {
  const { sample, begun, ends } = lettingGo()
  const refused: unknown[] = []
  for (let i = 1; i <= 20; i++) sample(i, 'final').catch((error: unknown) => refused.push(error))
  await soon()
  t.is(refused.length, 10)
  t.deepEqual(begun, [1, 2, 3])
  for (const i of [31, 32, 33]) sample(i, 'again').catch((error: unknown) => refused.push(error))
  await soon()
  t.is(refused.length, 11)
  t.deepEqual(begun, [1, 2, 3])
  for (const i of [41, 42, 43, 44]) sample(i, 'newest').catch((error: unknown) => refused.push(error))
  await soon()
  t.is(refused.length, 11)
  t.deepEqual(begun, [1, 2, 3, 41])
  for (const i of [41, 42, 43, 44]) {
    ends.get(i)!()
    await soon()
  }
  begun.splice(3)
  for (const i of [1, 2, 3]) {
    ends.get(i)!()
    await soon()
  }
  t.deepEqual(begun, [1, 2, 3, 31, 32, 4])
})

test('who leaves while it waits gives its place back', async (t) => {
  const { queue, sample, begun } = lettingGo()
  for (const i of [1, 2]) void sample(i, 'fresh')
  const leaving = new AbortController()
  const left = queue.sample(rootOf(3), {} as never, { signal: leaving.signal, rank: 'fresh' })
  await soon()
  leaving.abort(new Error('left'))
  await t.throwsAsync(left, { message: 'left' })
  t.is(queue.pending, 2)
  t.deepEqual(begun, [1, 2])
})
