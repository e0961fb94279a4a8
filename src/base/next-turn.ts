// Giving way to everything else that waits. In Node a chain of `setTimeout(0)` whose links take a millisecond each runs
// within one timers phase and lets no socket through; `setImmediate` does. A page has only the former.

type Immediate = (callback: () => void) => unknown

const immediate = (globalThis as { setImmediate?: Immediate }).setImmediate

/** Calls back in a later turn of the event loop, after pending input and output. */
export const onNextTurn: Immediate = immediate ?? ((callback) => setTimeout(callback, 0))

/** Resolves in a later turn of the event loop. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => onNextTurn(resolve))

/** A thread that serves sockets gives way after so long: eight times in the 50 ms that one turn may last at most. */
export const SLICE_MS = 6

/**
 * For loops over what came in one answer: `await pace()` between the steps goes on at once while this loop has used
 * less than a slice, and in a later turn otherwise.
 */
export const createPacer = (sliceMs: number = SLICE_MS): (() => Promise<void>) => {
  let sinceMs = performance.now()
  return async () => {
    if (performance.now() - sinceMs < sliceMs) return
    await nextTurn()
    sinceMs = performance.now()
  }
}
