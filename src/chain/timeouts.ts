// How long a height lasts. The pause is the time that a leader may take before it proposes, the timeout what its block
// then has to spread, to be restored and to be certified.

import type { Genesis } from './containers.ts'

export type Timing = Pick<Genesis, 'blockIntervalMs' | 'timeoutMs' | 'maxTimeoutMs' | 'idleIntervalMs'>

/** The timeout after `nilHeights` nil heights in a row: timeoutMs, doubled by each, up to maxTimeoutMs. */
export const timeoutAfter = (timing: Timing, nilHeights: number): number =>
  // Doubling more often than 31 times changes nothing and would leave the safe integers.
  Math.min(timing.maxTimeoutMs, timing.timeoutMs * 2 ** Math.min(nilHeights, 31))

/**
 * How long after it entered a height a leader waits at most before it proposes: idleIntervalMs, the heartbeat, if the
 * height before has a block; no longer than blockIntervalMs after a nil height, where the heartbeat is overdue.
 */
export const pauseAfter = (timing: Timing, nilHeights: number): number =>
  nilHeights > 0 ? timing.blockIntervalMs : Math.max(timing.blockIntervalMs, timing.idleIntervalMs)

/** Milliseconds from entering a height to giving it up: the pause, then the timeout. */
export const nilDelayAfter = (timing: Timing, nilHeights: number): number =>
  pauseAfter(timing, nilHeights) + timeoutAfter(timing, nilHeights)
