// Holding a peer back is for who is in haste; who goes on for long is a flood. This counts for how long a peer has been
// above its limits without a break, what it still has to wait included.

import type { NetworkLimits } from './limits.ts'

export interface OverLimit {
  /** The peer is above a limit, and held back for `waitMs`. True where that has been so for too long. */
  strike(waitMs: number): boolean
}

/** Whoever kept to its limits for so long has stopped. */
const BREAK_MS = 1_000

export const createOverLimit = (
  { overLimitMs }: Pick<NetworkLimits, 'overLimitMs'>,
  nowMs: () => number = () => performance.now(),
): OverLimit => {
  let sinceMs = 0
  let untilMs = Number.NEGATIVE_INFINITY
  return {
    strike(waitMs) {
      const now = nowMs()
      if (now - untilMs > BREAK_MS) sinceMs = now
      untilMs = Math.max(untilMs, now + waitMs)
      return untilMs - sinceMs >= overLimitMs
    },
  }
}
