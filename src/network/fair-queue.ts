// Work of many senders on the one thread: each sender's in order, the senders in turn, and never longer at a stretch
// than a slice, after which everything else that waits (sockets, timers, other rooms) gets its turn. So a sender that
// brings a thousand messages waits for itself, and nobody else waits for it. The queue bounds nothing: its user does.

import { onNextTurn, SLICE_MS } from '../base/next-turn.ts'

export interface FairQueue {
  /** Work waiting. */
  readonly size: number
  /** Adds work of a sender. It begins at once if this turn has time left; it must not throw. */
  push(sender: string, work: () => void): void
}

export interface FairQueueInit {
  /** Longest stretch of work in one turn, in milliseconds; the work that crosses it is finished. Default `SLICE_MS`. */
  readonly sliceMs?: number
  readonly nowMs?: () => number
  readonly onNextTurn?: (callback: () => void) => unknown
}

export const createFairQueue = ({
  sliceMs = SLICE_MS,
  nowMs = () => performance.now(),
  onNextTurn: later = onNextTurn,
}: FairQueueInit = {}): FairQueue => {
  /** Senders that have work, the next one first. */
  const lanes = new Map<string, (() => void)[]>()
  let size = 0
  let usedMs = 0
  let waiting = false
  let running = false

  const next = (): (() => void) | undefined => {
    const [first] = lanes
    if (first === undefined) return undefined
    const [sender, lane] = first
    const work = lane.shift()
    lanes.delete(sender)
    if (lane.length > 0) lanes.set(sender, lane)
    size--
    return work
  }

  const run = (): void => {
    if (running) return
    running = true
    while (usedMs < sliceMs) {
      const work = next()
      if (work === undefined) break
      const startMs = nowMs()
      work()
      usedMs += nowMs() - startMs
    }
    running = false
    // Also where nothing is left: what comes later in this turn counts to the same slice.
    if (waiting) return
    waiting = true
    later(() => {
      waiting = false
      usedMs = 0
      if (size > 0) run()
    })
  }

  return {
    get size() {
      return size
    },
    push(sender, work) {
      const lane = lanes.get(sender)
      if (lane === undefined) lanes.set(sender, [work])
      else lane.push(work)
      size++
      run()
    },
  }
}
