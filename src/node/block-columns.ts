// Columns of a final block for reading: from this node's disk or from peers, each checked against the dataRoot of the
// header. Only the wanted ones are asked for; if some cannot be had, any 64 restore the block.

import { deadline } from '../base/deadline.ts'
import type { Logger } from '../base/log.ts'
import type { Column, SignedHeader } from '../chain/containers.ts'
import { COLUMNS, COLUMNS_TO_RESTORE } from '../chain/limits.ts'
import type { BlockStore, Network } from '../chain/ports.ts'
import type { GridEngine } from '../grid/engine.ts'
import { gatherColumns } from './gather-columns.ts'

export interface BlockColumnsComponents {
  readonly store: Pick<BlockStore, 'getColumn'>
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize'>
  readonly engine: Pick<GridEngine, 'checkColumns' | 'restoreData'>
  readonly log: Logger
}

export interface BlockColumns {
  /** The wanted columns, and perhaps others. */
  readonly columns: readonly Column[]
  /** Whether every wanted one was on this node's disk. */
  readonly isLocal: boolean
}

/** Time for fetching just the wanted columns, before any 64 will do. */
const DIRECT_MS = 5_000

/** The wanted columns of a block, or undefined where they could not be had before the signal aborted. */
export const columnsForReading = async (
  { root, header }: { readonly root: Uint8Array; readonly header: SignedHeader },
  wanted: readonly number[],
  components: BlockColumnsComponents,
  signal: AbortSignal,
): Promise<BlockColumns | undefined> => {
  const columns = new Map<number, Column>()
  for (const index of wanted) {
    const column = await components.store.getColumn(root, index)
    if (column !== undefined) columns.set(index, column)
  }
  const complete = () => wanted.every((index) => columns.has(index))
  if (complete()) return { columns: [...columns.values()], isLocal: true }
  const found = () => (complete() ? { columns: [...columns.values()], isLocal: false } : undefined)

  const quest = { root, header, columns }
  const direct = deadline(DIRECT_MS, signal)
  await gatherColumns({ ...quest, wanted, done: complete }, components, direct)
  if (complete() || signal.aborted) return found()

  const all = Array.from({ length: COLUMNS }, (_, index) => index)
  const enough = () => complete() || columns.size >= COLUMNS_TO_RESTORE
  await gatherColumns({ ...quest, wanted: all, done: enough }, components, signal)
  if (complete() || columns.size < COLUMNS_TO_RESTORE) return found()
  const restored = await components.engine.restoreData(header.message, { columns: [...columns.values()] })
  if (restored.verdict !== 'accept') return undefined
  for (const { index, cells, branch } of restored.columns) {
    columns.set(index, { header, index, cells: [...cells], branch: [...branch] })
  }
  return found()
}
