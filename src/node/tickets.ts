// Publications of this node's clients. A ticket is named by the blobId, so that publishing twice is the same
// publication; it is on disk, in one write with the blob, before anybody is told of it. What it says is looked up:
// final blocks first, then blocks on their way, then what waits, then how the ticket ended. A blob whose block was
// discarded waits again without anybody writing that down.

import { equal, toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { WeftError } from '../base/error.ts'
import type { FinalStore, SubmissionStore, TicketRecord } from '../chain/ports.ts'
import type { Entry } from '../grid/containers.ts'
import { pacedBlobIdOf } from '../grid/paced-blob-id.ts'
import { createMutex } from '../store/mutex.ts'
import { blobStateOf } from './blob-state.ts'
import type { Candidates } from './candidates.ts'
import type { Mempool } from './mempool.ts'
import type { BlobInput, BlobState, FailureCode, SubmitErrorCode, SubmitOptions, Ticket } from './types.ts'
import type { Watchers } from './watchers.ts'

export interface TicketsInit {
  /** A blob that waits longer is given up. */
  readonly expireMs: number
  /** A ticket is kept so long behind its end. */
  readonly keepMs: number
}

export interface TicketsComponents {
  readonly store: SubmissionStore & Pick<FinalStore, 'locateBlob'>
  readonly mempool: Mempool
  readonly candidates: Pick<Candidates, 'all'>
  readonly watchers: Pick<Watchers, 'wake'>
  readonly clock: Clock
}

export interface Tickets {
  /** Throws SubmitErrorCode. */
  submit(blob: BlobInput, options: SubmitOptions): Promise<Ticket>
  ticketOf(blobId: Uint8Array): Promise<Ticket>
  stateOf(blobId: Uint8Array): Promise<BlobState>
  onFinal(height: number, root: Uint8Array, entries: readonly Entry[]): Promise<void>
  /** The publication has failed, and with it those that had to come after it. */
  fail(blobId: Uint8Array, code: FailureCode): Promise<void>
  /** A blob that only a peer brought, and that this node cannot use, waits no longer. */
  dropUnlessOwn(blobId: Uint8Array): Promise<void>
  /** A blob that a final block holds already waits no longer. */
  settle(blobId: Uint8Array): Promise<void>
  /** After a start: what became final in the last moment. */
  reconcile(): Promise<void>
  /** Gives up what has waited too long, forgets old tickets. */
  tidy(): Promise<void>
}

/** Ended tickets that are kept at most, some 200 bytes each. */
const MAX_ENDED = 262_144

const ZERO_ROOT = new Uint8Array(32)

export const createTickets = (init: TicketsInit, components: TicketsComponents): Tickets => {
  const { store, mempool, watchers, clock } = components
  /** Publications under way by hex id: the same one twice at once is one. */
  const underWay = new Map<string, Promise<Ticket>>()
  /** A namespace's sequence is one after the other. */
  const sequences = createMutex()

  const stateOf = async (blobId: Uint8Array): Promise<BlobState> => {
    const live = await blobStateOf(blobId, components)
    if (live.state !== 'unknown') return live
    const ended = await store.getTicket(blobId)
    if (ended === undefined) {
      // Between the two looks it may have become final.
      const final = await store.locateBlob(blobId)
      return final === undefined ? live : { state: 'certified', height: final.height, root: final.root }
    }
    const { state, height, root, code } = ended
    if (state === 'certified') return { state, height, root }
    if (state === 'failed') return { state, code: code as FailureCode }
    const again = await blobStateOf(blobId, components)
    // Acknowledged, and neither waiting nor final: its bytes are damaged on this disk.
    return again.state === 'unknown' ? { state: 'failed', code: 'lost' } : again
  }

  const ticketOf = async (blobId: Uint8Array): Promise<Ticket> => {
    const state = await stateOf(blobId)
    const record = await store.getTicket(blobId)
    return { blobId, state, ...(record?.after && { after: record.after }) }
  }

  /** What the blob has to come after still, where that is not certain already. Throws where it never can. */
  const openPredecessor = async (after: Uint8Array, blobId: Uint8Array): Promise<Uint8Array | undefined> => {
    if (equal(after, blobId))
      throw refuse('predecessor-unknown', 'expected another blob as predecessor, got the blob itself')
    const { state } = await stateOf(after)
    switch (state) {
      case 'certified':
        return undefined
      case 'failed':
        throw refuse(
          'predecessor-failed',
          `expected a predecessor that can come first, ${toHex(after)} has failed`,
        )
      case 'unknown':
        throw refuse(
          'predecessor-unknown',
          `expected a predecessor that this node knows, got ${toHex(after)}`,
        )
      default:
        return after
    }
  }

  const take = async (
    blob: BlobInput,
    blobId: Uint8Array,
    given: Uint8Array | undefined,
    last: boolean,
  ): Promise<Ticket> => {
    const before = await ticketOf(blobId)
    const isPublished = before.state.state === 'certified' && (await store.locateBlob(blobId)) !== undefined
    const record = await store.getTicket(blobId)
    const isOpen = before.state.state === 'accepted' || before.state.state === 'included'
    // What waits only because a peer brought it gets a ticket; all else that is not over is this publication already.
    if (isPublished || (isOpen && record?.state === 'accepted')) return before
    const after = given && (await openPredecessor(given, blobId))
    const ticket: TicketRecord = {
      blobId,
      namespace: blob.namespace,
      state: 'accepted',
      code: '',
      height: 0,
      root: ZERO_ROOT,
      ...(given && { after: given }),
      acceptedMs: clock.now(),
      endedMs: 0,
    }
    await mempool.add({ ...blob, blobId, after }, undefined, { record: ticket, last })
    await settle(blobId)
    watchers.wake([toHex(blobId)])
    return { ...(await ticketOf(blobId)), isNew: true }
  }

  const submit = async (blob: BlobInput, { after, ordered = false }: SubmitOptions): Promise<Ticket> => {
    const blobId = await pacedBlobIdOf(blob)
    const key = toHex(blobId)
    const other = underWay.get(key)
    if (other !== undefined) return { ...(await other), isNew: false }
    const own = !ordered
      ? take(blob, blobId, after, false)
      : sequences(async () => {
          const last = await store.lastOf(blob.namespace)
          const isItself = last !== undefined && equal(last, blobId)
          // A last one that was forgotten since is far behind.
          const isKnown = last !== undefined && (await stateOf(last)).state !== 'unknown'
          return take(blob, blobId, isItself || !isKnown ? undefined : last, true)
        })
    underWay.set(key, own)
    try {
      return await own
    } finally {
      underWay.delete(key)
    }
  }

  const certifiedOf = (ticket: TicketRecord, height: number, root: Uint8Array): TicketRecord => ({
    ...ticket,
    state: 'certified',
    code: '',
    height,
    root,
    endedMs: clock.now(),
  })

  /** Ends the tickets that there are of these blobs, and their waiting. */
  const end = async (
    blobIds: readonly Uint8Array[],
    outcome: (ticket: TicketRecord) => TicketRecord,
  ): Promise<void> => {
    const tickets: TicketRecord[] = []
    for (const blobId of blobIds) {
      const ticket = mempool.has(blobId) ? await store.getTicket(blobId) : undefined
      if (ticket?.state === 'accepted') tickets.push(outcome(ticket))
    }
    await mempool.remove(blobIds, tickets)
    watchers.wake(blobIds.map(toHex))
  }

  const settle = async (blobId: Uint8Array): Promise<void> => {
    const final = await store.locateBlob(blobId)
    if (final === undefined) return
    // Whether it waits or not: it may have been removed before its ticket was on disk.
    const ticket = await store.getTicket(blobId)
    const ended = ticket?.state === 'accepted' ? [certifiedOf(ticket, final.height, final.root)] : []
    await mempool.remove([blobId], ended)
    watchers.wake([toHex(blobId)])
  }

  const withFollowers = (blobId: Uint8Array): readonly Uint8Array[] => {
    const all = new Map([[toHex(blobId), blobId]])
    for (const one of all.values())
      for (const follower of mempool.followersOf(one)) all.set(toHex(follower.blobId), follower.blobId)
    return [...all.values()]
  }

  const fail: Tickets['fail'] = (blobId, code) =>
    sequences(async () => {
      const gone = withFollowers(blobId)
      const endedMs = clock.now()
      for (const one of gone) {
        const ticket = await store.getTicket(one)
        const last = ticket && (await store.lastOf(ticket.namespace))
        // The sequence begins anew: what comes next must not wait for what never comes.
        if (ticket && last && equal(last, one)) await store.forgetLastOf(ticket.namespace)
      }
      await end(gone, (ticket) => ({
        ...ticket,
        state: 'failed',
        code: equal(ticket.blobId, blobId) ? code : 'predecessor-failed',
        endedMs,
      }))
    })

  return {
    submit,
    ticketOf,
    stateOf,
    fail,
    settle,
    async onFinal(height, root, entries) {
      const ids = entries.map(({ blobId }) => blobId)
      mempool.settle(ids)
      await end(ids, (ticket) => certifiedOf(ticket, height, root))
    },
    async dropUnlessOwn(blobId) {
      if ((await store.getTicket(blobId))?.state !== 'accepted') await mempool.remove([blobId])
    },
    async reconcile() {
      for (const { blobId } of mempool.all()) await settle(blobId)
    },
    async tidy() {
      const now = clock.now()
      for (const { blobId, sinceMs } of mempool.all())
        if (sinceMs + init.expireMs < now && mempool.has(blobId)) await fail(blobId, 'expired')
      await store.pruneTickets(now - init.keepMs, MAX_ENDED)
    },
  }
}

const refuse = (code: SubmitErrorCode, message: string) => new WeftError(code, message, undefined)
