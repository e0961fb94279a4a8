// Metric labels that come from elsewhere (verdict codes, penalty codes) are kept few: the first 64 distinct values have
// their own series, the rest are `other`.

const MAX_VALUES = 64

export const createLabels = (): ((value: string) => string) => {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value)) return value
    if (known.size >= MAX_VALUES) return 'other'
    known.add(value)
    return value
  }
}
