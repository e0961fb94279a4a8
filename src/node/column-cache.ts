// Columns that were read lately, in memory and bounded by their bytes and their number: whoever reads one blob of a
// block mostly is not alone, and a blob's cells lie in up to 64 columns, each as high as the block.

import type { Column } from '../chain/containers.ts'
import { cellBytes } from './cell-budget.ts'

export interface CachedColumn {
  readonly column: Column
  /** Whether it is on this node's disk. */
  readonly isLocal: boolean
}

export interface ColumnCache {
  /** `block` is the root in hex. */
  get(block: string, index: number): CachedColumn | undefined
  put(block: string, cached: CachedColumn): void
  /** Of the cells, as they are now. */
  readonly bytes: number
  /** Drops columns, the ones used longest ago first, until so many bytes less are held. */
  letGo(bytes: number): void
}

/**
 * Most columns that are kept. What lies around the cells of a column, its header, its path and their objects, takes 5 KB of
 * the heap, which in small blocks is more than the cells.
 */
export const MAX_CACHED_COLUMNS = 1_024

/** Keeps at most `maxBytes` of cells: the ones used longest ago go first. */
export const createColumnCache = (maxBytes: number): ColumnCache => {
  const columns = new Map<string, CachedColumn>()
  let bytes = 0
  const sizeOf = ({ column }: CachedColumn) => cellBytes(column.cells.length, 1)
  const remove = (key: string) => {
    const old = columns.get(key)
    if (old === undefined) return
    columns.delete(key)
    bytes -= sizeOf(old)
  }
  return {
    get bytes() {
      return bytes
    },
    get(block, index) {
      const key = `${block}:${index}`
      const cached = columns.get(key)
      if (cached === undefined) return undefined
      columns.delete(key)
      columns.set(key, cached)
      return cached
    },
    letGo(least) {
      const goal = bytes - least
      for (const oldest of columns.keys()) {
        if (bytes <= goal) return
        remove(oldest)
      }
    },
    put(block, cached) {
      const key = `${block}:${cached.column.index}`
      remove(key)
      columns.set(key, cached)
      bytes += sizeOf(cached)
      for (const oldest of columns.keys()) {
        if (bytes <= maxBytes && columns.size <= MAX_CACHED_COLUMNS) return
        remove(oldest)
      }
    },
  }
}
