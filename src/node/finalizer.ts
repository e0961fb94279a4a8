// Making blocks final on this node, in order of height: from a certified block back along the parents to the newest
// final one, then forward, each with its entries indexed in one synced write. What is missing on the way is fetched
// from peers; until it is here the next attempt waits.

import { equal, toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { sleep } from '../base/deadline.ts'
import { hasCode, messageOf, WeftError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Proposal, SignedHeader } from '../chain/containers.ts'
import type { BlockStore, FinalStore, FinalTip } from '../chain/ports.ts'
import type { EventHub } from './events.ts'

export interface FinalizerComponents {
  readonly store: Pick<BlockStore, 'getProposal' | 'putProposal' | 'heldColumns'> &
    Pick<FinalStore, 'putFinal' | 'finalTip' | 'raiseEarliest'>
  /** Fetches and judges a proposal by its root. */
  readonly fetchProposal: (root: Uint8Array, signal: AbortSignal) => Promise<Proposal | undefined>
  /** The block is final: its blobs no longer wait, its custody is wanted. */
  readonly onFinal: (root: Uint8Array, proposal: Proposal) => Promise<void>
  /** Two final blocks exclude each other: the node cannot go on. */
  readonly onBroken: (error: unknown) => void
  readonly events: EventHub
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

export interface FinalizerInit {
  /** For how long blocks are kept by everybody: what is older may be gone everywhere. */
  readonly retentionMs: number
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
/** Attempts at a block that is older than the retention before it counts as gone. */
const ATTEMPTS_AT_OLD = 4

export const createFinalizer = (init: FinalizerInit, components: FinalizerComponents): Finalizer => {
  const { store, log } = components
  const life = new AbortController()
  let target: FinalTip | undefined
  let running: Promise<void> = Promise.resolve()
  let busy = false

  /** The proposal, however long it takes; undefined only where `isOld` says that everybody may have deleted it. */
  const proposalOf = async (root: Uint8Array, isOld = false): Promise<Proposal | undefined> => {
    for (let attempt = 1; ; attempt++) {
      life.signal.throwIfAborted()
      const known = await store.getProposal(root)
      if (known !== undefined) return known
      const fetched = await components.fetchProposal(root, life.signal)
      if (fetched !== undefined) {
        await store.putProposal(root, fetched)
        return fetched
      }
      if (isOld && attempt >= ATTEMPTS_AT_OLD) return undefined
      await sleep(RETRY_MS, life.signal)
    }
  }

  /** Roots from the first that is not yet final up to `goal`, found by walking the parents back. */
  const pathTo = async (goal: FinalTip, tip: FinalTip): Promise<readonly Uint8Array[]> => {
    const path: Uint8Array[] = []
    let at: { readonly height: number; readonly root: Uint8Array } = goal
    // A parent is older than its child, whose timestamp is certified.
    let isOld = false
    while (at.height > tip.height) {
      const proposal = await proposalOf(at.root, isOld)
      if (proposal === undefined) {
        log.warn({ height: at.height, above: tip.height }, 'older blocks are past their retention and gone')
        // So that nobody is told that what they held never was.
        await store.raiseEarliest(at.height + 1)
        return path.reverse()
      }
      path.push(at.root)
      const { parentHeight, parentRoot, timestamp } = proposal.header.message
      at = { height: parentHeight, root: parentRoot }
      isOld = timestamp + init.retentionMs < components.clock.now()
    }
    if (at.height !== tip.height || !equal(at.root, tip.root)) {
      throw new WeftError(
        'chain-broken',
        `final block ${toHex(goal.root)} of height ${goal.height} does not descend from final block ${toHex(tip.root)} of height ${tip.height}: a third or more of the weight signed both, and no node can tell which chain is right; docs/recovery.md says what to do`,
        { height: goal.height },
      )
    }
    return path.reverse()
  }

  const reach = async (goal: FinalTip): Promise<void> => {
    const tip = (await store.finalTip()) ?? { height: 0, root: init.genesisRoot }
    for (const root of await pathTo(goal, tip)) {
      const proposal = await proposalOf(root)
      if (proposal !== undefined) await makeFinal(root, proposal.header, proposal)
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
        if (life.signal.aborted) break
        // Nothing that comes later mends a contradiction.
        if (hasCode(error, 'chain-broken') || hasCode(error, 'conflicting-final')) {
          components.onBroken(error)
          break
        }
        log.error({ height: goal.height, reason: messageOf(error) }, 'a final block could not be reached')
        await sleep(RETRY_MS, life.signal).catch(() => {})
      }
    }
    // In the same turn as the look at `target`: a target that comes later starts anew.
    busy = false
  }

  return {
    finalize(next) {
      if (target !== undefined && next.height <= target.height) return
      target = next
      if (busy) return
      busy = true
      running = run()
    },
    idle: () => running,
    stop: () => life.abort(),
  }
}
