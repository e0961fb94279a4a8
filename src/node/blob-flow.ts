// Blobs between clients, peers and blocks: which wait and may come into the next block, which are taken by blocks on
// their way, which are refused, and how they reach the leaders that come next.

import { toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { type Chain, leaderAt } from '../chain/chain.ts'
import type { Proposal } from '../chain/containers.ts'
import { peerIdText } from '../chain/peer-id.ts'
import type { Network } from '../chain/ports.ts'
import { pacedBlobIdOf } from '../grid/paced-blob-id.ts'
import type { Candidates } from './candidates.ts'
import type { ColumnSource } from './columns-of.ts'
import { createForwarder } from './forwarder.ts'
import type { GivenUp } from './given-up.ts'
import type { Mempool, OrderedBlob } from './mempool.ts'
import { createRefusals } from './refusals.ts'
import type { Tickets } from './tickets.ts'
import type { SubmitOptions, Ticket } from './types.ts'
import type { Watchers } from './watchers.ts'

export interface BlobFlowInit {
  readonly chain: Chain
  /** Index of this node's key in genesis. */
  readonly validator: number | undefined
}

export interface BlobFlowComponents {
  readonly mempool: Mempool
  readonly tickets: Tickets
  readonly candidates: Candidates
  readonly givenUp: Pick<GivenUp, 'has'>
  readonly columns: Pick<ColumnSource, 'proposal'>
  readonly network: Network
  readonly watchers: Watchers
  readonly height: () => number
  readonly finalHeight: () => number
  /** What waits may have changed. */
  readonly onWaiting: (waiting: boolean) => void
  /** A state of a publication could not be written. */
  readonly onError: (error: unknown) => void
  readonly log: Logger
}

export interface BlobFlow {
  start(): void
  stop(): void
  /** A blob of this node's client. */
  submit(blob: Parameters<Tickets['submit']>[0], options: SubmitOptions): Promise<Ticket>
  /** A blob that a peer brings. Throws WeftError `not-encodable` where no block can be made with it here. */
  takeFromPeer(blob: OrderedBlob, from: string): Promise<Uint8Array>
  /** Up to this height the blobs of final blocks wait no longer. */
  settle(height: number): void
  /** Tells consensus whether a block would have something to hold. */
  tellWaiting(): void
  /** Wakes whoever waits for one of a block's blobs. */
  wakeEntriesOf(block: { readonly proposal?: Proposal | undefined } | undefined): void
  /** blobIds, in hex, of blocks that may still become final. */
  taken(): ReadonlySet<string>
  /** blobIds of the blocks from a root down to the final one: what a block on top of it comes after. */
  idsDownFrom(root: Uint8Array): Promise<ReadonlySet<string>>
  /** A validator says, or this one has found, that no block can be made with the blob. */
  refuse(blobId: Uint8Array, by: number): void
  /** blobIds, in hex, that a validator has refused. */
  refusedBy(validator: number): ReadonlySet<string>
}

/** Height of leaders ahead that waiting blobs are brought to. */
const LEADERS_AHEAD = 3

export const createBlobFlow = (
  { chain, validator }: BlobFlowInit,
  components: BlobFlowComponents,
): BlobFlow => {
  const { mempool, tickets, candidates, givenUp, columns, network, watchers, log } = components
  const { genesis } = chain
  const refusals = createRefusals(chain)
  let settledHeight = 0

  const forwarder = createForwarder({
    mempool,
    network,
    comingLeaders: () =>
      Array.from({ length: LEADERS_AHEAD }, (_, ahead) => leaderAt(genesis, components.height() + ahead))
        .filter((leader, place, all) => leader !== validator && all.indexOf(leader) === place)
        .map((leader) => peerIdText(genesis.validators[leader]!.peerId) ?? ''),
    onRefused(blobId, peer) {
      const index = genesis.validators.findIndex(({ peerId }) => peerIdText(peerId) === peer)
      if (index >= 0) refuse(blobId, index)
    },
    log,
  })

  const refuse = (blobId: Uint8Array, by: number): void => {
    const isQuorum = refusals.add(blobId, by)
    const code = by === validator ? 'not-encodable' : 'refused'
    log.warn({ blobId: toHex(blobId), validator: by, isQuorum }, 'a blob was refused')
    if (isQuorum) tickets.fail(blobId, code).catch(components.onError)
    else if (by === validator) tickets.dropUnlessOwn(blobId).catch(components.onError)
  }
  const taken = (): ReadonlySet<string> => {
    const open = candidates.all().filter(({ header, state }) => {
      const { height } = header.message
      return state !== 'invalid' && height > settledHeight && !givenUp.has(height)
    })
    return new Set(open.flatMap(({ proposal }) => proposal?.entries.map(({ blobId }) => toHex(blobId)) ?? []))
  }
  const waiting = (): boolean => {
    const open = taken()
    return mempool.all().some((blob) => {
      const before = mempool.openPredecessor(blob)
      const mayCome = before === undefined || open.has(toHex(before)) || mempool.has(before)
      const isFit = validator === undefined || !refusals.has(blob.blobId, validator)
      return mayCome && isFit && !open.has(toHex(blob.blobId))
    })
  }
  const tellWaiting = () => components.onWaiting(waiting())

  return {
    start: () => forwarder.start(),
    stop: () => forwarder.stop(),
    async submit(blob, options) {
      const ticket = await tickets.submit(blob, options)
      if (ticket.isNew) {
        refusals.forget(ticket.blobId)
        tellWaiting()
        forwarder.poke()
      }
      return ticket
    },
    async takeFromPeer(blob, from) {
      const named = blob.blobId ?? (await pacedBlobIdOf(blob))
      if (validator !== undefined && refusals.has(named, validator))
        throw new WeftError('not-encodable', 'expected a blob that can be encoded', undefined)
      const blobId = await mempool.add({ ...blob, blobId: named }, from)
      await tickets.settle(blobId)
      tellWaiting()
      watchers.wake([toHex(blobId)])
      return blobId
    },
    settle(height) {
      settledHeight = height
    },
    tellWaiting,
    wakeEntriesOf(block) {
      watchers.wake(block?.proposal?.entries.map(({ blobId }) => toHex(blobId)) ?? [])
    },
    taken,
    async idsDownFrom(root) {
      const ids = new Set<string>()
      for (let at = await columns.proposal(root); at !== undefined; ) {
        const { height, parentRoot } = at.header.message
        if (height <= components.finalHeight()) break
        for (const { blobId } of at.entries) ids.add(toHex(blobId))
        at = await columns.proposal(parentRoot)
      }
      return ids
    },
    refuse,
    refusedBy: (by) => refusals.of(by),
  }
}
