// The bounds on pending samples, with a sampler that ends when the test says so.

import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { createSamplingQueue } from '../../src/sampling/queue.ts'
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
