// The node's code tells time by Date.now, performance.now, setTimeout and AbortSignal.timeout. While a simulation runs
// these are the simulation's own, so that the real assembler, consensus host, admission and sampler run unchanged, and
// an hour of theirs passes in seconds. Nothing else of the process may run meanwhile.

import type { EventQueue } from './event-queue.ts'
import { installLightAbort } from './light-abort.ts'

export interface VirtualTime {
  /** Lets everything happen up to `untilMs`, promises included. */
  run(untilMs: number): Promise<void>
  /** Gives the process its own time back. */
  restore(): void
}

/** When the simulation begins, in milliseconds since the epoch. */
export const EPOCH = 1_700_000_000_000

/** Promises get their turn after an event that asks for it; the others go on at once. */
export interface Turn {
  /** Says that the event that is happening has settled promises. */
  needed: boolean
}

export const installVirtualTime = (queue: EventQueue, turn: Turn): VirtualTime => {
  const own = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    setImmediate: globalThis.setImmediate,
    dateNow: Date.now,
    performanceNow: performance.now.bind(performance),
  }

  const after = (ms: number, run: () => void): number =>
    queue.push(queue.now + Math.max(0, ms), () => {
      turn.needed = true
      run()
    })
  const clear = (handle: unknown): void => {
    if (typeof handle === 'number') queue.cancel(handle)
    else if (typeof handle === 'object' && handle !== null && 'current' in handle)
      queue.cancel((handle as { current: number }).current)
  }
  const patched = {
    setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
      after(ms, () => run(...args)),
    clearTimeout: clear,
    setInterval: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
      const handle = { current: 0 }
      const again = () => {
        handle.current = after(ms, () => {
          run(...args)
          again()
        })
      }
      again()
      return handle
    },
    clearInterval: clear,
  }
  Object.assign(globalThis, patched)
  Date.now = () => EPOCH + queue.now
  performance.now = () => queue.now
  const uninstallAbort = installLightAbort(after)

  const settle = (): Promise<void> => new Promise((resolve) => own.setImmediate(resolve))
  return {
    async run(untilMs) {
      await settle()
      while (queue.nextAt() <= untilMs) {
        turn.needed = false
        queue.step()
        if (turn.needed) await settle()
      }
    },
    restore() {
      const { dateNow, performanceNow, ...timers } = own
      uninstallAbort()
      Object.assign(globalThis, timers)
      Date.now = dateNow
      performance.now = performanceNow
    },
  }
}
