// What rooms need of a metrics registry. Names carry units (`_seconds`, `_bytes`, `_total`); labels are few and
// bounded. `noMetrics` drops everything.

export type Labels = Readonly<Record<string, string>>

export interface Metrics {
  /** Adds to a counter. */
  count(name: string, by?: number, labels?: Labels): void
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Labels): void
  /** Records one observation of a distribution. */
  observe(name: string, value: number, labels?: Labels): void
}

export const noMetrics: Metrics = { count() {}, gauge() {}, observe() {} }
