// The state of every tile of a block's grid, for drawing: what is there, what was sampled by whom, what failed. Pure:
// from a record of events to cells of a picture.

import type { BlockRecord } from './chronicle.ts'

export const COLUMNS = 128
const DATA_COLUMNS = 64

/**
 * `missing`: no node has the column. `data`: bytes of blobs. `extension`: computed from the data, there as well.
 * `sampled`: a light node drew the tile, had it and checked it (`by`: its place). `failed`: drew it and nobody had it.
 */
export type TileState =
  | { readonly kind: 'missing' | 'data' | 'extension' | 'failed' }
  | { readonly kind: 'sampled'; readonly by: number }

/** States of a grid of 2B bands (rows of the picture) by 128 columns. `lightNodes`: names in the order of `by`. */
export const tileStates = (
  block: Pick<BlockRecord, 'bands' | 'columns' | 'restoredBy' | 'samples'>,
  lightNodes: readonly string[],
): readonly (readonly TileState[])[] => {
  const isThere = (column: number) => block.restoredBy.size > 0 || block.columns.has(column)
  const grid: TileState[][] = Array.from({ length: 2 * block.bands }, (_, band) =>
    Array.from({ length: COLUMNS }, (_, column): TileState => {
      if (!isThere(column)) return { kind: 'missing' }
      return { kind: band < block.bands && column < DATA_COLUMNS ? 'data' : 'extension' }
    }),
  )
  for (const [by, name] of lightNodes.entries()) {
    for (const { band, column, ok } of block.samples.get(name) ?? []) {
      const row = grid[band]
      if (row?.[column] === undefined) continue
      // A failure stays visible when another light node drew the same tile.
      if (row[column].kind !== 'failed') row[column] = ok ? { kind: 'sampled', by } : { kind: 'failed' }
    }
  }
  return grid
}
