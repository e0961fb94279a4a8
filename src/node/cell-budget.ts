// The bytes of cells that a node holds in memory, whoever holds them: blocks on their way, blocks restored for peers,
// columns that were read lately. One budget for all, since a block of 256 rows has 64 MiB and each of them may have one.
// What can be had again, from disk or by restoring, gives way to what comes.

import { COLUMNS } from '../chain/limits.ts'

export interface CellHolder {
  readonly bytes: number
  /** Lets go of so many bytes or more, or of all that can be had again. */
  letGo(bytes: number): void
}

/** Whose cells: those that were read, of blocks restored for peers, of blocks on their way. They give way in this order. */
const ranks = ['read', 'restored', 'coming'] as const
export type CellRank = (typeof ranks)[number]

export interface CellBudget {
  join(rank: CellRank, holder: CellHolder): void
  /** Has holders let go until so many bytes more have room; how many are too many still. */
  makeRoom(bytes: number): number
}

/** Two blocks of 256 rows: one that comes, and the one before it. */
export const MAX_CELL_BYTES = 128 * 2 ** 20
const CELL_BYTES = 2_048

/** Bytes of the cells of so many columns of a block, all of them by default. */
export const cellBytes = (rowCount: number, columns: number = COLUMNS): number =>
  rowCount * CELL_BYTES * columns

export const createCellBudget = (maxBytes: number = MAX_CELL_BYTES): CellBudget => {
  const holders: { readonly rank: number; readonly holder: CellHolder }[] = []
  const over = (bytes: number) => holders.reduce((sum, { holder }) => sum + holder.bytes, bytes) - maxBytes
  return {
    join(rank, holder) {
      holders.push({ rank: ranks.indexOf(rank), holder })
      holders.sort((a, b) => a.rank - b.rank)
    },
    makeRoom(bytes) {
      for (const { holder } of holders) {
        const excess = over(bytes)
        if (excess <= 0) return 0
        holder.letGo(excess)
      }
      return Math.max(0, over(bytes))
    },
  }
}
