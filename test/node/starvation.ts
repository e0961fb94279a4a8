// How long this process was kept from running: many nodes share its one thread, and the machine may have other work. A
// deadline that a node keeps by its own timers can pass later by as much, and no later.

export interface Starvation {
  /** Milliseconds lost between two moments. */
  lostMs(fromMs: number, toMs: number): number
  stop(): void
}

const EVERY_MS = 100

export const watchStarvation = (): Starvation => {
  const losses: { readonly atMs: number; readonly ms: number }[] = []
  let lastMs = Date.now()
  const timer = setInterval(() => {
    const atMs = Date.now()
    const ms = atMs - lastMs - EVERY_MS
    if (ms > 0) losses.push({ atMs, ms })
    lastMs = atMs
  }, EVERY_MS)
  return {
    lostMs: (fromMs, toMs) =>
      losses.reduce((sum, { atMs, ms }) => (atMs >= fromMs && atMs - ms <= toMs ? sum + ms : sum), 0),
    stop: () => clearInterval(timer),
  }
}
