// Signals made of others: what they leave behind in those that live as long as a node.

import { getEventListeners } from 'node:events'
import test from 'ava'
import { deadline, sleep } from '../../src/base/deadline.ts'

test('a signal that lives long keeps nothing of deadlines that have passed', async (t) => {
  const life = new AbortController()
  const deadlines = Array.from({ length: 50 }, () => deadline(10, life.signal))
  t.is(getEventListeners(life.signal, 'abort').length, 50)
  await sleep(100)
  t.true(deadlines.every(({ aborted }) => aborted))
  t.is(getEventListeners(life.signal, 'abort').length, 0)
})

test('a deadline ends with the signal that it is made of', (t) => {
  const life = new AbortController()
  const limit = deadline(60_000, life.signal)
  life.abort(new Error('over'))
  t.true(limit.aborted)
  t.is((limit.reason as Error).message, 'over')
})
