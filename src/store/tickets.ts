// Tickets: what this node acknowledged to its clients and what became of it, kept for a while behind the end, so that
// who asks late is answered. Ended ones are listed by the time of their end, which is how they are bounded.

import {
  ByteListType,
  ByteVectorType,
  ContainerType,
  ListCompositeType,
  UintNumberType,
} from '@chainsafe/ssz'
import { equal, utf8 } from '../base/bytes.ts'
import type { SubmissionStore, TicketRecord } from '../chain/ports.ts'
import { endedKey, endedRange, lastKey, ticketKey, u64At } from './keys.ts'
import type { Change, Tables } from './tables.ts'

const Bytes32 = new ByteVectorType(32)
const u64 = new UintNumberType(8)

const TicketType = new ContainerType({
  namespace: new ByteVectorType(29),
  state: new UintNumberType(1),
  code: new ByteListType(64),
  height: u64,
  root: Bytes32,
  after: new ListCompositeType(Bytes32, 1),
  acceptedMs: u64,
  endedMs: u64,
})

const states = ['accepted', 'certified', 'failed'] as const

type TicketStore = Pick<
  SubmissionStore,
  'putTicket' | 'getTicket' | 'lastOf' | 'forgetLastOf' | 'pruneTickets'
> & {
  /** What writing a ticket takes, for a batch of somebody else's. */
  ticketChanges(ticket: TicketRecord, last: boolean): Promise<readonly Change[]>
}

/** Ended tickets deleted in one batch. */
const PRUNED_PER_BATCH = 512

export const createTicketStore = (tables: Tables): TicketStore => {
  /** Known after the first pruning of this life. */
  let ended: number | undefined

  const getTicket = async (blobId: Uint8Array): Promise<TicketRecord | undefined> => {
    const payload = await tables.get(ticketKey(blobId))
    if (payload === undefined) return undefined
    const { state, code, after, ...rest } = TicketType.deserialize(payload)
    return {
      blobId,
      ...rest,
      state: states[state] ?? 'failed',
      code: new TextDecoder().decode(code),
      ...(after[0] && { after: after[0] }),
    }
  }

  const lastOf = (namespace: Uint8Array) => tables.get(lastKey(namespace))

  const ticketChanges: TicketStore['ticketChanges'] = async (ticket, last) => {
    const { blobId, namespace, state, code, after, endedMs, ...rest } = ticket
    const before = await getTicket(blobId)
    const changes: Change[] = []
    if (before !== undefined && before.endedMs > 0) {
      changes.push({ delete: endedKey(before.endedMs, blobId) })
      if (ended !== undefined) ended--
    }
    if (endedMs > 0) {
      changes.push({ key: endedKey(endedMs, blobId), payload: new Uint8Array(0) })
      if (ended !== undefined) ended++
    }
    const payload = TicketType.serialize({
      ...rest,
      namespace,
      state: states.indexOf(state),
      code: utf8(code),
      after: after === undefined ? [] : [after],
      endedMs,
    })
    changes.push({ key: ticketKey(blobId), payload })
    if (last) changes.push({ key: lastKey(namespace), payload: blobId })
    return changes
  }

  return {
    ticketChanges,
    getTicket,
    lastOf,
    async putTicket(ticket, last = false) {
      await tables.write(await ticketChanges(ticket, last))
    },
    async forgetLastOf(namespace) {
      await tables.write([{ delete: lastKey(namespace) }])
    },
    async pruneTickets(endedBeforeMs, most) {
      if (ended === undefined) {
        ended = 0
        for await (const _ of tables.keys(endedRange)) ended++
      }
      let pruned = 0
      for (;;) {
        const changes: Change[] = []
        let count = 0
        for await (const key of tables.keys(endedRange, { limit: PRUNED_PER_BATCH })) {
          if (u64At(key, 1) >= endedBeforeMs && ended - count <= most) break
          count++
          const blobId = key.slice(9)
          const ticket = await getTicket(blobId)
          changes.push({ delete: key }, { delete: ticketKey(blobId) })
          const last = ticket && (await lastOf(ticket.namespace))
          // Whoever comes behind an end that long ago comes behind it anyway.
          if (ticket && last && equal(last, blobId)) changes.push({ delete: lastKey(ticket.namespace) })
        }
        if (count === 0) return pruned
        await tables.write(changes, { sync: false })
        pruned += count
        ended -= count
      }
    },
  }
}
