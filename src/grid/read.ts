// Reading a blob, or a part of it, out of a grid: which tiles and columns hold the bytes, and the bytes from cells
// however they were come by. The cells must have been checked; a whole blob can be held against its blobId, a part
// rests on the proofs of its tiles.

import { BYTES_PER_CELL } from '../kernel/parameters.ts'
import type { GridColumn, GridTile, TilePlace } from './block.ts'
import { type CellLookup, payloadPerCell, readBytes } from './cells.ts'
import type { Entry } from './containers.ts'
import { DATA_COLUMNS, type Shape } from './shape.ts'

/** What of an entry says where its bytes lie. */
export type BlobPlace = Pick<Entry, 'startCell' | 'length' | 'flags'>

/** A blob's bytes, or undefined if a cell of it is not at hand. */
export const readBlob = (entry: BlobPlace, cellAt: CellLookup): Uint8Array | undefined =>
  readRange(entry, 0, entry.length, cellAt)

/** Bytes offset..offset+length-1 of a blob, or undefined. Throws RangeError where the range leaves the blob. */
export const readRange = (
  entry: BlobPlace,
  offset: number,
  length: number,
  cellAt: CellLookup,
): Uint8Array | undefined => {
  expectRange(entry, offset, length)
  return readBytes(cellAt, entry.startCell, entry.flags, offset, length)
}

/** The data tiles that hold a range of a blob, each once, in order of cells. Throws RangeError as `readRange`. */
export const tilesOfRange = (
  { lanes }: Pick<Shape, 'lanes'>,
  entry: BlobPlace,
  offset: number,
  length: number,
): readonly TilePlace[] => {
  expectRange(entry, offset, length)
  const size = payloadPerCell(entry.flags)
  const first = entry.startCell + Math.floor(offset / size)
  const last = entry.startCell + Math.floor((offset + length - 1) / size)
  const places = new Map<number, TilePlace>()
  for (let cell = first; cell <= last && length > 0; cell++) {
    const band = Math.floor(cell / DATA_COLUMNS / lanes)
    const column = cell % DATA_COLUMNS
    places.set(band * DATA_COLUMNS + column, { band, column })
  }
  return [...places.values()]
}

/** Looks cells up in columns, of which any may be missing. */
export const lookupInColumns = (columns: readonly Pick<GridColumn, 'index' | 'cells'>[]): CellLookup => {
  const byIndex = new Map(columns.map(({ index, cells }) => [index, cells]))
  return (row, column) => byIndex.get(column)?.[row]
}

/** Looks cells up in data tiles, of which any may be missing. */
export const lookupInTiles = (
  { lanes }: Pick<Shape, 'lanes'>,
  tiles: readonly Pick<GridTile, 'band' | 'column' | 'cells'>[],
): CellLookup => {
  const byPlace = new Map(tiles.map(({ band, column, cells }) => [band * DATA_COLUMNS * 2 + column, cells]))
  return (row, column) => {
    const lane = row % lanes
    return byPlace
      .get(Math.floor(row / lanes) * DATA_COLUMNS * 2 + column)
      ?.subarray(lane * BYTES_PER_CELL, (lane + 1) * BYTES_PER_CELL)
  }
}

const expectRange = (entry: BlobPlace, offset: number, length: number): void => {
  const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
  if (!inside || offset + length > entry.length) {
    throw new RangeError(`expected a range of ${entry.length} bytes, got ${length} bytes at ${offset}`)
  }
}
