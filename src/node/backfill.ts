// Filling custody of final blocks that came without it: while this node was away, or because gossip lost columns.
// One block after the other, newest last, so that catching up does not fill memory.

import type { Clock } from '../base/clock.ts'
import { sleep } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { SignedHeader } from '../chain/containers.ts'
import type { BlockStore } from '../chain/ports.ts'
import type { Assembler } from './assembler.ts'

export interface BackfillComponents {
  readonly store: Pick<BlockStore, 'heldColumns'>
  readonly assembler: Pick<Assembler, 'require'>
  readonly clock: Clock
  readonly log: Logger
}

export interface BackfillInit {
  /** Number of columns that this node keeps of a block. */
  readonly custodyCount: number
  /** One block is waited for this long before the next has its turn. */
  readonly perBlockMs: number
  /** What is older may be gone everywhere; it is not waited for again. */
  readonly retentionMs: number
}

export interface Backfill {
  /** A final block whose custody may be incomplete. */
  add(root: Uint8Array, header: SignedHeader): void
  readonly waiting: number
  stop(): void
}

/** Most blocks that wait; beyond it the oldest is dropped and found again at the next start. */
const MAX_WAITING = 16_384
const POLL_MS = 100

export const createBackfill = (init: BackfillInit, components: BackfillComponents): Backfill => {
  const life = new AbortController()
  const queue: { readonly root: Uint8Array; readonly header: SignedHeader }[] = []
  let busy = false

  const isComplete = async (root: Uint8Array, header: SignedHeader): Promise<boolean> =>
    header.message.rowCount === 0 || (await components.store.heldColumns(root)).length >= init.custodyCount

  const fill = async (root: Uint8Array, header: SignedHeader): Promise<void> => {
    if (await isComplete(root, header)) return
    components.assembler.require(root, header)
    for (let waited = 0; waited < init.perBlockMs && !life.signal.aborted; waited += POLL_MS) {
      await sleep(POLL_MS, life.signal)
      if (await isComplete(root, header)) return
    }
    if (header.message.timestamp + init.retentionMs < components.clock.now()) return
    components.log.warn({ height: header.message.height }, 'custody of a final block could not be filled')
    queue.push({ root, header })
    // Others have their turn at once; a queue of nothing but this one is in no hurry.
    if (queue.length === 1) await sleep(init.perBlockMs, life.signal)
  }

  const run = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined && !life.signal.aborted; next = queue.shift()) {
      const { root, header } = next
      await fill(root, header).catch((error: unknown) => {
        if (life.signal.aborted) return
        components.log.warn(
          { height: header.message.height, reason: messageOf(error) },
          'filling custody failed',
        )
      })
    }
    busy = false
  }

  const add = (root: Uint8Array, header: SignedHeader): void => {
    queue.push({ root, header })
    if (queue.length > MAX_WAITING) queue.shift()
    if (busy) return
    busy = true
    void run()
  }

  return {
    add,
    get waiting() {
      return queue.length
    },
    stop: () => life.abort(),
  }
}
