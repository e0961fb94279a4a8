// Blobs that wait for a block, oldest first, bounded in bytes and in number, each on disk before it is acknowledged.
// A blob stays until a final block holds it: being in a proposal is not enough, since that may never be certified.
// One that has to come after another is given out only when that one is final, below in the same chain, or before it.

import { equal, toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { Metrics } from '../base/metrics.ts'
import type { FinalStore, SubmissionStore, TicketRecord } from '../chain/ports.ts'
import { type Blob, faultOfBlob, isAligned } from '../grid/blob.ts'
import { cellCount, PAYLOAD_PER_CELL } from '../grid/cells.ts'
import { ENTRY_BYTES, LENGTH_BYTES, rowsNeeded } from '../grid/layout.ts'
import { pacedBlobIdOf } from '../grid/paced-blob-id.ts'
import { DATA_COLUMNS, MAX_ENTRIES } from '../grid/shape.ts'
import type { BlobInput, SubmitErrorCode } from './types.ts'

export interface MempoolInit {
  /** Bytes of all waiting blobs together. */
  readonly maxBytes: number
  /** Rows of a block: a blob that does not fit into an otherwise empty one is refused. */
  readonly maxRows: number
  /** Most bytes that one peer's blobs may take. Default: a quarter of `maxBytes`. */
  readonly maxBytesPerPeer?: number
}

export interface WaitingBlob extends Blob {
  readonly blobId: Uint8Array
  /** blobId of the blob that has to come before it. */
  readonly after?: Uint8Array | undefined
  /** When it came, ms. */
  readonly sinceMs: number
}

/** A client's ticket for a blob: on disk with the blob itself. */
export interface OwnTicket {
  readonly record: TicketRecord
  /** Whether it becomes the last of its namespace's sequence. */
  readonly last: boolean
}

/** What a selection is made by. Names of blobs are hex. */
export interface Selection {
  /** Not these. */
  readonly except: ReadonlySet<string>
  /** Only these; everybody where left out. */
  readonly only?: ReadonlySet<string> | undefined
  /** What the blocks below hold: their followers may come. */
  readonly below?: ReadonlySet<string> | undefined
}

export interface Mempool {
  readonly size: number
  readonly bytes: number
  /** Loads what was waiting when the node stopped. */
  load(): Promise<void>
  /**
   * Durable before it resolves; a blob that waits already is the same submission. `from` is the peer that brought it,
   * which has a share of the room only. Throws SubmitErrorCode.
   */
  add(blob: OrderedBlob, from?: string, ticket?: OwnTicket): Promise<Uint8Array>
  has(blobId: Uint8Array): boolean
  /**
   * Oldest first: as many as surely fit into `maxRows` rows, predecessors before their followers. The first always goes,
   * if it takes all the rows that the chain allows: a leader that wants small blocks must not hold up large blobs.
   */
  select(maxRows: number, selection: Selection): readonly WaitingBlob[]
  /** Whether these may be packed together in this order: every predecessor is final, among `below`, or before. */
  isInOrder(blobs: readonly WaitingBlob[], below: ReadonlySet<string>): boolean
  /** What has to come before this blob still, undefined where nothing. */
  openPredecessor(blob: Pick<WaitingBlob, 'blobId' | 'after'>): Uint8Array | undefined
  /** Blobs that wait for this one. */
  followersOf(blobId: Uint8Array): readonly WaitingBlob[]
  /** Forgets blobs that wait no longer, and writes the tickets that ended with them. */
  remove(blobIds: readonly Uint8Array[], ended?: readonly TicketRecord[]): Promise<void>
  /** A final block holds these: their followers may come. */
  settle(blobIds: readonly Uint8Array[]): void
  all(): readonly WaitingBlob[]
}

export interface OrderedBlob extends BlobInput {
  /** Its blobId, where the caller has made it. */
  readonly blobId?: Uint8Array | undefined
  readonly after?: Uint8Array | undefined
}

/** Most blobs that wait at once. */
const MAX_BLOBS = 16_384

/** Bytes of the largest plain blob that a block of `maxRows` rows can hold, its entry included. */
export const maxBlobBytes = (maxRows: number): number =>
  (maxRows * DATA_COLUMNS - listCells(1)) * PAYLOAD_PER_CELL

export const createMempool = (
  init: MempoolInit,
  components: {
    readonly store: Pick<
      SubmissionStore,
      'putSubmission' | 'deleteSubmissions' | 'submissions' | 'putTicket'
    > &
      Pick<FinalStore, 'locateBlob'>
    readonly metrics: Metrics
  },
): Mempool => {
  const waiting = new Map<string, WaitingBlob>()
  /** Blobs on their way to the disk: who brings one again waits for the same write. */
  const writing = new Map<string, Promise<void>>()
  /** Blobs on their way off the disk: who brings one again writes behind that. */
  const leaving = new Map<string, Promise<void>>()
  /** Peers by blob, and what each of them takes; a peer that takes nothing is not listed. */
  const sources = new Map<string, string>()
  const taken = new Map<string, { bytes: number; blobs: number }>()
  const maxBytesPerPeer = init.maxBytesPerPeer ?? init.maxBytes / 4
  let bytes = 0
  /** Waiting blobs by their predecessor, and those whose predecessor is final. Hex ids. */
  const followers = new Map<string, Set<string>>()
  const settled = new Set<string>()

  /** Nothing that becomes final between the two is missed: it is listed first, then looked up. */
  const follow = async (key: string, after: Uint8Array): Promise<void> => {
    const before = toHex(after)
    followers.set(before, (followers.get(before) ?? new Set()).add(key))
    if ((await components.store.locateBlob(after)) !== undefined && waiting.has(key)) settled.add(key)
  }

  const unfollow = ({ after }: WaitingBlob, key: string) => {
    settled.delete(key)
    if (after === undefined) return
    const others = followers.get(toHex(after))
    others?.delete(key)
    if (others?.size === 0) followers.delete(toHex(after))
  }

  /** Whether nothing has to come before it any more, given what comes before it here. */
  const mayCome = (
    { after, blobId, namespace }: WaitingBlob,
    before: ReadonlyMap<string, WaitingBlob>,
    below: ReadonlySet<string>,
  ): boolean => {
    if (after === undefined || settled.has(toHex(blobId))) return true
    const name = toHex(after)
    if (below.has(name)) return true
    // Entries of a block are sorted by namespace first: before another one is certain in the same namespace only.
    const predecessor = before.get(name)
    return predecessor !== undefined && equal(predecessor.namespace, namespace)
  }

  const charge = (key: string, from: string, size: number) => {
    const own = taken.get(from) ?? { bytes: 0, blobs: 0 }
    taken.set(from, { bytes: own.bytes + size, blobs: own.blobs + 1 })
    sources.set(key, from)
  }

  const release = (key: string, size: number) => {
    const from = sources.get(key)
    const own = from === undefined ? undefined : taken.get(from)
    if (from === undefined || own === undefined) return
    sources.delete(key)
    if (own.blobs <= 1) taken.delete(from)
    else taken.set(from, { bytes: own.bytes - size, blobs: own.blobs - 1 })
  }

  const hasShare = (from: string, size: number): boolean => {
    const own = taken.get(from)
    // One blob of any size is always within it: the largest are larger than the share.
    return own === undefined || (own.bytes + size <= maxBytesPerPeer && own.blobs < MAX_BLOBS / 4)
  }

  const insert = (key: string, blob: WaitingBlob) => {
    if (waiting.has(key)) return
    waiting.set(key, blob)
    bytes += blob.data.length
    components.metrics.gauge('weft_mempool_bytes', bytes)
    components.metrics.gauge('weft_mempool_blobs', waiting.size)
  }

  const remove = (key: string): boolean => {
    const blob = waiting.get(key)
    if (blob === undefined) return false
    waiting.delete(key)
    unfollow(blob, key)
    release(key, blob.data.length)
    bytes -= blob.data.length
    components.metrics.gauge('weft_mempool_bytes', bytes)
    components.metrics.gauge('weft_mempool_blobs', waiting.size)
    return true
  }

  return {
    get size() {
      return waiting.size
    },
    get bytes() {
      return bytes
    },
    async load() {
      for await (const { blobId, submission, sinceMs } of components.store.submissions()) {
        insert(toHex(blobId), { ...submission, blobId, sinceMs })
      }
      for (const [key, { after }] of waiting) if (after !== undefined) await follow(key, after)
    },
    async add(blob, from, ticket) {
      judge(blob, init)
      const blobId = blob.blobId ?? (await pacedBlobIdOf(blob))
      const key = toHex(blobId)
      await leaving.get(key)
      while (waiting.has(key)) {
        await writing.get(key)
        if (ticket !== undefined) await components.store.putTicket(ticket.record, ticket.last)
        // Removed meanwhile, perhaps by somebody who knew nothing of this ticket: it is taken anew.
        if (!waiting.has(key)) {
          await leaving.get(key)
          continue
        }
        // Whoever brought it knows that its predecessor is final, perhaps earlier than this node does.
        if (from !== undefined && blob.after === undefined && sources.get(key) === from) settled.add(key)
        return blobId
      }
      if (from !== undefined && !hasShare(from, blob.data.length)) {
        throw refuse('queue-full', `expected at most ${maxBytesPerPeer} bytes that wait by one peer`)
      }
      if (bytes + blob.data.length > init.maxBytes || waiting.size >= MAX_BLOBS) {
        throw refuse(
          'queue-full',
          `expected room for ${blob.data.length} bytes, ${bytes} of ${init.maxBytes} are taken`,
        )
      }
      const { namespace, flags, data, after } = blob
      const own: WaitingBlob = {
        namespace,
        flags,
        data,
        blobId,
        ...(after && { after }),
        sinceMs: Date.now(),
      }
      insert(key, own)
      if (from !== undefined) charge(key, from, blob.data.length)
      const put = () =>
        components.store.putSubmission(
          blobId,
          { namespace, flags, data, ...(after && { after }) },
          ticket?.record,
          ticket?.last,
        )
      // Not acknowledged before its predecessor is: a small follower would overtake a large one on its way to the disk.
      const predecessor = after && writing.get(toHex(after))
      const write = predecessor === undefined ? put() : predecessor.then(put, put)
      writing.set(key, write)
      try {
        await write
        if (after !== undefined && waiting.get(key) === own) await follow(key, after)
      } catch (error) {
        remove(key)
        throw error
      } finally {
        writing.delete(key)
      }
      return blobId
    },
    has: (blobId) => waiting.has(toHex(blobId)),
    select(maxRows, { except, only, below = new Set() }) {
      const chosen: WaitingBlob[] = []
      const before = new Map<string, WaitingBlob>()
      let cells = 0
      for (const [key, blob] of waiting) {
        if (except.has(key) || chosen.length === MAX_ENTRIES) continue
        if ((only !== undefined && !only.has(key)) || !mayCome(blob, before, below)) continue
        const needed = cellsAtMost(blob)
        const surelyFits =
          chosen.length === 0 || cells + needed + listCells(chosen.length + 1) <= maxRows * DATA_COLUMNS
        if (!surelyFits && !(isAligned(blob.flags) && fits([...chosen, blob], maxRows))) continue
        chosen.push(blob)
        before.set(key, blob)
        cells += needed
      }
      return chosen
    },
    isInOrder(blobs, below) {
      const before = new Map<string, WaitingBlob>()
      for (const blob of blobs) {
        if (!mayCome(blob, before, below)) return false
        before.set(toHex(blob.blobId), blob)
      }
      return true
    },
    openPredecessor: ({ blobId, after }) => (settled.has(toHex(blobId)) ? undefined : after),
    followersOf: (blobId) =>
      [...(followers.get(toHex(blobId)) ?? [])].flatMap((key) => waiting.get(key) ?? []),
    settle(blobIds) {
      for (const blobId of blobIds) for (const key of followers.get(toHex(blobId)) ?? []) settled.add(key)
    },
    async remove(blobIds, ended = []) {
      const gone = blobIds.filter((blobId) => remove(toHex(blobId)))
      const removing = (async () => {
        // What is still being written must not come to the disk after it was deleted there.
        await Promise.all(gone.map((blobId) => writing.get(toHex(blobId))?.catch(() => {})))
        if (gone.length > 0 || ended.length > 0) await components.store.deleteSubmissions(gone, ended)
      })()
      const left = removing.catch(() => {})
      for (const blobId of gone) leaving.set(toHex(blobId), left)
      try {
        await removing
      } finally {
        for (const blobId of gone) if (leaving.get(toHex(blobId)) === left) leaving.delete(toHex(blobId))
      }
    },
    all: () => [...waiting.values()],
  }
}

/** Cells that a blob takes at the most, the gaps before and behind an aligned one included. */
const cellsAtMost = (blob: Blob): number =>
  cellCount(blob.data.length, blob.flags) + (isAligned(blob.flags) ? 2 * (DATA_COLUMNS - 1) : 0)

/** Cells of the list of so many entries, its length included. */
const listCells = (entries: number): number => cellCount(LENGTH_BYTES + entries * ENTRY_BYTES, 0)

const judge = (blob: BlobInput, init: MempoolInit): void => {
  switch (faultOfBlob(blob)) {
    case 'namespace-malformed':
      throw refuse(
        'bad-namespace',
        'expected a namespace of 29 bytes: version 0, 18 zero bytes, 10 of your own',
      )
    case 'flags-unknown':
      throw refuse('bad-flags', `expected flags 0 (plain), 1 (aligned) or 3 (raw), got ${blob.flags}`)
    case 'blob-empty':
      throw refuse('blob-empty', 'expected at least one byte, got none')
    case 'raw-length':
      throw refuse('not-canonical', `expected whole rows of 131072 bytes, got ${blob.data.length} bytes`)
    case 'raw-not-canonical':
      throw refuse('not-canonical', 'expected field elements below the order of BLS12-381, got a larger one')
    case undefined:
      break
  }
  if (!fits([blob], init.maxRows)) {
    throw refuse(
      'blob-too-large',
      `expected what fits into a block of ${init.maxRows} rows (${maxBlobBytes(init.maxRows)} bytes), got ${blob.data.length} bytes`,
    )
  }
}

/** Whether these blobs together fit into a block, exactly. */
const fits = (blobs: readonly Blob[], maxRows: number): boolean => rowsOf(blobs) <= maxRows

/** Rows that a block of these blobs takes. */
export const rowsOf = (blobs: readonly Blob[]): number =>
  rowsNeeded(blobs.map(({ namespace, data, flags }) => ({ namespace, length: data.length, flags })))

const refuse = (code: SubmitErrorCode, message: string) => new WeftError(code, message, undefined)
