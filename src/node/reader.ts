// Reading blobs and rows back. Cells come from this node's disk or from peers, each checked against the dataRoot of
// the final header (block-columns.ts); a whole blob is given out only if it hashes to the blobId that was asked for,
// a part of one rests on the proofs of its columns. Every answer is honest about what was not found.

import { concat, equal } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import { createPacer } from '../base/next-turn.ts'
import type { BlobLocation, BlockStore, FinalStore } from '../chain/ports.ts'
import { type CellLookup, payloadPerCell } from '../grid/cells.ts'
import type { Entry } from '../grid/containers.ts'
import { pacedBlobIdOf } from '../grid/paced-blob-id.ts'
import { lookupInColumns, readRange } from '../grid/read.ts'
import { DATA_COLUMNS } from '../grid/shape.ts'
import { type BlockColumnsComponents, createColumnsForReading } from './block-columns.ts'
import type { ByteRange, Missing, ReadAnswer, RowsAnswer } from './types.ts'

export interface ReaderComponents extends BlockColumnsComponents {
  readonly store: Pick<FinalStore, 'locateBlob' | 'finalRootAt' | 'earliestHeight'> &
    Pick<BlockStore, 'getProposal' | 'getColumn'>
  /** Whether this node's list of final blocks is up to date. */
  readonly isCurrent: () => Promise<boolean>
  /** Whether no block of a height can ever be final. */
  readonly isEmpty: (height: number) => Promise<boolean>
}

export interface Reader {
  /** Throws WeftError `bad-range` where the range leaves the blob. */
  read(blobId: Uint8Array, signal: AbortSignal, range?: ByteRange): Promise<ReadAnswer>
  readAt(location: BlobLocation, signal: AbortSignal, range?: ByteRange): Promise<ReadAnswer>
  rowsAt(height: number, rows: readonly number[], signal: AbortSignal): Promise<RowsAnswer>
  /** What `find` has of a name that only the index of final blocks can know, or why it has nothing. */
  lookUp<T extends object>(find: () => Promise<T | undefined>): Promise<T | Missing>
}

export const createReader = (components: ReaderComponents): Reader => {
  const { store } = components
  const columnsForReading = createColumnsForReading(components)

  const whyMissing = async (): Promise<Missing> => {
    if (!(await components.isCurrent())) return { found: false, reason: 'unreachable' }
    // Where blocks were deleted nobody can say what they held.
    return { found: false, reason: (await store.earliestHeight()) > 0 ? 'pruned' : 'absent' }
  }

  const lookUp: Reader['lookUp'] = async (find) => {
    const found = await find()
    if (found !== undefined) return found
    const why = await whyMissing()
    // What became final between the two looks was not there before, and counts as known.
    return why.reason === 'unreachable' ? why : ((await find()) ?? why)
  }

  const readAt: Reader['readAt'] = async ({ height, root, entry }, signal, range) => {
    const { offset, length } = rangeWithin(entry, range)
    if (height < (await store.earliestHeight())) return { found: false, reason: 'pruned' }
    const proposal = await store.getProposal(root)
    if (proposal === undefined) return unreachable
    const wanted = columnsOf(entry, offset, length)
    const found = await columnsForReading({ root, header: proposal.header }, wanted, signal)
    const data = found && (await readPaced(entry, { offset, length }, lookupInColumns(found.columns)))
    if (found === undefined || data === undefined) return unreachable
    if (length === entry.length && !(await isBlob(entry, data))) return unreachable
    return { found: true, data, entry, height, root, source: found.isLocal ? 'store' : 'peers' }
  }

  return {
    lookUp,
    readAt,
    async read(blobId, signal, range) {
      const location = await lookUp(() => store.locateBlob(blobId))
      return 'reason' in location ? location : readAt(location, signal, range)
    },
    async rowsAt(height, rows, signal) {
      if (height < (await store.earliestHeight())) return { found: false, reason: 'pruned' }
      const root = await store.finalRootAt(height)
      if (root === undefined)
        return { found: false, reason: (await components.isEmpty(height)) ? 'absent' : 'unreachable' }
      const proposal = await store.getProposal(root)
      if (proposal === undefined) return unreachable
      if (rows.some((row) => row >= proposal.header.message.rowCount))
        return { found: false, reason: 'absent' }
      const wanted = Array.from({ length: DATA_COLUMNS }, (_, column) => column)
      const found = await columnsForReading({ root, header: proposal.header }, wanted, signal)
      if (found === undefined) return unreachable
      const cellAt = lookupInColumns(found.columns)
      return {
        found: true,
        root,
        rows: rows.map((row) => concat(...wanted.map((column) => cellAt(row, column) as Uint8Array))),
      }
    },
  }
}

const CELLS_PER_PIECE = 256

const unreachable: Missing = { found: false, reason: 'unreachable' }

const rangeWithin = (entry: Entry, range: ByteRange = { offset: 0 }) => {
  const { offset, length } = placeOf(entry, range)
  const isWithin = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length > 0
  if (!isWithin || offset + length > entry.length) {
    throw new WeftError(
      'bad-range',
      `expected a range within ${entry.length} bytes, got ${length} bytes from ${offset} on`,
      { length: entry.length },
    )
  }
  return { offset, length }
}

const placeOf = (entry: Entry, range: ByteRange) => {
  if ('last' in range) {
    const length = Math.min(range.last, entry.length)
    return { offset: entry.length - length, length }
  }
  const { offset } = range
  const rest = entry.length - offset
  return { offset, length: 'atMost' in range ? Math.min(range.atMost, rest) : (range.length ?? rest) }
}

/** Data columns that hold cells of a range of the blob. */
const columnsOf = ({ startCell, flags }: Entry, offset: number, length: number): readonly number[] => {
  const size = payloadPerCell(flags)
  const first = startCell + Math.floor(offset / size)
  const last = startCell + Math.floor((offset + length - 1) / size)
  const count = Math.min(last - first + 1, DATA_COLUMNS)
  return Array.from({ length: count }, (_, i) => (first + i) % DATA_COLUMNS)
}

/** The bytes of a range, made a slice a turn: 32 MiB take 100 ms and more. */
const readPaced = async (
  entry: Entry,
  { offset, length }: { readonly offset: number; readonly length: number },
  cellAt: CellLookup,
): Promise<Uint8Array | undefined> => {
  const data = new Uint8Array(length)
  const pieceBytes = CELLS_PER_PIECE * payloadPerCell(entry.flags)
  const pace = createPacer()
  for (let at = 0; at < length; at += pieceBytes) {
    if (at > 0) await pace()
    const piece = readRange(entry, offset + at, Math.min(pieceBytes, length - at), cellAt)
    if (piece === undefined) return undefined
    data.set(piece, at)
  }
  return data
}

const isBlob = async ({ namespace, flags, blobId }: Entry, data: Uint8Array): Promise<boolean> =>
  equal(await pacedBlobIdOf({ namespace, flags, data }), blobId)
