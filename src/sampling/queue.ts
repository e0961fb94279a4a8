// Which blocks are sampled at once. New headers come first and begin immediately while there is room; a bounded number
// waits; a block that is being sampled already is not sampled twice.

import { toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { Announcement } from '../chain/containers.ts'
import { createSemaphore } from './semaphore.ts'
import type { SampleOptions, Sampler, SamplingResult } from './types.ts'

export interface SamplingQueueInit {
  /** Blocks sampled at once. Default 4. */
  readonly concurrentBlocks?: number
  /** Blocks that are sampled or wait. Default 64. */
  readonly maxBlocks?: number
}

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
  components: { readonly sampler: Sampler },
): SamplingQueue => {
  const maxBlocks = init.maxBlocks ?? 64
  const semaphore = createSemaphore(init.concurrentBlocks ?? 4)
  const runs = new Map<string, Promise<SamplingResult>>()
  return {
    get pending() {
      return runs.size
    },
    async sample(root: Uint8Array, announcement: Announcement, options: SampleOptions) {
      const name = toHex(root)
      const running = runs.get(name)
      if (running !== undefined) return running
      if (runs.size >= maxBlocks) {
        throw new WeftError('sampling-queue-full', `expected at most ${maxBlocks} blocks to sample at once`, {
          maxBlocks,
        })
      }
      const run = semaphore.run(() => components.sampler.sample(root, announcement, options), options.signal)
      const tracked = run.finally(() => runs.delete(name))
      runs.set(name, tracked)
      return tracked
    },
  }
}
