// Blocks that consensus asks for because they are certified: a few at a time, each once, and no more than fit a small
// queue. What is dropped or not to be had is asked for again by consensus as long as it matters; what became final
// meanwhile is the finalizer's.

import { toHex } from '../base/bytes.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'

export interface Want {
  readonly height: number
  readonly root: Uint8Array
  readonly part: 'header' | 'data'
}

export interface Wants {
  add(want: Want): void
  /** Blocks asked for now, those that wait included. */
  readonly size: number
  stop(): void
}

const AT_ONCE = 4
const MAX_WAITING = 256

export const createWants = (
  {
    isOver,
    fetch,
  }: { readonly isOver: (want: Want) => boolean; readonly fetch: (want: Want) => Promise<void> },
  log: Logger,
): Wants => {
  const waiting = new Map<string, Want>()
  const running = new Set<string>()
  let stopped = false

  const next = (): void => {
    for (const [key, want] of waiting) {
      if (stopped || running.size >= AT_ONCE) return
      waiting.delete(key)
      if (!isOver(want)) void run(key, want)
    }
  }

  const run = async (key: string, want: Want): Promise<void> => {
    running.add(key)
    try {
      await fetch(want)
    } catch (error) {
      if (!stopped)
        log.warn({ height: want.height, reason: messageOf(error) }, 'a certified block could not be had')
    } finally {
      running.delete(key)
      next()
    }
  }

  return {
    add(want) {
      const key = `${want.part}:${toHex(want.root)}`
      if (stopped || running.has(key) || waiting.has(key)) return
      waiting.set(key, want)
      // The newest matter most: they are what the next block stands on.
      if (waiting.size > MAX_WAITING) waiting.delete(waiting.keys().next().value as string)
      next()
    },
    get size() {
      return waiting.size + running.size
    },
    stop() {
      stopped = true
      waiting.clear()
    },
  }
}
