// Making blocks final on this node, in order of height: from a certified block back along the parents to the newest
// final one, then forward, each with its entries indexed in one synced write. What is missing on the way is fetched
// from peers; until it is here the next attempt waits.

import { equal, toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { sleep } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Proposal, SignedHeader } from '../chain/containers.ts'
import type { BlockStore, FinalStore, FinalTip } from '../chain/ports.ts'
import type { EventHub } from './events.ts'

export interface FinalizerComponents {
  readonly store: Pick<BlockStore, 'getProposal' | 'putProposal' | 'heldColumns'> &
    Pick<FinalStore, 'putFinal' | 'finalTip'>
  /** Fetches and judges a proposal by its root. */
  readonly fetchProposal: (root: Uint8Array, signal: AbortSignal) => Promise<Proposal | undefined>
  /** The block is final: its blobs no longer wait, its custody is wanted. */
  readonly onFinal: (root: Uint8Array, proposal: Proposal) => Promise<void>
  readonly events: EventHub
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

export interface FinalizerInit {
  /** Parent of the first block: its height is 0, its root the chain id. */
  readonly genesisRoot: Uint8Array
}

export interface Finalizer {
  /** A finalize certificate of this block was verified. Only the highest target matters. */
  finalize(target: FinalTip): void
  /** Resolves when the last target is reached or the node stops. */
  idle(): Promise<void>
  stop(): void
}

const RETRY_MS = 500

export const createFinalizer = (init: FinalizerInit, components: FinalizerComponents): Finalizer => {
  const { store, log } = components
  const life = new AbortController()
  let target: FinalTip | undefined
  let running: Promise<void> = Promise.resolve()
  let busy = false

  const proposalOf = async (root: Uint8Array): Promise<Proposal> => {
    for (;;) {
      life.signal.throwIfAborted()
      const known = await store.getProposal(root)
      if (known !== undefined) return known
      const fetched = await components.fetchProposal(root, life.signal)
      if (fetched !== undefined) {
        await store.putProposal(root, fetched)
        return fetched
      }
      await sleep(RETRY_MS, life.signal)
    }
  }

  /** Roots from the first that is not yet final up to `goal`, found by walking the parents back. */
  const pathTo = async (goal: FinalTip, tip: FinalTip): Promise<readonly Uint8Array[]> => {
    const path: Uint8Array[] = []
    let at: { readonly height: number; readonly root: Uint8Array } = goal
    while (at.height > tip.height) {
      path.push(at.root)
      const { parentHeight, parentRoot } = (await proposalOf(at.root)).header.message
      at = { height: parentHeight, root: parentRoot }
    }
    if (at.height !== tip.height || !equal(at.root, tip.root)) {
      throw new Error(`final block ${toHex(goal.root)} does not descend from final block ${toHex(tip.root)}`)
    }
    return path.reverse()
  }

  const reach = async (goal: FinalTip): Promise<void> => {
    const tip = (await store.finalTip()) ?? { height: 0, root: init.genesisRoot }
    for (const root of await pathTo(goal, tip)) {
      const proposal = await proposalOf(root)
      await makeFinal(root, proposal.header, proposal)
    }
  }

  const makeFinal = async (root: Uint8Array, header: SignedHeader, proposal: Proposal): Promise<void> => {
    const { height } = header.message
    await store.putFinal(root, height, proposal.entries, components.clock.now())
    components.metrics.gauge('weft_final_height', height)
    const blobs = proposal.entries.map((entry) => toHex(entry.blobId))
    components.events.emit({ type: 'final', height, root: toHex(root), blobs })
    await components.onFinal(root, proposal)
  }

  const run = async (): Promise<void> => {
    while (target !== undefined && !life.signal.aborted) {
      const goal = target
      try {
        await reach(goal)
        if (target === goal) target = undefined
      } catch (error) {
        if (life.signal.aborted) return
        log.error({ height: goal.height, reason: messageOf(error) }, 'a final block could not be reached')
        await sleep(RETRY_MS, life.signal).catch(() => {})
      }
    }
  }

  return {
    finalize(next) {
      if (target !== undefined && next.height <= target.height) return
      target = next
      if (busy) return
      busy = true
      running = run().finally(() => {
        busy = false
      })
    },
    idle: () => running,
    stop: () => life.abort(),
  }
}
