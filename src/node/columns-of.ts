// A block's columns as this node can give them: from memory while the block is fresh, from disk, or, where it keeps at
// least 64 of them (every validator does), restored, so that all 128 can be served.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import type { Column, Proposal } from '../chain/containers.ts'
import { COLUMNS_TO_RESTORE } from '../chain/limits.ts'
import type { BlockStore } from '../chain/ports.ts'
import type { GridEngine } from '../grid/engine.ts'
import type { Candidates } from './candidates.ts'

export interface ColumnsComponents {
  readonly candidates: Pick<Candidates, 'get'>
  readonly store: Pick<BlockStore, 'getColumn' | 'heldColumns' | 'getProposal'>
  readonly engine: Pick<GridEngine, 'restoreData'>
}

export interface ColumnSource {
  /** The column, or undefined where this node has neither it nor enough to restore it. */
  column(root: Uint8Array, index: number): Promise<Column | undefined>
  proposal(root: Uint8Array): Promise<Proposal | undefined>
}

/** Restored blocks that are kept in memory: up to 64 MiB each. */
const MAX_RESTORED = 2

export const createColumnSource = ({ candidates, store, engine }: ColumnsComponents): ColumnSource => {
  const restored = createBoundedMap<string, Promise<ReadonlyMap<number, Column> | undefined>>(MAX_RESTORED)

  const proposal = async (root: Uint8Array) =>
    candidates.get(root)?.proposal ?? (await store.getProposal(root))

  const restoreFromStore = async (root: Uint8Array): Promise<ReadonlyMap<number, Column> | undefined> => {
    const held = await store.heldColumns(root)
    const own = await proposal(root)
    if (held.length < COLUMNS_TO_RESTORE || own === undefined) return undefined
    const columns: Column[] = []
    for (const index of held) {
      const column = await store.getColumn(root, index)
      if (column !== undefined) columns.push(column)
      if (columns.length === COLUMNS_TO_RESTORE) break
    }
    const result = await engine.restoreData(own.header.message, { columns })
    if (result.verdict !== 'accept') return undefined
    return new Map(
      result.columns.map(({ index, cells, branch }) => [
        index,
        { header: own.header, index, cells: [...cells], branch: [...branch] },
      ]),
    )
  }

  return {
    proposal,
    async column(root, index) {
      const fresh = candidates.get(root)
      if (fresh !== undefined && fresh.state !== 'invalid') {
        const column = fresh.columns.get(index)
        if (column !== undefined) return column
      }
      const kept = await store.getColumn(root, index)
      if (kept !== undefined) return kept
      const key = toHex(root)
      let whole = restored.get(key)
      if (whole === undefined) {
        whole = restoreFromStore(root)
        restored.set(key, whole)
        if ((await whole.catch(() => undefined)) === undefined) restored.delete(key)
      }
      return (await whole)?.get(index)
    },
  }
}
