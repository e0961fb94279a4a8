// Blobs that wait for a block, oldest first, bounded in bytes and in number, each on disk before it is acknowledged.
// A blob stays until a final block holds it: being in a proposal is not enough, since that may never be certified.

import { toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { Metrics } from '../base/metrics.ts'
import type { SubmissionStore } from '../chain/ports.ts'
import { type Blob, blobIdOf, faultOfBlob, isAligned } from '../grid/blob.ts'
import { cellCount, PAYLOAD_PER_CELL } from '../grid/cells.ts'
import { ENTRY_BYTES, LENGTH_BYTES, rowsNeeded } from '../grid/layout.ts'
import { nodeSha256 } from '../grid/node-sha256.ts'
import { DATA_COLUMNS, MAX_ENTRIES } from '../grid/shape.ts'
import type { BlobInput, SubmitErrorCode } from './types.ts'

export interface MempoolInit {
  /** Bytes of all waiting blobs together. */
  readonly maxBytes: number
  /** Rows of a block: a blob that does not fit into an otherwise empty one is refused. */
  readonly maxRows: number
}

export interface WaitingBlob extends Blob {
  readonly blobId: Uint8Array
}

export interface Mempool {
  readonly size: number
  readonly bytes: number
  /** Loads what was waiting when the node stopped. */
  load(): Promise<void>
  /** Durable before it resolves; a blob that waits already is the same submission. Throws SubmitErrorCode. */
  add(blob: BlobInput): Promise<Uint8Array>
  has(blobId: Uint8Array): boolean
  /** Oldest first: as many as surely fit into `maxRows` rows, without those whose hex id is in `except`. */
  select(maxRows: number, except: ReadonlySet<string>): readonly WaitingBlob[]
  /** Forgets blobs that a final block holds. */
  remove(blobIds: readonly Uint8Array[]): Promise<void>
  all(): readonly WaitingBlob[]
}

/** Most blobs that wait at once. */
const MAX_BLOBS = 16_384

/** Bytes of the largest plain blob that a block of `maxRows` rows can hold, its entry included. */
export const maxBlobBytes = (maxRows: number): number =>
  (maxRows * DATA_COLUMNS - listCells(1)) * PAYLOAD_PER_CELL

export const createMempool = (
  init: MempoolInit,
  components: { readonly store: SubmissionStore; readonly metrics: Metrics },
): Mempool => {
  const waiting = new Map<string, WaitingBlob>()
  let bytes = 0

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
      for await (const { blobId, submission } of components.store.submissions()) {
        insert(toHex(blobId), { ...submission, blobId })
      }
    },
    async add(blob) {
      judge(blob, init)
      const blobId = blobIdOf(blob, nodeSha256)
      const key = toHex(blobId)
      if (waiting.has(key)) return blobId
      if (bytes + blob.data.length > init.maxBytes || waiting.size >= MAX_BLOBS) {
        throw refuse(
          'queue-full',
          `expected room for ${blob.data.length} bytes, ${bytes} of ${init.maxBytes} are taken`,
        )
      }
      const own: WaitingBlob = { ...blob, blobId }
      insert(key, own)
      try {
        await components.store.putSubmission(blobId, {
          namespace: blob.namespace,
          flags: blob.flags,
          data: blob.data,
        })
      } catch (error) {
        remove(key)
        throw error
      }
      return blobId
    },
    has: (blobId) => waiting.has(toHex(blobId)),
    select(maxRows, except) {
      const chosen: WaitingBlob[] = []
      let cells = 0
      for (const [key, blob] of waiting) {
        if (except.has(key) || chosen.length === MAX_ENTRIES) continue
        const needed = cellsAtMost(blob)
        const surelyFits = cells + needed + listCells(chosen.length + 1) <= maxRows * DATA_COLUMNS
        if (!surelyFits && !(isAligned(blob.flags) && fits([...chosen, blob], maxRows))) continue
        chosen.push(blob)
        cells += needed
      }
      return chosen
    },
    async remove(blobIds) {
      const gone = blobIds.filter((blobId) => remove(toHex(blobId)))
      if (gone.length > 0) await components.store.deleteSubmissions(gone)
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
const fits = (blobs: readonly Blob[], maxRows: number): boolean =>
  rowsNeeded(blobs.map(({ namespace, data, flags }) => ({ namespace, length: data.length, flags }))) <=
  maxRows

const refuse = (code: SubmitErrorCode, message: string) => new WeftError(code, message, undefined)
