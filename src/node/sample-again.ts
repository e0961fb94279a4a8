// Final blocks that could not be had are sampled again, with the same tiles: a node that was cut off, or surrounded by
// peers that served it nothing, finds out when it reaches somebody who does. Each block waits twice as long after every
// failure; a serving peer that was not there before ends the waiting of all, at most every few seconds, since peers
// can be made at will.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Peer } from '../chain/ports.ts'
import { isServing } from '../sampling/choose-peer.ts'
import type { FinalHeader } from '../sampling/light-chain.ts'

export interface SampleAgainComponents {
  readonly peers: () => readonly Peer[]
  readonly clock: Clock
  /** Whether there is room for a block that is not new. */
  readonly hasRoom: () => boolean
  readonly sample: (final: FinalHeader) => void
}

export interface SampleAgain {
  /** A final block was unavailable. */
  failed(final: FinalHeader): void
  /** A block is available. */
  succeeded(root: Uint8Array): void
  stop(): void
}

/** How often it is looked whether somebody new is there. */
const POLL_MS = 500
const MIN_WAIT_MS = 10_000
const MAX_WAIT_MS = 600_000
/** New peers end the waiting at most so often. */
const HASTE_MS = 5_000
const MAX_BLOCKS = 1_024
const MAX_PEERS = 1_024

interface Waiting {
  readonly final: FinalHeader
  readonly waitMs: number
  readonly dueMs: number
}

export const createSampleAgain = (components: SampleAgainComponents): SampleAgain => {
  const { clock } = components
  const waiting = createBoundedMap<string, Waiting>(MAX_BLOCKS)
  const seen = createBoundedMap<string, true>(MAX_PEERS)
  let timer: NodeJS.Timeout | undefined
  let hasNews = false
  let hastenedMs = Number.NEGATIVE_INFINITY

  /** Notes who serves now; whether somebody is new. */
  const isSomebodyNew = (): boolean => {
    const fresh = components.peers().filter((peer) => isServing(peer) && !seen.has(peer.id))
    for (const { id } of fresh) seen.set(id, true)
    return fresh.length > 0
  }

  const poll = (): void => {
    if (waiting.size === 0) stop()
    const nowMs = clock.now()
    if (isSomebodyNew()) hasNews = true
    const isFound = hasNews && nowMs - hastenedMs >= HASTE_MS
    if (isFound) {
      hasNews = false
      hastenedMs = nowMs
    }
    const newestFirst = [...waiting.entries()].sort(([, a], [, b]) => heightOf(b.final) - heightOf(a.final))
    for (const [key, each] of newestFirst) {
      if (each.dueMs > nowMs && !isFound) continue
      if (!components.hasRoom()) {
        // It is its turn as soon as there is room.
        waiting.set(key, { ...each, dueMs: nowMs })
        continue
      }
      waiting.set(key, { ...each, dueMs: Number.POSITIVE_INFINITY })
      components.sample(each.final)
    }
  }

  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }

  return {
    failed(final) {
      // Whoever is there now has failed it already.
      if (timer === undefined) isSomebodyNew()
      timer ??= setInterval(poll, POLL_MS)
      const key = toHex(final.root)
      const waitMs = Math.min(MAX_WAIT_MS, 2 * (waiting.get(key)?.waitMs ?? MIN_WAIT_MS / 2))
      waiting.set(key, { final, waitMs, dueMs: clock.now() + waitMs })
    },
    succeeded: (root) => void waiting.delete(toHex(root)),
    stop,
  }
}

const heightOf = ({ announcement }: FinalHeader): number => announcement.header.message.height
