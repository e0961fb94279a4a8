// Final blocks that could not be had are sampled again, with the same tiles: a node that was cut off, or surrounded by
// peers that served it nothing, finds out when it reaches somebody who does. Each block waits twice as long after every
// failure; a serving peer that was not there before ends the waiting of all, at most every few seconds, since peers
// can be made at will. One that came while a block was being sampled, perhaps too late for that, counts for it too. A few of
// these blocks at a time go before other final ones: whoever was cut off has many of those to sample as well.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Peer } from '../chain/ports.ts'
import { isServing } from '../sampling/choose-peer.ts'
import type { FinalHeader } from '../sampling/light-chain.ts'

export interface SampleAgainInit {
  /** Blocks at once that go before other final ones, which are left a place. */
  readonly maxAhead: number
}

export interface SampleAgainComponents {
  readonly peers: () => readonly Peer[]
  readonly clock: Clock
  /** Whether there is room for a block that is not new. */
  readonly hasRoom: () => boolean
  /** `isAhead`: before other final blocks. Resolves when it was sampled, or could not be. */
  readonly sample: (final: FinalHeader, isAhead: boolean) => Promise<void>
}

export interface SampleAgain {
  /** A block is about to be sampled: whoever serves now is nobody new for it. */
  look(): void
  /** A final block was unavailable; it was being sampled since `beganMs`. */
  failed(final: FinalHeader, beganMs: number): void
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
  /** When the run began that failed; whoever came later has not been asked, or hardly. */
  readonly beganMs: number
  /** Whether somebody new ended its waiting. */
  readonly isFound: boolean
}

export const createSampleAgain = (
  { maxAhead }: SampleAgainInit,
  components: SampleAgainComponents,
): SampleAgain => {
  const { clock } = components
  const waiting = createBoundedMap<string, Waiting>(MAX_BLOCKS)
  const seen = createBoundedMap<string, true>(MAX_PEERS)
  let timer: NodeJS.Timeout | undefined
  /** When somebody was seen who had not been there, and when that last ended anybody's waiting. */
  let newsMs = Number.NEGATIVE_INFINITY
  let hastenedMs = Number.NEGATIVE_INFINITY
  let ahead = 0
  let hasStopped = false

  const sample = async (key: string, final: FinalHeader, isAhead: boolean): Promise<void> => {
    if (isAhead) ahead += 1
    try {
      await components.sample(final, isAhead)
    } finally {
      if (isAhead) ahead -= 1
      // It ended without a verdict.
      const own = waiting.get(key)
      const nowMs = clock.now()
      if (own?.dueMs === Number.POSITIVE_INFINITY)
        waiting.set(key, { ...own, dueMs: nowMs + own.waitMs, beganMs: nowMs })
    }
  }

  /** Notes who serves now. */
  const look = (): void => {
    for (const peer of components.peers()) {
      if (!isServing(peer) || seen.has(peer.id)) continue
      seen.set(peer.id, true)
      newsMs = clock.now()
    }
  }

  const poll = (): void => {
    if (waiting.size === 0) rest()
    const nowMs = clock.now()
    look()
    const mayHasten = nowMs - hastenedMs >= HASTE_MS
    const newestFirst = [...waiting.entries()].sort(([, a], [, b]) => heightOf(b.final) - heightOf(a.final))
    for (const [key, each] of newestFirst) {
      const isNews = mayHasten && newsMs > each.beganMs
      const isFound = each.isFound || isNews
      if (each.dueMs > nowMs && !isFound) continue
      if (isNews) hastenedMs = nowMs
      const isAhead = isFound && ahead < maxAhead
      if (!isAhead && !components.hasRoom()) {
        // It is its turn as soon as there is room.
        waiting.set(key, { ...each, dueMs: nowMs, isFound })
        continue
      }
      const later = Number.POSITIVE_INFINITY
      waiting.set(key, { ...each, dueMs: later, beganMs: later, isFound: false })
      void sample(key, each.final, isAhead)
    }
  }

  const rest = (): void => {
    clearInterval(timer)
    timer = undefined
  }

  return {
    look,
    failed(final, beganMs) {
      if (hasStopped) return
      look()
      timer ??= setInterval(poll, POLL_MS)
      const key = toHex(final.root)
      const waitMs = Math.min(MAX_WAIT_MS, 2 * (waiting.get(key)?.waitMs ?? MIN_WAIT_MS / 2))
      waiting.set(key, { final, waitMs, dueMs: clock.now() + waitMs, beganMs, isFound: false })
    },
    succeeded: (root) => void waiting.delete(toHex(root)),
    stop() {
      hasStopped = true
      rest()
    },
  }
}

const heightOf = ({ announcement }: FinalHeader): number => announcement.header.message.height
