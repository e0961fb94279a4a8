// Columns of a final block for reading: from memory where they were read lately, from this node's disk or from peers,
// each checked against the dataRoot of the header. Only the wanted ones are asked for; if some cannot be had, any 64
// restore the block. Who wants columns of a block that somebody fetches already waits for what that brings.

import { toHex } from '../base/bytes.ts'
import { anySignal, deadline, orAbort } from '../base/deadline.ts'
import type { Logger } from '../base/log.ts'
import type { Column, SignedHeader } from '../chain/containers.ts'
import { COLUMNS, COLUMNS_TO_RESTORE } from '../chain/limits.ts'
import type { BlockStore, Network } from '../chain/ports.ts'
import type { GridEngine } from '../grid/engine.ts'
import { DATA_COLUMNS } from '../grid/shape.ts'
import { type CellBudget, cellBytes, createCellBudget } from './cell-budget.ts'
import { type CachedColumn, createColumnCache } from './column-cache.ts'
import { gatherColumns } from './gather-columns.ts'

export interface BlockColumnsComponents {
  readonly store: Pick<BlockStore, 'getColumn'>
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize'>
  readonly engine: Pick<GridEngine, 'checkColumns' | 'restoreData'>
  /** Of the cells that are kept in memory. Default: one of its own. */
  readonly budget?: CellBudget | undefined
  readonly log: Logger
}

export interface BlockColumns {
  /** The wanted columns, and perhaps others. */
  readonly columns: readonly Column[]
  /** Whether every wanted one was on this node's disk. */
  readonly isLocal: boolean
}

/** The wanted columns of a block, or undefined where they could not be had before the signal aborted. */
export type ColumnsForReading = (
  block: { readonly root: Uint8Array; readonly header: SignedHeader },
  wanted: readonly number[],
  signal: AbortSignal,
) => Promise<BlockColumns | undefined>

/**
 * Just the wanted columns are asked for, before any 64 will do, until none has come for so long, or for twice that: the 32 MiB
 * of a block of 256 rows take longer than 5 s, and restoring it takes 200 MB.
 */
const DIRECT_MS = 5_000
/** So long a reader waits for what others fetch of the block, which may be what nobody has. */
const PATIENCE_MS = 20_000
/** Cells kept in memory: the data of four blocks of 64 rows. */
const MAX_CACHED_BYTES = 32 * 2 ** 20

export const createColumnsForReading = (components: BlockColumnsComponents): ColumnsForReading => {
  const { budget = createCellBudget() } = components
  const cache = createColumnCache(MAX_CACHED_BYTES)
  budget.join('read', cache)
  const keep = (block: string, cached: CachedColumn) => {
    if (budget.makeRoom(cellBytes(cached.column.cells.length, 1)) === 0) cache.put(block, cached)
  }
  /** Blocks, by root in hex, of which columns are being fetched. */
  const fetching = new Map<string, Promise<unknown>>()

  return async ({ root, header }, wanted, signal) => {
    const key = toHex(root)
    const columns = new Map<number, Column>()
    let isLocal = true
    const complete = () => wanted.every((index) => columns.has(index))
    const found = () => (complete() ? { columns: [...columns.values()], isLocal } : undefined)

    const lookInCache = () => {
      for (const index of wanted) {
        const cached = columns.has(index) ? undefined : cache.get(key, index)
        if (cached === undefined) continue
        columns.set(index, cached.column)
        isLocal &&= cached.isLocal
      }
    }

    const lookOnDisk = async () => {
      for (const index of wanted) {
        const column = columns.has(index) ? undefined : await components.store.getColumn(root, index)
        if (column === undefined) continue
        columns.set(index, column)
        keep(key, { column, isLocal: true })
      }
    }

    const fetch = async () => {
      isLocal = false
      await fetchColumns({ root, header, columns }, wanted, components, signal)
      for (const [index, column] of columns) {
        if (index < DATA_COLUMNS && cache.get(key, index) === undefined) keep(key, { column, isLocal: false })
      }
    }

    lookInCache()
    if (!complete()) await lookOnDisk()
    const patience = deadline(PATIENCE_MS, signal)
    for (let other = fetching.get(key); !complete() && other !== undefined; other = fetching.get(key)) {
      await orAbort(other, patience).catch(() => {})
      lookInCache()
      if (patience.aborted) break
    }
    if (complete() || signal.aborted) return found()
    const own = fetch()
    fetching.set(key, own)
    try {
      await own
    } finally {
      if (fetching.get(key) === own) fetching.delete(key)
    }
    return found()
  }
}

/** Adds the wanted columns from peers, or from what restores the block, as far as they can be had. */
const fetchColumns = async (
  {
    root,
    header,
    columns,
  }: {
    readonly root: Uint8Array
    readonly header: SignedHeader
    readonly columns: Map<number, Column>
  },
  wanted: readonly number[],
  components: BlockColumnsComponents,
  signal: AbortSignal,
): Promise<void> => {
  const quest = { root, header, columns }
  const complete = () => wanted.every((index) => columns.has(index))
  await withoutProgress(DIRECT_MS, deadline(2 * DIRECT_MS, signal), (direct, onColumn) =>
    gatherColumns({ ...quest, wanted, done: complete, onColumn }, components, direct),
  )
  if (complete() || signal.aborted) return

  const all = Array.from({ length: COLUMNS }, (_, index) => index)
  const enough = () => complete() || columns.size >= COLUMNS_TO_RESTORE
  await gatherColumns({ ...quest, wanted: all, done: enough }, components, signal)
  if (complete() || columns.size < COLUMNS_TO_RESTORE) return
  components.log.debug({ height: header.message.height }, 'a block is restored for a reader')
  // No more than it takes, those that hold data first.
  const known = [...columns.values()].sort((a, b) => a.index - b.index).slice(0, COLUMNS_TO_RESTORE)
  const restored = await components.engine.restoreData(header.message, { columns: known })
  if (restored.verdict !== 'accept') return
  for (const { index, cells, branch } of restored.columns.slice(0, DATA_COLUMNS)) {
    columns.set(index, { header, index, cells: [...cells], branch: [...branch] })
  }
}

/** Works under a signal that aborts when nothing was told of for `ms`, or when `signal` does. */
const withoutProgress = async (
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal, onProgress: () => void) => Promise<void>,
): Promise<void> => {
  const stalled = new AbortController()
  const either = anySignal([signal, stalled.signal])
  const stop = () => stalled.abort()
  let timer = setTimeout(stop, ms)
  try {
    await work(either, () => {
      clearTimeout(timer)
      timer = setTimeout(stop, ms)
    })
  } finally {
    clearTimeout(timer)
    either.clear()
  }
}
