// How many of a set's members remain when several draws of different members have been taken out of it: columns that no
// full node keeps, tiles that no light node was given. Exact, by the chain of hypergeometric steps, and stable where
// inclusion and exclusion would cancel.

/** Natural logarithms of 0! .. n!. */
const logFactorials = (n: number): Float64Array => {
  const logs = new Float64Array(n + 1)
  for (let i = 1; i <= n; i++) logs[i] = logs[i - 1]! + Math.log(i)
  return logs
}

/**
 * Probabilities of 0, 1, .. `start` remaining: of `total` things `start` count; each of `draws` draws takes `size`
 * different ones of all `total`, uniformly and independently of the others, and what it takes counts no longer.
 */
export const remainingAfter = (total: number, start: number, size: number, draws: number): Float64Array => {
  const logs = logFactorials(total)
  const logChoose = (n: number, k: number) => logs[n]! - logs[k]! - logs[n - k]!
  const all = logChoose(total, size)
  let state: Float64Array = new Float64Array(start + 1)
  state[start] = 1
  for (let draw = 0; draw < draws; draw++) {
    const next = new Float64Array(start + 1)
    for (let left = 0; left <= start; left++) {
      const weight = state[left]!
      if (weight === 0) continue
      const most = Math.min(left, size)
      for (let hit = Math.max(0, size - (total - left)); hit <= most; hit++) {
        next[left - hit]! +=
          weight * Math.exp(logChoose(left, hit) + logChoose(total - left, size - hit) - all)
      }
    }
    state = next
  }
  return state
}

/** Probability that a draw of `size` different ones of `total` meets none of `special`. */
export const missesAll = (total: number, special: number, size: number): number => {
  let probability = 1
  for (let i = 0; i < size && probability > 0; i++) {
    probability *= Math.max(0, total - special - i) / (total - i)
  }
  return probability
}
