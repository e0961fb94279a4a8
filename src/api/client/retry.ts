// Asking again, where that is the same question: with the time that the node named, else with a growing pause.

import { sleep } from '../../base/deadline.ts'
import { isPassing } from './errors.ts'

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8_000

/** Calls until it succeeds, fails for good, or has failed `attempts` times in passing. */
export const withRetries = async <T>(
  attempts: number,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error) || attempt >= attempts) throw error
      await sleep(pauseMs(attempt, error.data?.retryAfterMs), signal)
    }
  }
}

/** Between half and all of it, so that many clients do not come back at once. */
export const pauseMs = (attempt: number, namedMs?: number): number => {
  const whole = namedMs ?? Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS)
  return Math.min(whole, LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2)
}
