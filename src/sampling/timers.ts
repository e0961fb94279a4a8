// Time as sampling uses it: reading it and waiting for it. A simulation passes its own and runs hours in seconds.

import { sleep } from '../base/deadline.ts'

export interface Timers {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Resolves after `ms` milliseconds, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemTimers: Timers = { now: () => Date.now(), sleep }
