// Reading blobs back. Cells come from this node's disk or, column by column, from peers, each checked against the
// dataRoot of the final header; what is given out hashes to the blobId that was asked for. If some columns cannot be
// had, any 64 restore the block.

import { equal } from '../base/bytes.ts'
import type { Logger } from '../base/log.ts'
import type { Column, SignedHeader } from '../chain/containers.ts'
import { COLUMNS, COLUMNS_TO_RESTORE } from '../chain/limits.ts'
import type { BlobLocation, BlockStore, FinalStore, Network } from '../chain/ports.ts'
import { blobIdOf } from '../grid/blob.ts'
import { cellCount } from '../grid/cells.ts'
import type { Entry } from '../grid/containers.ts'
import type { GridEngine } from '../grid/engine.ts'
import { nodeSha256 } from '../grid/node-sha256.ts'
import { lookupInColumns, readBlob } from '../grid/read.ts'
import { DATA_COLUMNS } from '../grid/shape.ts'
import { gatherColumns } from './gather-columns.ts'
import type { ReadAnswer } from './types.ts'

export interface ReaderComponents {
  readonly store: Pick<FinalStore, 'locateBlob' | 'earliestHeight'> &
    Pick<BlockStore, 'getProposal' | 'getColumn'>
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize'>
  readonly engine: Pick<GridEngine, 'checkColumns' | 'restoreData'>
  /** Whether this node's list of final blocks is up to date and complete. */
  readonly isCurrent: () => Promise<boolean>
  readonly log: Logger
}

export interface Reader {
  read(blobId: Uint8Array, signal: AbortSignal): Promise<ReadAnswer>
}

export const createReader = (components: ReaderComponents): Reader => {
  const { store } = components

  const readLocal = async ({ root, entry }: BlobLocation): Promise<Map<number, Column>> => {
    const held = new Map<number, Column>()
    for (const index of columnsOf(entry)) {
      const column = await store.getColumn(root, index)
      if (column !== undefined) held.set(index, column)
    }
    return held
  }

  const fetch = async (
    { root, entry }: BlobLocation,
    header: SignedHeader,
    columns: Map<number, Column>,
    signal: AbortSignal,
  ): Promise<void> => {
    const wanted = columnsOf(entry)
    const complete = () => wanted.every((index) => columns.has(index))
    const quest = { root, header, columns }
    const half = AbortSignal.any([signal, AbortSignal.timeout(DIRECT_MS)])
    await gatherColumns({ ...quest, wanted, done: complete }, components, half)
    if (complete() || signal.aborted) return
    const all = Array.from({ length: COLUMNS }, (_, index) => index)
    const enough = () => complete() || columns.size >= COLUMNS_TO_RESTORE
    await gatherColumns({ ...quest, wanted: all, done: enough }, components, signal)
    if (complete() || columns.size < COLUMNS_TO_RESTORE) return
    const restored = await components.engine.restoreData(header.message, { columns: [...columns.values()] })
    if (restored.verdict !== 'accept') return
    for (const { index, cells, branch } of restored.columns) {
      columns.set(index, {
        header,
        index,
        cells: [...cells],
        branch: [...branch],
      })
    }
  }

  return {
    async read(blobId, signal) {
      const location = await store.locateBlob(blobId)
      if (location === undefined) {
        if (!(await components.isCurrent())) return { found: false, reason: 'unreachable' }
        // Where blocks were deleted nobody can say what they held.
        return { found: false, reason: (await store.earliestHeight()) > 0 ? 'pruned' : 'absent' }
      }
      if (location.height < (await store.earliestHeight())) return { found: false, reason: 'pruned' }
      const proposal = await store.getProposal(location.root)
      if (proposal === undefined) return { found: false, reason: 'unreachable' }
      const columns = await readLocal(location)
      const isLocal = columnsOf(location.entry).every((index) => columns.has(index))
      if (!isLocal) await fetch(location, proposal.header, columns, signal)
      const data = bytesOf(location.entry, columns)
      if (data === undefined || !isBlob(location.entry, data)) return { found: false, reason: 'unreachable' }
      const { height, root, entry } = location
      return { found: true, data, entry, height, root, source: isLocal ? 'store' : 'peers' }
    },
  }
}

/** Time for fetching just the columns that hold the blob, before any 64 will do. */
const DIRECT_MS = 5_000

/** Data columns that hold cells of the blob. */
const columnsOf = ({ startCell, length, flags }: Entry): readonly number[] => {
  const count = Math.min(cellCount(length, flags), DATA_COLUMNS)
  return Array.from({ length: count }, (_, i) => (startCell + i) % DATA_COLUMNS)
}

const bytesOf = (entry: Entry, columns: ReadonlyMap<number, Column>): Uint8Array | undefined =>
  readBlob(entry, lookupInColumns([...columns.values()]))

const isBlob = ({ namespace, flags, blobId }: Entry, data: Uint8Array): boolean =>
  equal(blobIdOf({ namespace, flags, data }, nodeSha256), blobId)
