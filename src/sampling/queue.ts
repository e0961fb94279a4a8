// Which blocks are sampled at once. The newest final block never waits for what matters less: older final blocks leave
// it a place, headers that are not final leave one more to those, so that peers who keep a node busy with what cannot be
// had, its own headers or theirs, do not keep it from the tip. A block that could not be had and that somebody new may
// have goes before the other final ones. A bounded number waits; a block that is being sampled already is not sampled twice.

import { toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import { type Metrics, noMetrics } from '../base/metrics.ts'
import type { Announcement } from '../chain/containers.ts'
import type { SampleOptions, Sampler, SamplingResult } from './types.ts'

export interface SamplingQueueInit {
  /** Blocks sampled at once. Default 4. */
  readonly concurrentBlocks?: number
  /** Blocks that are sampled or wait. Default 64. */
  readonly maxBlocks?: number
}

export const queueDefaults = { concurrentBlocks: 4, maxBlocks: 64 } as const

/**
 * How much a block matters: the newest final one, one that could not be had and that somebody new may have, another final
 * one, one that is not final (yet).
 */
export type Rank = 'newest' | 'again' | 'final' | 'fresh'

export interface QueueOptions extends SampleOptions {
  /** Default `newest`: any place will do. */
  readonly rank?: Rank
}

export interface SamplingQueue {
  /** Blocks that are being sampled or wait. */
  readonly pending: number
  /** As a sampler's; a block that is there already gives the result of that run, with the higher of both ranks. */
  sample(root: Uint8Array, announcement: Announcement, options: QueueOptions): Promise<SamplingResult>
  /** A block that waits matters more by now. */
  raise(root: Uint8Array, rank: Rank): void
}

/** The share of all places in the queue that only the newest blocks may take, at most as many as are sampled at once. */
const RESERVED_SHARE = 1 / 4
/** The share that only they and blocks sampled again may take, at most AGAIN_AT_ONCE. */
const AGAIN_SHARE = 1 / 8
/** More blocks than these are not sampled before other final ones at a time. */
export const AGAIN_AT_ONCE = 2

const ranks: readonly Rank[] = ['newest', 'again', 'final', 'fresh']
const weightOf: Readonly<Record<Rank, number>> = { fresh: 0, final: 1, again: 2, newest: 3 }

interface Run {
  rank: Rank
  isRunning: boolean
  readonly go: () => void
}

/**
 * A sampler with bounds on top of another. `sample` throws WeftError `sampling-queue-full` where there is no room; for
 * a block that is being sampled it gives the result of that run, whose options stay those of the first caller.
 */
export const createSamplingQueue = (
  init: SamplingQueueInit,
  components: { readonly sampler: Sampler; readonly metrics?: Metrics },
): SamplingQueue => {
  const { maxBlocks, concurrentBlocks } = { ...queueDefaults, ...init }
  const { metrics = noMetrics } = components
  const reserved = Math.min(concurrentBlocks, Math.floor(maxBlocks * RESERVED_SHARE))
  /** Blocks up to a rank that are sampled or wait. */
  const room: Readonly<Record<Rank, number>> = {
    newest: maxBlocks,
    again: maxBlocks - reserved,
    final: maxBlocks - reserved - Math.min(AGAIN_AT_ONCE, Math.floor(maxBlocks * AGAIN_SHARE)),
    fresh: Number.POSITIVE_INFINITY,
  }
  /** Blocks up to a rank that are sampled at once. */
  const places: Readonly<Record<Rank, number>> = {
    newest: concurrentBlocks,
    again: Math.max(1, concurrentBlocks - 1),
    final: Math.max(1, concurrentBlocks - 1),
    fresh: Math.max(1, concurrentBlocks - 2),
  }
  const runs = new Map<string, Run>()
  const results = new Map<string, Promise<SamplingResult>>()
  const tell = () => metrics.gauge('weft_sampling_pending_blocks', runs.size)

  const count = (holds: (run: Run) => boolean): number => [...runs.values()].filter(holds).length
  const isUpTo =
    (rank: Rank) =>
    (run: Run): boolean =>
      weightOf[run.rank] <= weightOf[rank]

  const hasPlace = (rank: Rank): boolean =>
    ranks.every(
      (bound) =>
        weightOf[rank] > weightOf[bound] ||
        count((run) => run.isRunning && isUpTo(bound)(run)) < places[bound],
    )

  /** Starts what has a place, what matters most first, otherwise in order of arrival. */
  const schedule = (): void => {
    for (const rank of ranks) {
      for (const run of runs.values()) {
        if (run.isRunning || run.rank !== rank || !hasPlace(rank)) continue
        run.isRunning = true
        run.go()
      }
    }
  }

  const raise = (root: Uint8Array, rank: Rank): void => {
    const run = runs.get(toHex(root))
    if (run === undefined || weightOf[run.rank] >= weightOf[rank]) return
    run.rank = rank
    schedule()
  }

  const refuse = (): never => {
    metrics.count('weft_sampling_refused_blocks_total')
    throw new WeftError('sampling-queue-full', `expected at most ${maxBlocks} blocks to sample at once`, {
      maxBlocks,
    })
  }

  return {
    get pending() {
      return runs.size
    },
    raise,
    async sample(root, announcement, { rank = 'newest', ...options }) {
      const name = toHex(root)
      const running = results.get(name)
      if (running !== undefined) {
        raise(root, rank)
        return running
      }
      const bounds = ranks.filter((bound) => weightOf[rank] <= weightOf[bound])
      if (bounds.some((bound) => count(isUpTo(bound)) >= room[bound])) refuse()
      const { signal } = options
      signal.throwIfAborted()
      const turn = Promise.withResolvers<void>()
      const leave = () => turn.reject(signal.reason)
      signal.addEventListener('abort', leave, { once: true })
      runs.set(name, { rank, isRunning: false, go: () => turn.resolve() })
      const result = turn.promise
        .finally(() => signal.removeEventListener('abort', leave))
        .then(() => components.sampler.sample(root, announcement, options))
        .finally(() => {
          runs.delete(name)
          results.delete(name)
          tell()
          schedule()
        })
      results.set(name, result)
      tell()
      schedule()
      return result
    },
  }
}
