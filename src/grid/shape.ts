// The shape of a block's grid: how many bands and lanes N rows make. Everyone derives it from the row count and the
// chain's parameters, and nobody believes a stated one.

import { BYTES_PER_CELL } from '../kernel/parameters.ts'

/** Columns of every grid: EIP-7594's CELLS_PER_EXT_BLOB. */
export const COLUMNS = 128
/** Columns that hold the data; any as many restore a row. */
export const DATA_COLUMNS = 64
/** Most rows that any chain can allow: the limit of the list of commitments. */
export const MAX_ROWS = 256
/** Most bands that any chain can allow. */
export const MAX_BANDS = 64
/** Most entries of a block: the limit of the list of entries. */
export const MAX_ENTRIES = 16_384

/** What genesis fixes about grids: rows of a block at most (1..256), bands at most (a power of two, 1..64). */
export interface GridParams {
  readonly maxRows: number
  readonly maxBands: number
}

/** N rows as B bands of g lanes. For N = 0 there is no grid, and all are 0. */
export interface Shape {
  /** N, 0..256. */
  readonly rowCount: number
  /** B, data bands, a power of two; the grid has 2B. */
  readonly bands: number
  /** g, rows of a band. */
  readonly lanes: number
  /** z, data bands without a single row: all zero, known to everyone. */
  readonly zeroBands: number
  /** Bytes of a tile: g * 2,048. */
  readonly tileBytes: number
}

/** B = min(maxBands, least power of two >= N), g = ceil(N/B). Throws RangeError outside the limits. */
export const shapeOf = (rowCount: number, maxBands: number): Shape => {
  if (!Number.isSafeInteger(rowCount) || rowCount < 0 || rowCount > MAX_ROWS) {
    throw new RangeError(`expected 0 to ${MAX_ROWS} rows, got ${rowCount}`)
  }
  if (!isMaxBands(maxBands)) {
    throw new RangeError(`expected maxBands to be a power of two, at most ${MAX_BANDS}, got ${maxBands}`)
  }
  if (rowCount === 0) return { rowCount, bands: 0, lanes: 0, zeroBands: 0, tileBytes: 0 }
  let bands = 1
  while (bands < rowCount && bands < maxBands) bands *= 2
  const lanes = Math.ceil(rowCount / bands)
  return {
    rowCount,
    bands,
    lanes,
    zeroBands: bands - Math.ceil(rowCount / lanes),
    tileBytes: lanes * BYTES_PER_CELL,
  }
}

const isMaxBands = (value: number): boolean =>
  Number.isSafeInteger(value) && value >= 1 && value <= MAX_BANDS && (value & (value - 1)) === 0
