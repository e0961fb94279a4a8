// Writing many streams on the one thread. Who asks on sixteen streams at once would have sixteen answers serialised,
// encrypted and handed to its socket in one turn, as far as its windows and the system's buffers reach: megabytes, and
// 100 ms. So this work has one slice of a turn for all streams, peers in turn, and the streams of a peer in turn.

import { createFairQueue, type FairQueue } from './fair-queue.ts'

/** Does work of one peer's when it is its turn, at once where this turn has time left; gives what it returns or throws. */
export type WriteTurn = <T>(work: () => T) => Promise<T>

/** The turns of a peer's streams. Each stream waits with one piece of work at a time, which bounds how much waits. */
export type WriteTurns = (peer: string) => WriteTurn

export const createWriteTurns =
  (queue: Pick<FairQueue, 'push'> = createFairQueue()): WriteTurns =>
  (peer) =>
  (work) =>
    new Promise((resolve, reject) => {
      queue.push(peer, () => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
    })
