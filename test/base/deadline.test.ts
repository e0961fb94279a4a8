// Waits that end by a signal.

import test from 'ava'
import { deadline, orAbort } from '../../src/base/deadline.ts'

test('work that fails after its signal has aborted harms nobody', async (t) => {
  // AVA fails a file with an unhandled rejection, as Node ends a process.
  const late = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    throw new Error('too late')
  }
  const aborted = AbortSignal.abort(new Error('over'))
  await t.throwsAsync(orAbort(late(), aborted), { message: 'over' })
  const soon = new AbortController()
  const waiting = orAbort(late(), soon.signal)
  soon.abort(new Error('over'))
  await t.throwsAsync(waiting, { message: 'over' })
  await new Promise((resolve) => setTimeout(resolve, 20))
})

test('parts of a millisecond are no error', async (t) => {
  const stop = new AbortController()
  const signals = [deadline(0.25), deadline(1.5, stop.signal)]
  for (const signal of signals) {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    t.is((signal.reason as Error).name, 'TimeoutError')
  }
})
