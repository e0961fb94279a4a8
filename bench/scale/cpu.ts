// A node's processors: the thread that runs the network, and worker threads behind the grid engine. Work takes the time
// that was measured of it, in the order in which it came.

import type { EventQueue } from './event-queue.ts'

export interface Cpu {
  /** Calls `done` when `ms` of work are through. */
  run(ms: number, done: () => void): void
  readonly busyMs: number
}

export const createCpu = (threads: number, queue: EventQueue): Cpu => {
  const free = new Float64Array(threads)
  let busyMs = 0
  return {
    get busyMs() {
      return busyMs
    },
    run(ms, done) {
      let best = 0
      for (let i = 1; i < threads; i++) if (free[i]! < free[best]!) best = i
      free[best] = Math.max(queue.now, free[best]!) + ms
      busyMs += ms
      queue.push(free[best]!, done)
    },
  }
}
