// Quantiles of times, whole milliseconds.

/** The least value that at least `share` of the values do not exceed; 0 of none. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0)
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)
