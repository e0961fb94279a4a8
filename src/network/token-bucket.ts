// A rate with a burst: so many tokens a second flow in, at most `burst` are kept.

export interface TokenBucket {
  /** Takes `amount` tokens if they are there. */
  take(amount: number): boolean
  /** Takes `amount` tokens in any case, into debt if need be, and says for how many milliseconds to wait. */
  borrow(amount: number): number
}

/** Creates a full bucket. `nowMs` is a monotonic clock in milliseconds. */
export const createTokenBucket = (
  perSecond: number,
  burst: number,
  nowMs: () => number = () => performance.now(),
): TokenBucket => {
  let tokens = burst
  let last = nowMs()
  const refill = () => {
    const now = nowMs()
    tokens = Math.min(burst, tokens + ((now - last) * perSecond) / 1_000)
    last = now
  }
  return {
    take(amount) {
      refill()
      if (amount > tokens) return false
      tokens -= amount
      return true
    },
    borrow(amount) {
      refill()
      tokens -= amount
      return tokens >= 0 ? 0 : (-tokens * 1_000) / perSecond
    },
  }
}
