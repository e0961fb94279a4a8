// A block's columns as this node can give them: from memory while the block is fresh, from disk, or, where it keeps at
// least 64 of them (every validator does), restored, so that all 128 can be served. Restoring is the dear part: one
// block at a time, the last ones kept as long as there is room for their cells, and peers have a quota of it, each and
// all together. It is counted in rows, as the work is: a light node that comes late, or out of the hands of peers that gave
// it nothing, samples many blocks at once, and this node may be the only one that serves it.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import type { Column, Proposal } from '../chain/containers.ts'
import { COLUMNS_TO_RESTORE } from '../chain/limits.ts'
import type { BlockStore } from '../chain/ports.ts'
import type { GridEngine } from '../grid/engine.ts'
import { createTokenBucket, type TokenBucket } from '../network/token-bucket.ts'
import type { Candidates } from './candidates.ts'
import { type CellBudget, cellBytes, createCellBudget } from './cell-budget.ts'

export interface ColumnsComponents {
  readonly candidates: Pick<Candidates, 'get'>
  readonly store: Pick<BlockStore, 'getColumn' | 'heldColumns' | 'getProposal'>
  readonly engine: Pick<GridEngine, 'restoreData'>
  /** Of the cells that are kept in memory. Default: one of its own. */
  readonly budget?: CellBudget | undefined
}

export interface ColumnSource {
  /**
   * The column, or undefined where this node has neither it nor enough to restore it, or no room for the block, or where
   * the peer `from` that wants it has used up its quota of blocks to restore.
   */
  column(root: Uint8Array, index: number, from?: string): Promise<Column | undefined>
  proposal(root: Uint8Array): Promise<Proposal | undefined>
}

/** Restored blocks that are kept in memory, however small. */
const MAX_RESTORED = 64
/** Rows a second that are restored for peers, and how many at once after a quiet time: for one peer, and for all. */
export interface RestoreQuotas {
  readonly perPeer: { readonly perSecond: number; readonly burst: number }
  readonly ofAll: { readonly perSecond: number; readonly burst: number }
}

export const restoreQuotas: RestoreQuotas = {
  perPeer: { perSecond: 13, burst: 512 },
  ofAll: { perSecond: 64, burst: 1_024 },
}
/** What a block counts at least: reading 64 columns from the disk is work too. */
const LEAST_ROWS = 8
const REMEMBERED_PEERS = 1_024

interface Restored {
  readonly whole: Promise<ReadonlyMap<number, Column> | undefined>
  /** Of its cells, from before they are here. */
  readonly bytes: number
}

export const createColumnSource = (
  { candidates, store, engine, budget = createCellBudget() }: ColumnsComponents,
  { perPeer, ofAll }: RestoreQuotas = restoreQuotas,
): ColumnSource => {
  const restored = createBoundedMap<string, Restored>(MAX_RESTORED)
  budget.join('restored', {
    get bytes() {
      return [...restored.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    },
    letGo(least) {
      let left = least
      restored.dropWhile(({ bytes }) => {
        const goes = left > 0
        left -= bytes
        return goes
      })
    },
  })

  const quotas = createBoundedMap<string, TokenBucket>(REMEMBERED_PEERS)
  const common = createTokenBucket(ofAll.perSecond, ofAll.burst)
  let lastRestore: Promise<unknown> = Promise.resolve()

  const hasQuota = (peer: string, rows: number): boolean => {
    const own = quotas.get(peer) ?? createTokenBucket(perPeer.perSecond, perPeer.burst)
    quotas.set(peer, own)
    return own.take(rows) && common.take(rows)
  }

  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const result = lastRestore.then(work)
    lastRestore = result.catch(() => {})
    return result
  }

  const proposal = async (root: Uint8Array) =>
    candidates.get(root)?.proposal ?? (await store.getProposal(root))

  const restoreFromStore = async (
    root: Uint8Array,
    own: Proposal,
  ): Promise<ReadonlyMap<number, Column> | undefined> => {
    const columns: Column[] = []
    for (const index of await store.heldColumns(root)) {
      const column = await store.getColumn(root, index)
      if (column !== undefined) columns.push(column)
      if (columns.length === COLUMNS_TO_RESTORE) break
    }
    if (columns.length < COLUMNS_TO_RESTORE) return undefined
    const result = await engine.restoreData(own.header.message, { columns })
    if (result.verdict !== 'accept') return undefined
    return new Map(
      result.columns.map(({ index, cells, branch }) => [
        index,
        { header: own.header, index, cells: [...cells], branch: [...branch] },
      ]),
    )
  }

  /** Undefined where blocks on their way leave no room. */
  const begin = (root: Uint8Array, key: string, own: Proposal): Restored | undefined => {
    const bytes = cellBytes(own.header.message.rowCount)
    if (budget.makeRoom(bytes) > 0) return undefined
    const whole = oneAtATime(() => restoreFromStore(root, own))
    const one = { whole, bytes }
    restored.set(key, one)
    // What failed may be tried again.
    whole
      .catch(() => undefined)
      .then((columns) => {
        if (columns === undefined && restored.get(key) === one) restored.delete(key)
      })
    return one
  }

  return {
    proposal,
    async column(root, index, from) {
      const fresh = candidates.get(root)
      if (fresh !== undefined && fresh.state !== 'invalid') {
        const column = fresh.columns.get(index)
        if (column !== undefined) return column
      }
      const kept = await store.getColumn(root, index)
      if (kept !== undefined) return kept
      const key = toHex(root)
      let one = restored.get(key)
      if (one === undefined) {
        if ((await store.heldColumns(root)).length < COLUMNS_TO_RESTORE) return undefined
        const own = await proposal(root)
        if (own === undefined) return undefined
        // Somebody else may have begun while this one waited for the disk.
        one = restored.get(key)
        if (one === undefined) {
          const rows = Math.max(LEAST_ROWS, own.header.message.rowCount)
          if (from !== undefined && !hasQuota(from, rows)) return undefined
          one = begin(root, key, own)
        }
      }
      return (await one?.whole)?.get(index)
    },
  }
}
