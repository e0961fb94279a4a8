// At most so many at once; who comes later waits in order, or leaves when its signal aborts.

export interface Semaphore {
  /** Runs `work` when there is room. Rejects with the signal's reason if that comes first. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

export const createSemaphore = (limit: number): Semaphore => {
  let running = 0
  const waiting = new Set<() => void>()

  const enter = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      if (running < limit) {
        running += 1
        return resolve()
      }
      const go = () => {
        waiting.delete(go)
        signal.removeEventListener('abort', leave)
        running += 1
        resolve()
      }
      const leave = () => {
        waiting.delete(go)
        reject(signal.reason)
      }
      waiting.add(go)
      signal.addEventListener('abort', leave, { once: true })
    })

  return {
    async run(work, signal) {
      await enter(signal)
      try {
        return await work()
      } finally {
        running -= 1
        const [next] = waiting
        next?.()
      }
    },
  }
}
