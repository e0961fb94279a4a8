// A whole block from some of its columns or tiles, and the judgement that goes with it: the restored grid must equal
// dataRoot, the sheet must hold on every tile, the rows must be the one valid packing of the entries that they carry.

import { equal } from '../base/bytes.ts'
import { type Reject, reject } from '../base/verdict.ts'
import { CELLS_TO_RESTORE, restoreTiles } from '../erasure/restore.ts'
import type { FieldKernel } from '../kernel/field-kernel.ts'
import { BYTES_PER_BLOB, BYTES_PER_CELL } from '../kernel/parameters.ts'
import type { GridColumn, GridHeader, KnownParts, ProvenHeader, RestoreCode, RestoreResult } from './block.ts'
import { areCanonicalElements } from './canonical.ts'
import { type HashComponents, isRowCount } from './columns.ts'
import type { GridComponents } from './components.ts'
import { columnsOfRows, extendRows, treeOfColumns } from './encode.ts'
import { lookupInColumns } from './read.ts'
import { emptyHeader } from './roots.ts'
import { COLUMNS, DATA_COLUMNS, type GridParams, type Shape, shapeOf } from './shape.ts'
import { checkSheet } from './sheet.ts'
import { judgePacking } from './unpacking.ts'

type RestoreComponents = HashComponents & { readonly kernel: FieldKernel }

/** Restores and judges everything, sheet included: what a validator does before it notarises. */
export const restoreBlock = (
  components: GridComponents,
  params: GridParams,
  block: ProvenHeader,
  known: KnownParts,
): RestoreResult => {
  const restored = restoreData(components, params, block.header, known)
  if (restored.verdict !== 'accept') return restored
  const sheet = checkSheet(components, params, block, restored.columns)
  return sheet.verdict === 'accept' ? restored : reject(sheet.verdict === 'reject' ? sheet.code : 'proof')
}

/** Restores and judges the data: dataRoot, packing, blobIds; not the sheet. */
export const restoreData = (
  components: RestoreComponents,
  params: GridParams,
  header: GridHeader,
  known: KnownParts,
): RestoreResult => {
  // [reject] limits; a block without rows has nothing to restore
  if (header.rowCount === 0) return judgeEmpty(header)
  if (!isRowCount(header.rowCount, params.maxRows)) return reject('shape')
  const shape = shapeOf(header.rowCount, params.maxBands)
  if (!isKnownWellFormed(shape, known)) return reject('shape')
  if (!areKnownCanonical(known)) return reject('not-canonical')

  // [reject] too little is known
  const cells = restoreCells(components.kernel, shape, known)
  if (cells === undefined) return reject('incomplete')

  // [reject] the grid that these rows make is not that of dataRoot. Each is a codeword of 64 cells, so that what was
  // known in surplus and fits no codeword cannot pass.
  const { columns, dataRoot } = treeOfColumns(components, shape, cells)
  if (!equal(dataRoot, header.dataRoot)) return reject('data-root')

  // [reject] packing
  const unpacked = judgePacking(lookupInColumns(columns), { ...header, ...params }, components.sha256)
  if (unpacked.verdict !== 'accept') return unpacked
  return { verdict: 'accept', columns, entries: unpacked.entries }
}

const judgeEmpty = (header: GridHeader): RestoreResult => {
  const empty = emptyHeader()
  const refuse = (code: RestoreCode): Reject<RestoreCode> => reject(code)
  if (!equal(header.dataRoot, empty.dataRoot)) return refuse('data-root')
  if (!equal(header.commitmentsRoot, empty.commitmentsRoot)) return refuse('commitments-root')
  if (!equal(header.proofsRoot, empty.proofsRoot)) return refuse('proofs-root')
  if (!equal(header.entriesRoot, empty.entriesRoot)) return refuse('entries-root')
  if (header.entriesCell !== 0) return refuse('entries-cell')
  return { verdict: 'accept', columns: [], entries: [] }
}

/** The N cells of each of the 128 columns, or undefined. */
const restoreCells = (
  kernel: FieldKernel,
  shape: Shape,
  known: KnownParts,
): readonly (readonly Uint8Array[])[] | undefined => {
  const columns = columnsToRestore(known)
  if (columns !== undefined) return cellsFromColumns(kernel, shape, columns)
  const rows = restoreRows(kernel, shape, known)
  return rows && extendRows(kernel, rows)
}

/** 64 different columns in order, those that hold the data first; undefined where there are fewer. */
const columnsToRestore = ({
  columns = [],
}: KnownParts): readonly Pick<GridColumn, 'index' | 'cells'>[] | undefined => {
  const byIndex = new Map(columns.map((column) => [column.index, column]))
  const sorted = [...byIndex.values()].sort((a, b) => a.index - b.index)
  return sorted.length < CELLS_TO_RESTORE ? undefined : sorted.slice(0, CELLS_TO_RESTORE)
}

/** A row at a time, from its cells to its cells: by way of tiles a block of 256 rows would be in memory twice more. */
const cellsFromColumns = (
  kernel: Pick<FieldKernel, 'extendRow' | 'recoverRow'>,
  { rowCount }: Shape,
  columns: readonly Pick<GridColumn, 'index' | 'cells'>[],
): readonly (readonly Uint8Array[])[] => {
  const indices = columns.map(({ index }) => index)
  const isData = indices.every((index, i) => index === i)
  const known = new Uint8Array(columns.length * BYTES_PER_CELL)
  const row = new Uint8Array(2 * BYTES_PER_BLOB)
  return columnsOfRows(rowCount, (index) => {
    columns.forEach(({ cells }, i) => {
      known.set(cells[index]!, i * BYTES_PER_CELL)
    })
    return isData ? kernel.extendRow(known, row) : kernel.recoverRow(indices, known, row)
  })
}

/** The N rows of 131,072 bytes, or undefined. */
const restoreRows = (
  kernel: FieldKernel,
  shape: Shape,
  known: KnownParts,
): readonly Uint8Array[] | undefined => {
  const { lanes, rowCount } = shape
  const tiles = restoreTiles(kernel, shape, tilesOfParts(shape, known))
  if (tiles === undefined) return undefined
  return Array.from({ length: rowCount }, (_, i) => {
    const row = new Uint8Array(BYTES_PER_BLOB)
    const from = (i % lanes) * BYTES_PER_CELL
    for (let column = 0; column < DATA_COLUMNS; column++) {
      const tile = tiles[Math.floor(i / lanes) * DATA_COLUMNS + column]!
      row.set(tile.subarray(from, from + BYTES_PER_CELL), column * BYTES_PER_CELL)
    }
    return row
  })
}

const tilesOfParts = (
  { bands, tileBytes }: Shape,
  { columns = [], tiles = [] }: KnownParts,
): (Uint8Array | undefined)[] => {
  const all = new Array<Uint8Array | undefined>(2 * bands * COLUMNS).fill(undefined)
  for (const { band, column, cells } of tiles) all[band * COLUMNS + column] = cells
  for (const { index, cells } of columns) {
    const bytes = new Uint8Array(bands * tileBytes)
    cells.forEach((cell, row) => {
      bytes.set(cell, row * BYTES_PER_CELL)
    })
    for (let band = 0; band < bands; band++) {
      all[band * COLUMNS + index] = bytes.subarray(band * tileBytes, (band + 1) * tileBytes)
    }
  }
  return all
}

const isKnownWellFormed = (shape: Shape, { columns = [], tiles = [] }: KnownParts): boolean =>
  columns.every(
    ({ index, cells }) =>
      isBelow(index, COLUMNS) &&
      cells.length === shape.rowCount &&
      cells.every((cell) => cell.length === BYTES_PER_CELL),
  ) &&
  tiles.every(
    ({ band, column, cells }) =>
      isBelow(band, 2 * shape.bands) && isBelow(column, COLUMNS) && cells.length === shape.tileBytes,
  )

const areKnownCanonical = ({ columns = [], tiles = [] }: KnownParts): boolean =>
  columns.every(({ cells }) => cells.every(areCanonicalElements)) &&
  tiles.every(({ cells }) => areCanonicalElements(cells))

const isBelow = (value: number, limit: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value < limit
