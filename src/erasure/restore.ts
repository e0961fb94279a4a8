// Restores a grid from whichever tiles are at hand: a band's rows from any 64 of their cells, a column from any B of
// its 2B bands, alternating until the data is whole or nothing moves. Bands known to be zero count as known. What
// comes out fits the tiles that were used; whether it is the block, the Merkle root of its encoding says.

import type { FieldKernel } from '../kernel/field-kernel.ts'
import { BYTES_PER_CELL, CELLS_PER_EXT_BLOB } from '../kernel/parameters.ts'

const COLUMNS = CELLS_PER_EXT_BLOB
/** Cells of a row that restore it. */
export const CELLS_TO_RESTORE = COLUMNS / 2

export interface CodeShape {
  /** B: data bands, of 2B; a power of two, 1..64. */
  readonly bands: number
  /** g: rows of a band; a tile has g * 2,048 bytes. */
  readonly lanes: number
  /** z: the last data bands of B that are known to be zero. */
  readonly zeroBands: number
}

/** Tiles of a grid: that of (band, column) at band * 128 + column; undefined where it is not known. */
export type Tiles = (Uint8Array | undefined)[]

/**
 * Restores the data of a grid, bands 0..B-1 of columns 0..63, from known tiles of all 2B bands and 128 columns. The
 * tile of (band, column) is at band * 64 + column of the result, which is undefined if too little is known. Throws
 * RangeError where a tile's length or an element is not right.
 *
 * Surplus tiles are not compared: whoever holds a digest of the grid must encode the result again and compare that.
 */
export const restoreTiles = (
  kernel: Pick<FieldKernel, 'recoverRow' | 'recoverBands'>,
  shape: CodeShape,
  known: Readonly<Tiles>,
): readonly Uint8Array[] | undefined => {
  const tiles = withZeroBands(shape, known)
  if (isWhole(shape, tiles)) return dataOf(shape, tiles)
  for (let moved = true; moved; ) {
    moved = false
    for (let band = 0; band < 2 * shape.bands; band++) {
      moved = restoreBand(kernel, shape, tiles, band) || moved
      if (isWhole(shape, tiles)) return dataOf(shape, tiles)
    }
    for (let column = 0; column < COLUMNS; column++) {
      moved = restoreColumn(kernel, shape, tiles, column) || moved
    }
    if (isWhole(shape, tiles)) return dataOf(shape, tiles)
  }
  return undefined
}

/** Which tiles are known: `[band * 128 + column]`, over all 2B bands. */
export type Availability = ArrayLike<boolean | number | undefined>

/** Whether `restoreTiles` would succeed, by counting alone. */
export const isRestorable = (shape: Pick<CodeShape, 'bands' | 'zeroBands'>, known: Availability): boolean =>
  stuckTiles(shape, known) === 0

/**
 * How many tiles stay unknown when rows and columns have restored each other as far as they can: the same work as
 * `restoreTiles`, by counting alone, each tile touched once.
 */
export const stuckTiles = (shape: Pick<CodeShape, 'bands' | 'zeroBands'>, known: Availability): number => {
  const { bands } = shape
  const has = new Uint8Array(2 * bands * COLUMNS)
  // Lines of the grid: bands first, then columns. A line that knows enough of itself waits once to be filled.
  const counts = new Uint16Array(2 * bands + COLUMNS)
  let missing = has.length
  const put = (place: number): void => {
    has[place] = 1
    missing--
    counts[Math.floor(place / COLUMNS)]! += 1
    counts[2 * bands + (place % COLUMNS)]! += 1
  }
  for (let place = 0; place < has.length; place++) {
    if (known[place] || isZeroBand(shape, Math.floor(place / COLUMNS))) put(place)
  }
  const enough = (line: number) => (line < 2 * bands ? CELLS_TO_RESTORE : bands)
  const ready = range(counts.length).filter((line) => counts[line]! >= enough(line))
  const fill = (place: number, crossing: number): void => {
    if (has[place] === 1) return
    put(place)
    if (counts[crossing] === enough(crossing)) ready.push(crossing)
  }
  for (let line = ready.pop(); line !== undefined; line = ready.pop()) {
    if (line < 2 * bands) {
      for (let column = 0; column < COLUMNS; column++) fill(line * COLUMNS + column, 2 * bands + column)
    } else {
      for (let band = 0; band < 2 * bands; band++) fill(band * COLUMNS + line - 2 * bands, band)
    }
  }
  return missing
}

const withZeroBands = (shape: CodeShape, known: Readonly<Tiles>): Tiles => {
  const { bands, lanes } = shape
  if (known.length > 2 * bands * COLUMNS) {
    throw new RangeError(`expected at most ${2 * bands * COLUMNS} tiles, got ${known.length}`)
  }
  const size = lanes * BYTES_PER_CELL
  const zero = new Uint8Array(size)
  return Array.from({ length: 2 * bands * COLUMNS }, (_, i) => {
    if (isZeroBand(shape, Math.floor(i / COLUMNS))) return zero
    const tile = known[i]
    if (tile !== undefined && tile.length !== size) {
      throw new RangeError(`expected tiles of ${size} bytes, got ${tile.length}`)
    }
    return tile
  })
}

const isZeroBand = ({ bands, zeroBands }: Pick<CodeShape, 'bands' | 'zeroBands'>, band: number): boolean =>
  band < bands && band >= bands - zeroBands

/** Restores the rows of a band where at least 64 but not all of its tiles are known. */
const restoreBand = (
  kernel: Pick<FieldKernel, 'recoverRow'>,
  { lanes }: CodeShape,
  tiles: Tiles,
  band: number,
): boolean => {
  const place = band * COLUMNS
  const all = range(COLUMNS).filter((column) => tiles[place + column] !== undefined)
  if (all.length < CELLS_TO_RESTORE || all.length === COLUMNS) return false
  const used = all.slice(0, CELLS_TO_RESTORE)
  const restored = range(COLUMNS).map(() => new Uint8Array(lanes * BYTES_PER_CELL))
  const cells = new Uint8Array(CELLS_TO_RESTORE * BYTES_PER_CELL)
  for (let lane = 0; lane < lanes; lane++) {
    const from = lane * BYTES_PER_CELL
    used.forEach((column, i) => {
      cells.set(tiles[place + column]!.subarray(from, from + BYTES_PER_CELL), i * BYTES_PER_CELL)
    })
    const row = kernel.recoverRow(used, cells)
    restored.forEach((tile, column) => {
      tile.set(row.subarray(column * BYTES_PER_CELL, (column + 1) * BYTES_PER_CELL), from)
    })
  }
  restored.forEach((tile, column) => {
    tiles[place + column] ??= tile
  })
  return true
}

/** Restores a column where at least B but not all of its 2B tiles are known. */
const restoreColumn = (
  kernel: Pick<FieldKernel, 'recoverBands'>,
  { bands, lanes }: CodeShape,
  tiles: Tiles,
  column: number,
): boolean => {
  const all = range(2 * bands).filter((band) => tiles[band * COLUMNS + column] !== undefined)
  if (all.length < bands || all.length === 2 * bands) return false
  const used = all.slice(0, bands)
  const size = lanes * BYTES_PER_CELL
  const chunks = new Uint8Array(bands * size)
  used.forEach((band, i) => {
    chunks.set(tiles[band * COLUMNS + column]!, i * size)
  })
  const restored = kernel.recoverBands(bands, used, chunks)
  for (let band = 0; band < 2 * bands; band++) {
    tiles[band * COLUMNS + column] ??= restored.subarray(band * size, (band + 1) * size)
  }
  return true
}

/** Places of the data: bands 0..B-1 of the first 64 columns. */
const dataPlaces = ({ bands }: CodeShape): readonly number[] =>
  range(bands).flatMap((band) => range(CELLS_TO_RESTORE).map((column) => band * COLUMNS + column))

const isWhole = (shape: CodeShape, tiles: Tiles): boolean =>
  dataPlaces(shape).every((place) => tiles[place] !== undefined)

const dataOf = (shape: CodeShape, tiles: Tiles): readonly Uint8Array[] =>
  dataPlaces(shape).map((place) => tiles[place]!)

const range = (length: number): readonly number[] => Array.from({ length }, (_, i) => i)
