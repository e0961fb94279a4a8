// Measuring several implementations side by side: after a warm-up, they take turns, round by round, so that whatever
// else the machine does happens to all of them. Medians, with half the distance between the quartiles as spread.

export interface Contestant {
  readonly impl: string
  /** Runs the operation once; what it returns is kept alive until the clock has stopped. */
  readonly run: () => unknown
}

export interface Figure {
  readonly op: string
  readonly impl: string
  /** Median of one run, in ms. */
  readonly ms: number
  /** Half the distance between the quartiles, in ms. */
  readonly spread: number
  /** To the faster of the two native libraries in the same run; absent where neither ran. */
  readonly ratio?: number
}

export interface MeasureOptions {
  /** Rounds that count. */
  readonly rounds: number
  /** Rounds before them. */
  readonly warmUp: number
  /** A contestant whose rounds so far took longer than this sits the rest out, ms. */
  readonly budgetMs: number
}

/** Implementations that ratios are taken to. */
const NATIVE = new Set(['c-kzg', 'node-eth-kzg'])

/** Measures one operation. */
export const measure = (
  op: string,
  contestants: readonly Contestant[],
  { rounds, warmUp, budgetMs }: MeasureOptions,
): readonly Figure[] => {
  const times = contestants.map((): number[] => [])
  const spent = contestants.map(() => 0)
  for (let round = -warmUp; round < rounds; round++) {
    contestants.forEach(({ run }, i) => {
      if (spent[i]! > budgetMs && times[i]!.length > 0) return
      const started = performance.now()
      const kept = run()
      const ms = performance.now() - started
      spent[i]! += ms
      // What takes a tenth of its budget needs no warming up, and would never get to its rounds.
      if ((round >= 0 || ms > budgetMs / 10) && kept !== measure) times[i]!.push(ms)
    })
  }
  return withRatios(contestants.map(({ impl }, i) => ({ op, impl, ...summary(times[i]!) })))
}

/** Median and half the distance between the quartiles, in ms. */
export const summary = (times: readonly number[]): { readonly ms: number; readonly spread: number } => {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
  return { ms: at(0.5), spread: (at(0.75) - at(0.25)) / 2 }
}

/** Figures of one operation with their ratios to the faster native one. */
export const withRatios = (figures: readonly Figure[]): readonly Figure[] => {
  const native = Math.min(...figures.filter(({ impl }) => NATIVE.has(impl)).map(({ ms }) => ms))
  if (!Number.isFinite(native)) return figures
  return figures.map((figure) => ({ ...figure, ratio: figure.ms / native }))
}
