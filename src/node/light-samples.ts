// Which blocks a light node samples when: new headers when they become final, or after some patience; final blocks from
// before its start behind them, newest first, within the window and the bytes that its owner allows. A block that was not
// to be had and is final is sampled again, with the same tiles (sample-again.ts). The newest final block goes before all
// others (sampling/queue.ts).

import { createBoundedMap } from '../base/bounded-map.ts'
import { equal, toHex } from '../base/bytes.ts'
import { systemClock } from '../base/clock.ts'
import { sleep } from '../base/deadline.ts'
import { hasCode, messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Announcement } from '../chain/containers.ts'
import type { Peer, SampleStore } from '../chain/ports.ts'
import { sampleBacklog } from '../sampling/backlog.ts'
import type { FinalHeader, LightChain } from '../sampling/light-chain.ts'
import { AGAIN_AT_ONCE, createSamplingQueue, queueDefaults, type Rank } from '../sampling/queue.ts'
import { systemTimers } from '../sampling/timers.ts'
import type { Sampler, SamplingResult, TileOutcome } from '../sampling/types.ts'
import type { EventHub } from './events.ts'
import { createSampleAgain } from './sample-again.ts'
import type { SampleOutcome } from './types.ts'

export interface LightSamplesInit {
  readonly maxBands: number
  readonly failureProbability: number
  /** Blocks of the past that are sampled after a start. */
  readonly backlogBlocks: number
  /** Bytes that they may take in all. */
  readonly backlogBytes: number
  /**
   * How long a new header waits for its finalize certificate before it is sampled, which comes when most validators
   * have the block: asked earlier, most peers have nothing yet, and each such question costs half a kilobyte. It is
   * part of the deadline.
   */
  readonly patienceMs: number
  /** Blocks that are sampled or wait to be, and new headers that wait to become final. Default 64 each. */
  readonly pendingSamples?: number
  /** Blocks sampled at once. Default 4. */
  readonly samplesAtOnce?: number
}

export interface LightSamplesComponents {
  readonly sampler: Sampler
  readonly peers: () => readonly Peer[]
  readonly chain: Pick<LightChain, 'finalAt' | 'missing'>
  readonly store: Pick<SampleStore, 'getSampleRecord'>
  readonly events: EventHub
  readonly log: Logger
  /** Default: none. */
  readonly metrics?: Metrics
}

export interface LightSamples {
  /** A new header, not final yet: sampled when it becomes final, at the latest after `patienceMs`. */
  fresh(root: Uint8Array, announcement: Announcement): void
  /** Headers that became final, ascending: those since the start are sampled if they were not, or not with success. */
  final(headers: readonly FinalHeader[]): void
  readonly counts: { readonly available: number; readonly unavailable: number; readonly pending: number }
  verdict(root: Uint8Array): Promise<'available' | 'unavailable' | undefined>
  stop(): void
}

const MAX_VERDICTS = 4_096
const MAX_LATER = 1_024
/** What waited for room does so while fewer blocks than this share are being sampled: the rest is for new headers. */
const SHARE_OF_OLD = 1 / 4
/** Headers that are not final have so much at most: a leader that breaks the rules can sign two for each of its heights. */
const SHARE_OF_FRESH = 1 / 4
/** How often the walk into the past looks whether the headers below have come. */
const POLL_MS = 500
/** It gives a missing header up after this time. */
const MISSING_MS = 60_000

export const createLightSamples = (
  init: LightSamplesInit,
  components: LightSamplesComponents,
): LightSamples => {
  const { chain, store, events, log } = components
  const life = new AbortController()
  const maxBlocks = init.pendingSamples ?? queueDefaults.maxBlocks
  const concurrentBlocks = init.samplesAtOnce ?? queueDefaults.concurrentBlocks
  const queue = createSamplingQueue({ maxBlocks, concurrentBlocks }, components)
  const roomForOld = Math.max(1, Math.floor(maxBlocks * SHARE_OF_OLD))
  const roomForFresh = Math.max(1, Math.floor(maxBlocks * SHARE_OF_FRESH))
  const verdicts = createBoundedMap<string, 'available' | 'unavailable'>(MAX_VERDICTS)
  const running = new Map<string, { rank: Rank; readonly ended: Promise<void> }>()
  const waiting = new Map<string, NodeJS.Timeout>()
  /** Final blocks that found the queue full, as after a long sleep: the newest first when there is room. */
  const later = createBoundedMap<string, FinalHeader>(MAX_LATER)
  let firstFinal: number | undefined
  let newestFinal = 0

  // Of the places that final blocks have, one is left to the others.
  const maxAhead = Math.max(0, Math.min(AGAIN_AT_ONCE, concurrentBlocks - 2))
  const again = createSampleAgain(
    { maxAhead },
    {
      peers: components.peers,
      clock: systemClock,
      hasRoom: () => !life.signal.aborted && queue.pending < roomForOld,
      sample: ({ root, announcement }, isAhead) =>
        sample(root, announcement, { rank: isAhead ? 'again' : 'final' }),
    },
  )

  const report = ({ root, height, verdict, bytes, ms, outcomes }: SamplingResult): void => {
    verdicts.set(toHex(root), verdict)
    const final = chain.finalAt(height)
    if (verdict === 'available') again.succeeded(root)
    else if (final !== undefined && equal(final.root, root)) again.failed(final, systemClock.now() - ms)
    events.emit({
      type: 'sampled',
      height,
      root: toHex(root),
      verdict,
      outcomes: outcomes.map(plainOutcome),
      bytes,
      ms,
    })
  }

  const stopWaiting = (key: string): void => {
    clearTimeout(waiting.get(key))
    waiting.delete(key)
  }

  const sample = async (
    root: Uint8Array,
    announcement: Announcement,
    { rank, waitedMs = 0 }: { readonly rank: Rank; readonly waitedMs?: number },
  ): Promise<void> => {
    const { height } = announcement.header.message
    const place = { height, root: toHex(root) }
    const own = running.get(place.root)
    if (own !== undefined) {
      if (rank !== 'fresh') own.rank = rank
      queue.raise(root, rank)
      return own.ended
    }
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    running.set(place.root, { rank, ended })
    again.look()
    try {
      const result = await queue.sample(root, announcement, {
        signal: life.signal,
        rank,
        waitedMs,
        onDrawn: (samples) => events.emit({ type: 'sampling', ...place, samples }),
        onOutcome: (outcome) => events.emit({ type: 'sample', ...place, outcome: plainOutcome(outcome) }),
      })
      report(result)
    } catch (error) {
      if (hasCode(error, 'sampling-queue-full')) {
        // It may have become final while it was being refused.
        if (running.get(place.root)?.rank !== 'fresh') later.set(place.root, { root, announcement })
      } else if (!life.signal.aborted)
        log.error({ ...place, reason: messageOf(error) }, 'a block could not be sampled')
    } finally {
      running.delete(place.root)
      end()
      sampleLater()
    }
  }

  const sampleLater = (): void => {
    if (life.signal.aborted || queue.pending >= roomForOld) return
    const [key, next] = [...later.entries()].at(-1) ?? []
    if (key === undefined || next === undefined) return
    later.delete(key)
    void sample(next.root, next.announcement, { rank: 'final' })
  }

  /** Final headers below the first tip, newest first: each is the parent of the one before. */
  async function* older(below: number): AsyncGenerator<FinalHeader> {
    let child = chain.finalAt(below)
    while (child !== undefined) {
      const height: number = child.announcement.header.message.parentHeight
      for (let waited = 0; chain.finalAt(height) === undefined; waited += POLL_MS) {
        // Nothing is missing above: it is below what is followed.
        const missing = chain.missing()
        if (missing === undefined || missing.start + missing.count <= height || waited >= MISSING_MS) break
        await sleep(POLL_MS, life.signal)
      }
      child = chain.finalAt(height)
      if (child !== undefined) yield child
    }
  }

  const sampleOld: Sampler['sample'] = (root, announcement, options) => {
    again.look()
    return queue.sample(root, announcement, { ...options, rank: 'final' })
  }

  const samplePast = async (below: number): Promise<void> => {
    try {
      const done = await sampleBacklog(
        {
          blocks: init.backlogBlocks,
          bytes: init.backlogBytes,
          maxBands: init.maxBands,
          failureProbability: init.failureProbability,
        },
        {
          sampler: { sample: sampleOld },
          journal: store,
          timers: systemTimers,
          isBusy: () => queue.pending > 0,
        },
        older(below),
        life.signal,
        report,
      )
      log.info({ ...done }, 'the blocks before the start are sampled')
    } catch (error) {
      if (!life.signal.aborted) log.error({ reason: messageOf(error) }, 'sampling the past ended')
    }
  }

  return {
    fresh(root, announcement) {
      const key = toHex(root)
      if (verdicts.has(key) || waiting.has(key)) return
      const begin = (waitedMs: number) => {
        waiting.delete(key)
        const others = [...running.values()].filter(({ rank }) => rank === 'fresh').length
        // If it becomes final it is sampled then.
        if (others < roomForFresh) void sample(root, announcement, { rank: 'fresh', waitedMs })
      }
      if (waiting.size >= maxBlocks) return begin(0)
      waiting.set(key, setTimeout(begin, init.patienceMs, init.patienceMs))
    },
    final(headers) {
      const highest = headers.at(-1)?.announcement.header.message.height
      if (firstFinal === undefined && highest !== undefined) {
        firstFinal = highest
        void samplePast(highest)
      }
      const isNewest = highest !== undefined && highest > newestFinal
      newestFinal = Math.max(newestFinal, highest ?? 0)
      for (const { root, announcement } of headers) {
        const { height } = announcement.header.message
        if (height < (firstFinal ?? 0)) continue
        const key = toHex(root)
        stopWaiting(key)
        const rank = isNewest && height === newestFinal ? 'newest' : 'final'
        if (verdicts.get(key) !== 'available') void sample(root, announcement, { rank })
      }
    },
    get counts() {
      const all = [...verdicts.values()]
      const available = all.filter((verdict) => verdict === 'available').length
      return { available, unavailable: all.length - available, pending: queue.pending }
    },
    async verdict(root) {
      return verdicts.get(toHex(root)) ?? (await store.getSampleRecord(root))?.verdict
    },
    stop() {
      again.stop()
      for (const key of waiting.keys()) stopWaiting(key)
      life.abort(new Error('the node stops'))
    },
  }
}

const plainOutcome = ({ band, column, ok, peers, reason }: TileOutcome): SampleOutcome => ({
  band,
  column,
  ok,
  peers,
  ...(reason === undefined ? {} : { reason }),
})
