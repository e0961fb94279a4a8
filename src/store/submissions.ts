// Blobs that were acknowledged and wait for a final block. Few and bounded by the mempool above, so that they are kept
// under their ids and put into the order of arrival when they are read. A client's ticket is written in one batch with
// its blob, and what it ended with in one batch with the blob's deletion.

import { ByteListType, ByteVectorType, ContainerType, UintNumberType } from '@chainsafe/ssz'
import { toHex } from '../base/bytes.ts'
import { MAX_BLOB_BYTES } from '../chain/containers.ts'
import type { SubmissionStore } from '../chain/ports.ts'
import { CHANGES_PER_BATCH } from './finals.ts'
import { orderKey, submissionKey, submissionRange } from './keys.ts'
import { createMutex } from './mutex.ts'
import type { Change, Tables } from './tables.ts'
import { createTicketStore } from './tickets.ts'

const WaitingType = new ContainerType({
  order: new UintNumberType(8),
  submission: new ContainerType({
    namespace: new ByteVectorType(29),
    flags: new UintNumberType(1),
    data: new ByteListType(MAX_BLOB_BYTES),
  }),
})

const LARGE_BYTES = 2 ** 20

export const createSubmissionStore = (tables: Tables): SubmissionStore => {
  const { ticketChanges, ...tickets } = createTicketStore(tables)
  // Large ones one after the other: while it is written a blob is in memory several times over, here and in the database.
  const exclusive = createMutex()
  let order = Date.now()
  return {
    ...tickets,

    async putSubmission(blobId, { after, ...submission }, ticket, last = false) {
      order = Math.max(order + 1, Date.now())
      const own = order
      const write = async () => {
        const payload = WaitingType.serialize({ order: own, submission })
        const changes: Change[] = [{ key: submissionKey(blobId), payload }]
        if (after !== undefined) changes.push({ key: orderKey(blobId), payload: after })
        if (ticket !== undefined) changes.push(...(await ticketChanges(ticket, last)))
        await tables.write(changes)
      }
      await (submission.data.length < LARGE_BYTES ? write() : exclusive(write))
    },

    async deleteSubmissions(blobIds, ended = []) {
      const ticketOf = new Map(ended.map((ticket) => [toHex(ticket.blobId), ticket]))
      const ids = new Map([...blobIds, ...ended.map(({ blobId }) => blobId)].map((id) => [toHex(id), id]))
      const gone = new Set(blobIds.map(toHex))
      let changes: Change[] = []
      // Not synced where the final block says the same: a submission that comes back after a crash is found there and
      // deleted again, its ticket with it. A failure is said nowhere else.
      const sync = ended.some(({ state }) => state === 'failed')
      for (const [key, blobId] of ids) {
        if (gone.has(key)) changes.push({ delete: submissionKey(blobId) }, { delete: orderKey(blobId) })
        const ticket = ticketOf.get(key)
        if (ticket !== undefined) changes.push(...(await ticketChanges(ticket, false)))
        // A blob and its ticket stay together; of thousands in one batch LevelDB would make one turn.
        if (changes.length < CHANGES_PER_BATCH) continue
        await tables.write(changes, { sync })
        changes = []
      }
      if (changes.length > 0) await tables.write(changes, { sync })
    },

    async *submissions() {
      const places: { readonly key: Uint8Array; readonly order: number }[] = []
      for await (const [key, payload] of tables.entries(submissionRange)) {
        places.push({ key, order: WaitingType.deserialize(payload).order })
      }
      for (const { key, order: sinceMs } of places.sort((a, b) => a.order - b.order)) {
        const payload = await tables.get(key)
        if (payload === undefined) continue
        const blobId = key.slice(1)
        const after = await tables.get(orderKey(blobId))
        const { submission } = WaitingType.deserialize(payload)
        yield { blobId, submission: { ...submission, ...(after && { after }) }, sinceMs }
      }
    },
  }
}
