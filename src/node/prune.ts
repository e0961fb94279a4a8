// Letting go of what is older than the chain's retention, counted from the arrival of each block's certificate here.

import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { FinalStore } from '../chain/ports.ts'

export interface PrunerInit {
  readonly retentionMs: number
}

export interface Pruner {
  start(): void
  stop(): Promise<void>
}

/** A window of pruning: at most a minute, at least a second, a hundredth of the retention in between. */
const windowMs = (retentionMs: number): number => Math.min(60_000, Math.max(1_000, retentionMs / 100))

export const createPruner = (
  init: PrunerInit,
  components: {
    readonly store: Pick<FinalStore, 'prune'>
    /** What else is let go of by its age. */
    readonly tidy?: () => Promise<void>
    readonly clock: Clock
    readonly log: Logger
  },
): Pruner => {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let busy = false
  const life = new AbortController()

  const prune = async (): Promise<void> => {
    try {
      const blocks = await components.store.prune(components.clock.now() - init.retentionMs, {
        signal: life.signal,
      })
      if (blocks > 0) components.log.info({ blocks }, 'blocks past their retention were deleted')
      if (!life.signal.aborted) await components.tidy?.()
    } catch (error) {
      components.log.error({ reason: messageOf(error) }, 'pruning failed')
    }
  }

  return {
    start() {
      timer ??= setInterval(() => {
        if (busy) return
        busy = true
        running = prune().finally(() => {
          busy = false
        })
      }, windowMs(init.retentionMs))
      timer.unref()
    },
    async stop() {
      clearInterval(timer)
      life.abort(new Error('the node stops'))
      await running
    },
  }
}
