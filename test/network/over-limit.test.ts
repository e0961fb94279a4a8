import test from 'ava'
import { createOverLimit } from '../../src/network/over-limit.ts'

const createClock = () => {
  let now = 5_000
  const over = createOverLimit({ overLimitMs: 3_000 }, () => now)
  return {
    strikeAt: (ms: number, waitMs = 0) => {
      now = 5_000 + ms
      return over.strike(waitMs)
    },
  }
}

test('who is above a limit without a break is found after the stated time', (t) => {
  const { strikeAt } = createClock()
  for (let ms = 0; ms < 3_000; ms += 250) t.false(strikeAt(ms))
  t.true(strikeAt(3_000))
})

test('who pauses for more than a second begins anew', (t) => {
  const { strikeAt } = createClock()
  for (let ms = 0; ms < 20_000; ms += 1_001) t.false(strikeAt(ms))
})

test('what is still to be waited for counts, and is no break', (t) => {
  const { strikeAt } = createClock()
  t.false(strikeAt(0, 1_900))
  t.false(strikeAt(2_000, 500))
  t.true(strikeAt(2_600, 500))
  t.true(createClock().strikeAt(0, 3_000))
})
