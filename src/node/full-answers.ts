// What a full node answers to the rooms above it: where publications stand, what blobs and final blocks hold, and how the
// node itself does. Nothing here changes anything.

import { equal, toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { anySignal } from '../base/deadline.ts'
import type { Logger } from '../base/log.ts'
import type { Chain } from '../chain/chain.ts'
import type { Network, Store } from '../chain/ports.ts'
import type { Entry } from '../grid/containers.ts'
import type { GridEngine } from '../grid/engine.ts'
import { nodeSha256 } from '../grid/node-sha256.ts'
import { versionedHashOf } from '../grid/versioned-hash.ts'
import type { CellBudget } from './cell-budget.ts'
import { createClaims } from './claims.ts'
import { createFinalBlocks } from './final-blocks.ts'
import type { Headers } from './headers.ts'
import type { Mempool } from './mempool.ts'
import { createReader } from './reader.ts'
import { finalityOf, receiptOf } from './receipts.ts'
import { isStale, staleAfterMs } from './restore-state.ts'
import type { Tickets } from './tickets.ts'
import type { FullNode } from './types.ts'
import { statesOf, waitFor } from './wait-for.ts'
import type { Watchers } from './watchers.ts'

export interface FullAnswersInit {
  readonly chain: Chain
  /** Index of this node's key in genesis. */
  readonly validator: number | undefined
  readonly custody: readonly number[]
}

export interface FullAnswersComponents {
  readonly store: Store
  readonly network: Network
  readonly engine: GridEngine
  readonly budget: CellBudget
  readonly headers: Pick<Headers, 'get'>
  readonly mempool: Pick<Mempool, 'size' | 'bytes'>
  readonly tickets: Pick<Tickets, 'stateOf' | 'ticketOf'>
  /** Whether all of the final blocks' index is on disk, as far as is known. */
  readonly isWhole: () => boolean
  readonly watchers: Watchers
  /** Height that consensus works on, and the last that it knows to be final: its block may not be on disk yet. */
  readonly height: () => number
  readonly finalHeight: () => number
  /** Ends every wait when the node stops. */
  readonly life: AbortSignal
  readonly clock: Clock
  readonly log: Logger
}

export type FullAnswers = Omit<FullNode, 'events' | 'failed' | 'start' | 'stop' | 'submit'>

const waitIsOver = new Error('the wait is over')

export const createFullAnswers = (
  { chain, validator, custody }: FullAnswersInit,
  components: FullAnswersComponents,
): FullAnswers => {
  const { store, network, engine, budget, headers, mempool, tickets, watchers, life, clock, log } = components
  const tipHeader = async () => {
    const tip = await store.finalTip()
    const header = tip && (await headers.get(tip.root))
    return tip && { ...tip, timestamp: header?.message.timestamp }
  }
  /** There is nobody else who makes anything final. */
  const isAlone = validator !== undefined && chain.genesis.validators.length === 1
  const claims = createClaims({ patienceMs: staleAfterMs(chain) }, { clock })
  const isCurrent = async () => {
    // What the disk lost is not absent.
    if (!components.isWhole()) return false
    const tip = await tipHeader()
    const others = claims.heights(network.peers(), tip?.height ?? 0)
    // Whoever hears of nobody does not know what has become final without it.
    if (others.length === 0 && !isAlone) return false
    const known = [components.finalHeight(), ...others]
    return !isStale(chain, tip?.timestamp, clock) && known.every((height) => height <= (tip?.height ?? 0))
  }
  const finalBlocks = createFinalBlocks({ store, watchers })
  const isEmpty = async (height: number) => {
    const answer = await finalBlocks.block(height)
    return !answer.found && answer.reason === 'empty'
  }
  const reader = createReader({ store, network, engine, budget, isCurrent, isEmpty, log })
  const waits = { blobState: tickets.stateOf, watchers }
  /** What a wait of a caller's comes to, unless the node stops before. */
  const withLife = async <T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const over = new AbortController()
    try {
      return await work(anySignal([life, signal, over.signal]))
    } finally {
      // Aborted, not cleared: who is still to be woken for it leaves by this.
      over.abort(waitIsOver)
    }
  }
  /** The same for what comes piece by piece. */
  const eachWithLife = async function* <T>(
    signal: AbortSignal,
    work: (signal: AbortSignal) => AsyncIterable<T>,
  ): AsyncIterable<T> {
    const over = new AbortController()
    try {
      yield* work(anySignal([life, signal, over.signal]))
    } finally {
      over.abort(waitIsOver)
    }
  }

  return {
    async status() {
      const tip = await tipHeader()
      return {
        role: validator === undefined ? 'full' : 'validator',
        chainId: toHex(chain.chainId),
        peerId: network.peerId,
        addresses: network.addresses(),
        peers: network.peers().length,
        headHeight: components.height(),
        ...(tip && { final: { height: tip.height, root: toHex(tip.root), timestampMs: tip.timestamp ?? 0 } }),
        stale: isStale(chain, tip?.timestamp, clock),
        earliestHeight: await store.earliestHeight(),
        custody,
        pendingBlobs: mempool.size,
        pendingBytes: mempool.bytes,
        ...(validator === undefined ? {} : { validatorIndex: validator }),
      }
    },
    ticket: tickets.ticketOf,
    blobState: tickets.stateOf,
    waitFor: (blobId, goal, { signal }) => withLife(signal, (both) => waitFor(blobId, goal, waits, both)),
    states: (blobId, { signal }) => eachWithLife(signal, (both) => statesOf(blobId, waits, both)),
    async read(blobId, { signal, range }) {
      const answer = await reader.read(blobId, signal, range)
      if (answer.found || answer.reason === 'unreachable') return answer
      // What is on its way is neither absent nor pruned.
      const { state } = await tickets.stateOf(blobId)
      const isComing = state === 'accepted' || state === 'included'
      const isHereSoon = state === 'certified' && answer.reason === 'absent'
      return isComing || isHereSoon ? { found: false, reason: 'unreachable' } : answer
    },
    async locate(name) {
      const hash = 'versionedHash' in name ? name.versionedHash : versionedHashOf(name.commitment, nodeSha256)
      const location = await reader.lookUp(() => store.locateVersionedHash(hash))
      return 'reason' in location ? location : { found: true, ...location }
    },
    rowsAt: (height, rows, { signal }) => reader.rowsAt(height, rows, signal),
    receipt: (blobId) => receiptOf(blobId, { chainId: chain.chainId, store, lookUp: reader.lookUp }),
    isCurrent,
    newestHeader: finalBlocks.newestHeader,
    headerAt: finalBlocks.headerAt,
    block: finalBlocks.block,
    finality: (height) => finalityOf(height, { store }),
    heightOf: finalBlocks.heightOf,
    async *subscribe({ height, namespace }, { signal }) {
      for await (const block of eachWithLife(signal, (both) => finalBlocks.blocksFrom(height, both))) {
        const isOwn = ({ namespace: other }: Entry) => namespace === undefined || equal(other, namespace)
        yield { ...block, own: block.entries.filter(isOwn) }
      }
    },
    async list(height, namespace) {
      const root = await store.finalRootAt(height)
      const proposal = root && (await store.getProposal(root))
      const wanted = namespace && toHex(namespace)
      return proposal?.entries.filter((entry) => wanted === undefined || toHex(entry.namespace) === wanted)
    },
  }
}
