// One after the other: reads and writes that must not interleave run through a queue of their own.

export type Mutex = <T>(work: () => Promise<T>) => Promise<T>

export const createMutex = (): Mutex => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = last.then(work, work)
    last = run.catch(() => {})
    return run
  }
}
