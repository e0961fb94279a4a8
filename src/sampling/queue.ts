// Which blocks are sampled at once. New headers come first and begin immediately while there is room; a bounded number
// waits; a block that is being sampled already is not sampled twice.

import { toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import { type Metrics, noMetrics } from '../base/metrics.ts'
import type { Announcement } from '../chain/containers.ts'
import { createSemaphore } from './semaphore.ts'
import type { SampleOptions, Sampler, SamplingResult } from './types.ts'

export interface SamplingQueueInit {
  /** Blocks sampled at once. Default 4. */
  readonly concurrentBlocks?: number
  /** Blocks that are sampled or wait. Default 64. */
  readonly maxBlocks?: number
}

export const queueDefaults = { concurrentBlocks: 4, maxBlocks: 64 } as const

export interface SamplingQueue extends Sampler {
  /** Blocks that are being sampled or wait. */
  readonly pending: number
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
  const semaphore = createSemaphore(concurrentBlocks)
  const runs = new Map<string, Promise<SamplingResult>>()
  const tell = () => metrics.gauge('weft_sampling_pending_blocks', runs.size)
  return {
    get pending() {
      return runs.size
    },
    async sample(root: Uint8Array, announcement: Announcement, options: SampleOptions) {
      const name = toHex(root)
      const running = runs.get(name)
      if (running !== undefined) return running
      if (runs.size >= maxBlocks) {
        metrics.count('weft_sampling_refused_blocks_total')
        throw new WeftError('sampling-queue-full', `expected at most ${maxBlocks} blocks to sample at once`, {
          maxBlocks,
        })
      }
      const run = semaphore.run(() => components.sampler.sample(root, announcement, options), options.signal)
      const tracked = run.finally(() => {
        runs.delete(name)
        tell()
      })
      runs.set(name, tracked)
      tell()
      return tracked
    },
  }
}
