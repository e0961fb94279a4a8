// When a final block that could not be had is sampled again, with a clock of the test's.

import test from 'ava'
import type { Peer } from '../../src/chain/ports.ts'
import { createSampleAgain } from '../../src/node/sample-again.ts'
import type { FinalHeader } from '../../src/sampling/light-chain.ts'
import { until } from './support.ts'

const finalAt = (height: number): FinalHeader =>
  ({
    root: new Uint8Array(32).fill(height),
    announcement: { header: { message: { height } } },
  }) as unknown as FinalHeader

const heightOf = ({ announcement }: FinalHeader): number => announcement.header.message.height
const validator = (id: string) => ({ id, custody: new Set<number>(), isValidator: true }) as unknown as Peer
/** Longer than it is between two looks. */
const looks = () => new Promise((resolve) => setTimeout(resolve, 1_200))

const start = (maxAhead: number, hasRoom = true) => {
  const clock = { nowMs: 1_000_000, now: () => clock.nowMs }
  const peers: Peer[] = []
  const sampled: { readonly height: number; readonly isAhead: boolean; readonly end: () => void }[] = []
  const again = createSampleAgain(
    { maxAhead },
    {
      peers: () => peers,
      clock,
      hasRoom: () => hasRoom,
      sample: (final, isAhead) =>
        new Promise((end) => sampled.push({ height: heightOf(final), isAhead, end })),
    },
  )
  return { clock, peers, sampled, again }
}

test('a few blocks at a time go ahead when somebody new serves, the newest first, whatever room there is', async (t) => {
  const { clock, peers, sampled, again } = start(2, false)
  t.teardown(() => again.stop())
  for (const height of [1, 2, 3]) again.failed(finalAt(height), clock.nowMs)
  await looks()
  t.deepEqual(sampled, [])
  clock.nowMs += 1
  peers.push(validator('new'))
  await until('two of them', 5_000, () => sampled.length === 2)
  await looks()
  t.deepEqual(
    sampled.map(({ height, isAhead }) => [height, isAhead]),
    [
      [3, true],
      [2, true],
    ],
  )
  again.succeeded(finalAt(3).root)
  sampled[0]!.end()
  await until('the third', 5_000, () => sampled.length === 3)
  t.is(sampled[2]!.height, 1)
})

test('a block whose run ended without a verdict is sampled again after its wait', async (t) => {
  const { clock, sampled, again } = start(2)
  t.teardown(() => again.stop())
  again.failed(finalAt(1), clock.nowMs)
  clock.nowMs += 10_001
  await until('the first run', 5_000, () => sampled.length === 1)
  t.false(sampled[0]!.isAhead)
  sampled[0]!.end()
  await looks()
  t.is(sampled.length, 1)
  clock.nowMs += 10_001
  await until('the second run', 5_000, () => sampled.length === 2)
})

test('nothing is sampled any more after the end, whatever still fails', async (t) => {
  const { clock, sampled, again } = start(2)
  again.failed(finalAt(1), clock.nowMs)
  again.stop()
  again.failed(finalAt(2), clock.nowMs)
  clock.nowMs += 60_000
  await looks()
  t.deepEqual(sampled, [])
})
