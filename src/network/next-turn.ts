// Giving way to everything else that waits. In Node a chain of `setTimeout(0)` whose links take a millisecond each runs
// within one timers phase and lets no socket through; `setImmediate` does. A page has only the former.

type Immediate = (callback: () => void) => unknown

const immediate = (globalThis as { setImmediate?: Immediate }).setImmediate

/** Calls back in a later turn of the event loop, after pending input and output. */
export const onNextTurn: Immediate = immediate ?? ((callback) => setTimeout(callback, 0))

/** Resolves in a later turn of the event loop. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => onNextTurn(resolve))
