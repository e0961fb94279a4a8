// Who waits for something to happen to a blob, or to the newest final block: woken by name when it may have, so that
// nobody polls. Being woken says nothing by itself; the waiter looks again.

import { WeftError } from '../base/error.ts'

export interface Watchers {
  /** Wakes whoever waits for one of these names. */
  wake(names: Iterable<string>): void
  /**
   * Resolves when the name is woken after this call; rejects with the signal's reason. Throws WeftError `busy` where
   * too many wait already. Call it before looking at what is waited for, so that nothing is missed.
   */
  next(name: string, signal: AbortSignal): Promise<void>
  readonly size: number
}

/** Most waits at once: each is some hundred bytes. */
const MAX_WAITS = 16_384

export const createWatchers = (limit = MAX_WAITS): Watchers => {
  const waits = new Map<string, Set<() => void>>()
  let size = 0
  return {
    get size() {
      return size
    },
    wake(names) {
      for (const name of names) {
        const woken = waits.get(name)
        if (woken === undefined) continue
        for (const resolve of [...woken]) resolve()
      }
    },
    next(name, signal) {
      if (signal.aborted) return quiet(Promise.reject(signal.reason))
      if (size >= limit) {
        return quiet(
          Promise.reject(new WeftError('busy', `expected at most ${limit} waits at once`, undefined)),
        )
      }
      return quiet(
        new Promise<void>((resolve, reject) => {
          const own = waits.get(name) ?? new Set()
          waits.set(name, own)
          const leave = () => {
            if (!own.delete(wake)) return
            size--
            if (own.size === 0 && waits.get(name) === own) waits.delete(name)
            signal.removeEventListener('abort', onAbort)
          }
          const wake = () => {
            leave()
            resolve()
          }
          const onAbort = () => {
            leave()
            reject(signal.reason)
          }
          own.add(wake)
          size++
          signal.addEventListener('abort', onAbort, { once: true })
        }),
      )
    },
  }
}

/** The waiter may have found what it wanted before it awaits this: then its rejection is nobody's. */
const quiet = (promise: Promise<void>): Promise<void> => {
  promise.catch(() => {})
  return promise
}
