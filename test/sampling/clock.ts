// Virtual time for thousands of light nodes at once: a heap of what is waited for. Time passes when everybody waits, to
// the next moment at which somebody wants to go on; all who wait for the same moment go on together.

import type { Timers } from '../../src/sampling/timers.ts'

export interface Clock extends Timers {
  /** Lets time pass until `promise` settles. Throws if nobody waits and it has not. */
  until<T>(promise: Promise<T>): Promise<T>
}

interface Wait {
  readonly at: number
  readonly order: number
  gone: boolean
  go(): void
}

const isBefore = (a: Wait, b: Wait): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

export const createClock = (start = 1_000_000): Clock => {
  const heap: Wait[] = []
  let now = start
  let order = 0

  const push = (wait: Wait): void => {
    let at = heap.push(wait) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(heap[at]!, heap[parent]!)) return
      ;[heap[at], heap[parent]] = [heap[parent]!, heap[at]!]
      at = parent
    }
  }
  const pop = (): Wait | undefined => {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    heap[0] = last
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child
      }
      if (least === at) return first
      ;[heap[at], heap[least]] = [heap[least]!, heap[at]!]
      at = least
    }
  }
  const next = (): Wait | undefined => {
    for (;;) {
      const wait = pop()
      if (wait === undefined || !wait.gone) return wait
    }
  }
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          wait.gone = true
          reject(signal?.reason)
        }
        const wait: Wait = {
          at: now + ms,
          order: order++,
          gone: false,
          go: () => {
            signal?.removeEventListener('abort', onAbort)
            resolve()
          },
        }
        push(wait)
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
    async until(promise) {
      let settled = false
      const watched = promise.finally(() => {
        settled = true
      })
      watched.catch(() => {})
      await turn()
      while (!settled) {
        let wait = next()
        if (wait === undefined) {
          await turn()
          await turn()
          if (!settled && heap.length === 0) throw new Error('expected somebody to wait')
          continue
        }
        now = wait.at
        for (; wait !== undefined && wait.at === now; wait = next()) wait.go()
        if (wait !== undefined) push(wait)
        await turn()
      }
      return watched
    },
  }
}
