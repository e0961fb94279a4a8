// Waiting, always with an end. Every wait of the project takes an AbortSignal; these are the pieces.

import { anySignal } from 'any-signal'

/** Resolves after `ms` milliseconds, or rejects with the signal's reason. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
  })

/**
 * A signal that aborts with the first of several. `AbortSignal.any` leaves something with each of them for as long as that
 * one lives (Node issue 54614), and some live as long as the node; this one lets go of them as soon as one has aborted, or
 * when `clear` is called. See to it that one of the two happens.
 */
export { anySignal } from 'any-signal'

/** A signal that aborts after `ms`, or when `signal` does. Parts of a time count: a whole number of ms is all that Node takes. */
export const deadline = (ms: number, signal?: AbortSignal): AbortSignal => {
  const timeout = AbortSignal.timeout(Math.ceil(ms))
  return signal === undefined ? timeout : anySignal([signal, timeout])
}

/** `promise`, or a rejection with the signal's reason as soon as it aborts. The work itself goes on. */
export const orAbort = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  // Whatever becomes of it later, somebody has heard: a late failure must not end the process.
  promise.catch(() => {})
  signal.throwIfAborted()
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
