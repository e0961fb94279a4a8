// Waiting for what must come, with an end: undefined where it did not come in time, since that is a finding and no error.

import { sleep } from '../../../src/base/deadline.ts'

/** Milliseconds until `probe` gave true, looking every 200 ms; undefined after `limitMs`. Rejects when `signal` aborts. */
export const msUntil = async (
  limitMs: number,
  probe: () => boolean | Promise<boolean>,
  signal: AbortSignal,
): Promise<number | undefined> => {
  const begin = Date.now()
  for (;;) {
    if (await probe()) return Date.now() - begin
    if (Date.now() - begin > limitMs) return undefined
    await sleep(200, signal)
  }
}
