// Blobs that were acknowledged and wait for a final block. Few and bounded by the mempool above, so that they are kept
// under their ids and put into the order of arrival when they are read. Their data lies in pieces, since a value of tens of
// megabytes is a turn of a tenth of a second and five copies in memory; the head is written with the last piece, and what
// has no head was never acknowledged. A client's ticket is written in one batch with the head, and what it ended with in
// one batch with the blob's deletion.

import { toHex } from '../base/bytes.ts'
import { hasCode } from '../base/error.ts'
import { MAX_BLOB_BYTES } from '../chain/containers.ts'
import type { StoredSubmission, SubmissionStore } from '../chain/ports.ts'
import { CHANGES_PER_BATCH } from './finals.ts'
import { blobIdOf, orderKey, pieceKey, pieceRange, submissionKey, submissionRange } from './keys.ts'
import { createMutex } from './mutex.ts'
import { WAITING_BYTES, WaitingType } from './records.ts'
import type { Change, Tables } from './tables.ts'
import { createTicketStore } from './tickets.ts'

/** Each is a batch, and so a turn, of its own: 3 ms, and 40 where the system is slow to give memory. */
const PIECE_BYTES = 2 ** 20

export const createSubmissionStore = (tables: Tables): SubmissionStore => {
  const { ticketChanges, ...tickets } = createTicketStore(tables)
  // Pieces one after the other: each is a turn of its own, and 2 MiB of memory, however many blobs are written.
  const exclusive = createMutex()
  let order = Date.now()

  const readData = async (blobId: Uint8Array, dataBytes: number): Promise<Uint8Array | undefined> => {
    if (dataBytes > MAX_BLOB_BYTES) return undefined
    const data = new Uint8Array(dataBytes)
    for (let at = 0; at < dataBytes; at += PIECE_BYTES) {
      const piece = await tables.get(pieceKey(blobId, at / PIECE_BYTES))
      if (piece?.length !== Math.min(PIECE_BYTES, dataBytes - at)) return undefined
      data.set(piece, at)
    }
    return data
  }

  /** Of a blob whose head cannot be read the pieces stay, for the next start to forget. */
  const deletionsOf = async (blobId: Uint8Array): Promise<Change[]> => {
    const head = await tables.get(submissionKey(blobId))
    const dataBytes = head?.length === WAITING_BYTES ? WaitingType.deserialize(head).dataBytes : 0
    const pieces = Array.from({ length: Math.ceil(dataBytes / PIECE_BYTES) }, (_, i) => pieceKey(blobId, i))
    return [submissionKey(blobId), orderKey(blobId), ...pieces].map((key) => ({ delete: key }))
  }

  return {
    ...tickets,

    async putSubmission(blobId, { after, ...submission }, ticket, last = false) {
      order = Math.max(order + 1, Date.now())
      const head = { ...submission, order }
      const isLarge = submission.data.length >= PIECE_BYTES
      const write: Tables['write'] = (changes) =>
        isLarge ? exclusive(() => tables.write(changes)) : tables.write(changes)
      const changes = await writePieces(write, blobId, head)
      if (after !== undefined) changes.push({ key: orderKey(blobId), payload: after })
      if (ticket !== undefined) changes.push(...(await ticketChanges(ticket, last)))
      await write(changes)
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
        if (gone.has(key)) changes.push(...(await deletionsOf(blobId)))
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
      const places: { readonly blobId: Uint8Array; readonly head: Waiting }[] = []
      for await (const [key, payload] of tables.entries(submissionRange)) {
        if (payload.length !== WAITING_BYTES) tables.damaged(key, new Error('expected a head without data'))
        else places.push({ blobId: blobIdOf(key), head: WaitingType.deserialize(payload) })
      }
      for (const { blobId, head } of places.sort((a, b) => a.head.order - b.head.order)) {
        const { order: sinceMs, dataBytes, namespace, flags } = head
        const data = await readData(blobId, dataBytes)
        if (data === undefined) {
          tables.damaged(submissionKey(blobId), new Error('expected every piece of its data'))
          continue
        }
        const after = await tables.get(orderKey(blobId))
        yield { blobId, submission: { namespace, flags, data, ...(after && { after }) }, sinceMs }
      }
    },
  }
}

type Waiting = ReturnType<typeof WaitingType.deserialize>

/**
 * Writes a waiting blob but for its last batch, which is returned: the pieces that remain, and the head. Each batch is
 * synced, since syncing the last does not sync a log that LevelDB has left behind meanwhile.
 */
export const writePieces = async (
  write: Tables['write'],
  blobId: Uint8Array,
  { data, ...head }: Omit<StoredSubmission, 'after'> & { readonly order: number },
): Promise<Change[]> => {
  const pieces = Array.from(
    { length: Math.ceil(data.length / PIECE_BYTES) },
    (_, i): Change => ({
      key: pieceKey(blobId, i),
      payload: data.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
    }),
  )
  const last = pieces.pop()
  for (const piece of pieces) await write([piece])
  const payload = WaitingType.serialize({ ...head, dataBytes: data.length })
  return [...(last === undefined ? [] : [last]), { key: submissionKey(blobId), payload }]
}

/**
 * Deletes what a crash left of blobs that were not acknowledged, before anything is written. What cannot be told, because
 * the head cannot be read, stays.
 */
export const forgetHeadless = async (tables: Tables): Promise<void> => {
  const heads = new Set<string>()
  for await (const key of tables.keys(submissionRange)) heads.add(toHex(blobIdOf(key)))
  let headless: Change[] = []
  for await (const key of tables.keys(pieceRange)) {
    const blobId = blobIdOf(key)
    if (heads.has(toHex(blobId)) || !(await isHeadless(tables, blobId))) continue
    headless.push({ delete: key })
    if (headless.length < CHANGES_PER_BATCH) continue
    await tables.write(headless, { sync: false })
    headless = []
  }
  if (headless.length > 0) await tables.write(headless, { sync: false })
}

const isHeadless = async (tables: Tables, blobId: Uint8Array): Promise<boolean> => {
  try {
    return (await tables.getStrictly(submissionKey(blobId))) === undefined
  } catch (error) {
    if (!hasCode(error, 'store-damaged')) throw error
    return false
  }
}
