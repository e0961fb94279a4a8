import test from 'ava'
import { leaderOf } from '../../src/chain/leader.ts'
import { isQuorum } from '../../src/chain/quorum.ts'
import { nilDelayAfter, pauseAfter, timeoutAfter } from '../../src/chain/timeouts.ts'

const timing = { blockIntervalMs: 2_000, timeoutMs: 10_000, maxTimeoutMs: 60_000, idleIntervalMs: 10_000 }

test('the timeout doubles with each nil height in a row, up to the greatest', (t) => {
  const expected = [10_000, 20_000, 40_000, 60_000, 60_000]
  t.deepEqual(
    [0, 1, 2, 3, 1_000_000].map((k) => timeoutAfter(timing, k)),
    expected,
  )
})

test('the pause allows for an idle leader, except after a nil height', (t) => {
  t.is(pauseAfter(timing, 0), 10_000)
  t.is(pauseAfter(timing, 1), 2_000)
  t.is(pauseAfter({ ...timing, idleIntervalMs: 1_000 }, 0), 2_000)
  t.is(nilDelayAfter(timing, 0), 20_000)
  t.is(nilDelayAfter(timing, 1), 22_000)
})

test('a quorum is more than two thirds of the weight', (t) => {
  t.false(isQuorum(2, 3))
  t.true(isQuorum(3, 4))
  t.false(isQuorum(66, 99))
  t.true(isQuorum(67, 99))
  t.true(isQuorum(1, 1))
  t.false(isQuorum(0, 1))
  const most = 2 ** 32 - 1
  t.false(isQuorum((most / 3) * 2, most))
  t.true(isQuorum((most / 3) * 2 + 1, most))
})

test('leaders take turns from validator 0 at height 1', (t) => {
  t.deepEqual(
    [1, 2, 3, 4, 7].map((height) => leaderOf(height, 3)),
    [0, 1, 2, 0, 0],
  )
})
