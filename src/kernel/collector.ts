// What a job has let go of is collected behind it. V8 counts what lies outside its heap for little: a thread's buffers are
// looked at when 64 MiB more have come, and in a thread that is idle never, so that one block of 256 rows leaves 100 to
// 150 MB behind. Needs `node --expose-gc`, with which the command `weft` starts; without it nothing is done.

import { getHeapStatistics } from 'node:v8'

/** Bytes outside the heap, above what was left by the last collection, from which on one is worth its 5 ms. */
const WORTH_BYTES = 16 * 2 ** 20

export interface CollectorComponents {
  /** Bytes of this thread outside V8's heap. */
  readonly externalBytes: () => number
  readonly collect: (() => void) | undefined
}

const ofThisThread: CollectorComponents = {
  externalBytes: () => getHeapStatistics().external_memory,
  collect: (globalThis as { gc?: () => void }).gc,
}

/** A function to call behind each job: it collects where the jobs since it last did have left much behind. */
export const createCollector = ({
  externalBytes,
  collect,
}: CollectorComponents = ofThisThread): (() => void) => {
  if (collect === undefined) return () => {}
  let left = externalBytes()
  return () => {
    const now = externalBytes()
    // Less than was left: something large was transferred, and what comes counts from here.
    left = Math.min(left, now)
    if (now < left + WORTH_BYTES) return
    collect()
    left = externalBytes()
  }
}
