// From blobs to a block: pack, commit, extend, hash, challenge, prove. This is the order that makes the proofs sound:
// every commitment and every byte of every tile is fixed before gamma is.

import type { FieldKernel } from '../kernel/field-kernel.ts'
import { BYTES_PER_BLOB, BYTES_PER_CELL, CELLS_PER_EXT_BLOB } from '../kernel/parameters.ts'
import { foldOf } from './aggregate.ts'
import type { Blob } from './blob.ts'
import type { EncodedBlock, GridColumn } from './block.ts'
import { type HashComponents, levelsOfColumn } from './columns.ts'
import type { EncodeComponents } from './components.ts'
import { branchOf, levelsOf, rootOfLevels } from './merkle.ts'
import { type PackedBlobs, packBlobs } from './packing.ts'
import { commitmentsRootOf, emptyHeader, entriesRootOf, proofsRootOf } from './roots.ts'
import { createScratch } from './scratch.ts'
import { COLUMNS, type GridParams, type Shape, shapeOf } from './shape.ts'
import { makeSheet } from './sheet.ts'

/** Encodes blobs; none make the block of N = 0. Throws PackingError where they cannot be packed. */
export const encodeBlock = (
  components: EncodeComponents,
  params: GridParams,
  blobs: readonly Blob[],
): EncodedBlock => encodeRows(components, params, packBlobs(blobs, params, components.sha256))

/** Encodes rows as they are, 0 to 256 of them; that they are a valid packing is the caller's to know. */
export const encodeRows = (
  components: EncodeComponents,
  { maxBands }: Pick<GridParams, 'maxBands'>,
  { rows, entries, entriesCell }: PackedBlobs,
): EncodedBlock => {
  if (rows.length === 0)
    return { header: emptyHeader(), commitments: [], entries: [], sheet: [], columns: [] }
  const shape = shapeOf(rows.length, maxBands)
  const commitments = rows.map((row) => components.kzg.blobToKzgCommitment(row))
  const commitmentsRoot = commitmentsRootOf(commitments)
  const { columns, dataRoot } = treeOfColumns(components, shape, extendRows(components.kernel, rows))
  const sheet = makeSheet(components, foldOf(components, shape, { commitmentsRoot, dataRoot }), rows)
  return {
    header: {
      rowCount: rows.length,
      commitmentsRoot,
      entriesCell,
      entriesRoot: entriesRootOf(entries),
      dataRoot,
      proofsRoot: proofsRootOf(sheet),
    },
    commitments,
    entries,
    sheet,
    columns,
  }
}

/** The cells of all 128 columns, N of each, from N rows of 131,072 bytes. */
export const extendRows = (
  kernel: Pick<FieldKernel, 'extendRow'>,
  rows: readonly Uint8Array[],
): readonly (readonly Uint8Array[])[] => {
  const extended = new Uint8Array(2 * BYTES_PER_BLOB)
  return columnsOfRows(rows.length, (row) => kernel.extendRow(rows[row]!, extended))
}

/**
 * The same from the 128 cells (262,144 bytes) of one row after the other, which are copied before the next is asked
 * for. A column's cells fill one buffer.
 */
export const columnsOfRows = (
  rowCount: number,
  cellsOfRow: (row: number) => Uint8Array,
): readonly (readonly Uint8Array[])[] => {
  const columns = Array.from({ length: CELLS_PER_EXT_BLOB }, () => new Uint8Array(rowCount * BYTES_PER_CELL))
  for (let row = 0; row < rowCount; row++) {
    const cells = cellsOfRow(row)
    columns.forEach((column, k) => {
      column.set(cells.subarray(k * BYTES_PER_CELL, (k + 1) * BYTES_PER_CELL), row * BYTES_PER_CELL)
    })
  }
  return columns.map((column) => splitCells(column))
}

/** Columns with their branches, and dataRoot, from the N cells of each of the 128. */
export const treeOfColumns = (
  components: HashComponents,
  shape: Shape,
  columns: readonly (readonly Uint8Array[])[],
): { readonly columns: readonly GridColumn[]; readonly dataRoot: Uint8Array } => {
  if (columns.length !== COLUMNS) throw new RangeError(`expected ${COLUMNS} columns, got ${columns.length}`)
  const { scratch = createScratch() } = components
  const roots = columns.map((cells) => rootOfLevels(levelsOfColumn({ ...components, scratch }, shape, cells)))
  const levels = levelsOf(components.sha256, roots)
  return {
    columns: columns.map((cells, index) => ({ index, cells, branch: branchOf(levels, index) })),
    dataRoot: rootOfLevels(levels),
  }
}

/** A string of cells as views of 2,048 bytes. */
export const splitCells = (bytes: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: bytes.length / BYTES_PER_CELL }, (_, i) =>
    bytes.subarray(i * BYTES_PER_CELL, (i + 1) * BYTES_PER_CELL),
  )
