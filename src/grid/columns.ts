// Columns: from cells to leaves and back to the header. A column is checked in two steps: against dataRoot, which
// needs SHA-256 and the vertical code and suffices to forward it, and against commitments and sheet, which is KZG.

import { hasCode } from '../base/error.ts'
import { accept, reject } from '../base/verdict.ts'
import type { FieldKernel } from '../kernel/field-kernel.ts'
import { BYTES_PER_CELL } from '../kernel/parameters.ts'
import {
  areZeroProofsInfinite,
  bandCommitments,
  type Fold,
  foldOf,
  foldVectors,
  ONE,
  rowsOfBand,
} from './aggregate.ts'
import type { GridColumn, GridHeader, PartVerdict, ProvenHeader } from './block.ts'
import { areCanonicalElements } from './canonical.ts'
import { type ClaimGroup, judgeGroups } from './claims.ts'
import type { GridComponents } from './components.ts'
import { isBranch, type Levels, leadsTo, leafOf, levelsOf, rootOfLevels } from './merkle.ts'
import { areCommitmentsOf, isSheetOf } from './roots.ts'
import type { Scratch } from './scratch.ts'
import type { Sha256 } from './sha256.ts'
import { COLUMNS, type GridParams, type Shape, shapeOf } from './shape.ts'

/** Siblings from a column's root to dataRoot: log2(128). */
export const COLUMN_BRANCH_DEPTH = 7

/** All 2B tiles of a column from its N cells: g * 2,048 bytes each, zero lanes included. Views of `into`. */
export const tilesOfColumn = (
  kernel: Pick<FieldKernel, 'extendBands'>,
  { bands, tileBytes }: Shape,
  cells: readonly Uint8Array[],
  into: Uint8Array = new Uint8Array(2 * bands * tileBytes),
): readonly Uint8Array[] => {
  const data = into.subarray(0, bands * tileBytes)
  cells.forEach((cell, row) => {
    data.set(cell, row * BYTES_PER_CELL)
  })
  data.fill(0, cells.length * BYTES_PER_CELL)
  const all = kernel.extendBands(bands, data, into)
  return Array.from({ length: 2 * bands }, (_, band) =>
    all.subarray(band * tileBytes, (band + 1) * tileBytes),
  )
}

/** What it takes to hash columns. */
export interface HashComponents {
  readonly kernel: Pick<FieldKernel, 'extendBands'>
  readonly sha256: Sha256
  /** Where tiles lie while they are hashed. Default: new memory for each column, a megabyte in a block of 256 rows. */
  readonly scratch?: Scratch
}

/** The Merkle tree over a column's 2B tiles. */
export const levelsOfColumn = (
  { kernel, sha256, scratch }: HashComponents,
  shape: Shape,
  cells: readonly Uint8Array[],
): Levels =>
  levelsOf(
    sha256,
    tilesOfColumn(kernel, shape, cells, scratch?.(2 * shape.bands * shape.tileBytes)).map((tile) =>
      leafOf(sha256, tile),
    ),
  )

/** Judges a column by its bytes and branch against dataRoot. */
export const checkColumn = (
  components: HashComponents,
  { maxRows, maxBands }: GridParams,
  header: Pick<GridHeader, 'rowCount' | 'dataRoot'>,
  column: GridColumn,
): PartVerdict => {
  // [reject] limits: row count, index, number and size of cells, branch
  if (!isRowCount(header.rowCount, maxRows) || !hasColumnShape(header.rowCount, column))
    return reject('shape')

  // [reject] elements not below r
  if (!column.cells.every(areCanonicalElements)) return reject('not-canonical')

  // [reject] the branch does not lead to dataRoot
  const shape = shapeOf(header.rowCount, maxBands)
  const root = rootOfLevels(levelsOfColumn(components, shape, column.cells))
  const found = leadsTo(components.sha256, header.dataRoot, root, column.index, column.branch)
  return found ? accept : reject('path')
}

/**
 * Judges columns against commitments and sheet: one KZG batch, halved where it fails. What it says is about the
 * bytes; that they are the block's, `checkColumn` says.
 */
export const checkColumnProofs = (
  components: Pick<GridComponents, 'sha256' | 'kernel' | 'kzg'>,
  { maxRows, maxBands }: GridParams,
  { header, commitments, sheet }: ProvenHeader,
  columns: readonly GridColumn[],
): readonly PartVerdict[] => {
  const all = (verdict: PartVerdict): readonly PartVerdict[] => columns.map(() => verdict)

  // [reject] limits and roots of what came with the header
  if (!isRowCount(header.rowCount, maxRows)) return all(reject('shape'))
  const shape = shapeOf(header.rowCount, maxBands)
  if (!areCommitmentsOf(header, commitments)) return all(reject('commitments-root'))
  if (!isSheetOf(header, shape, sheet)) return all(reject('proofs-root'))
  if (!areZeroProofsInfinite(shape, sheet)) return all(reject('point'))

  // [reject] shape and elements of each column
  const verdicts = columns.map((column): PartVerdict => {
    if (!hasColumnShape(header.rowCount, column)) return reject('shape')
    return column.cells.every(areCanonicalElements) ? accept : reject('not-canonical')
  })
  const sound = columns.filter((_, i) => verdicts[i] === accept)

  // [reject] the multi-proofs of the bands
  const fold = foldOf(components, shape, header)
  const folded = foldCommitments(components, fold, commitments)
  if (folded === undefined) return all(reject('point'))
  const groups = sound.map((column) => columnClaims(components.kernel, fold, folded, sheet, column))
  const faults = judgeGroups(components.kzg, groups)
  const faultOf = new Map(sound.map((column, i) => [column, faults[i]]))
  return columns.map((column, i) => {
    const fault = faultOf.get(column)
    return fault === undefined ? verdicts[i]! : reject(fault)
  })
}

/** The claims of a column's data tiles, bands with rows only. `folded` is C_b of those bands. */
export const columnClaims = (
  kernel: Pick<FieldKernel, 'combine'>,
  fold: Fold,
  folded: readonly Uint8Array[],
  sheet: readonly Uint8Array[],
  { index, cells }: Pick<GridColumn, 'index' | 'cells'>,
): ClaimGroup =>
  folded.map((commitment, band) => ({
    commitment: [{ point: commitment, scalar: ONE }],
    cellIndex: index,
    cell: foldVectors(kernel, fold, rowsOfBand(fold.shape, cells, band)),
    proof: [{ point: sheet[band * COLUMNS + index]!, scalar: ONE }],
  }))

/** C_b of the bands with rows, or undefined where a commitment is no point of the subgroup. */
export const foldCommitments = (
  { kzg }: Pick<GridComponents, 'kzg'>,
  fold: Fold,
  commitments: readonly Uint8Array[],
): readonly Uint8Array[] | undefined => {
  try {
    return bandCommitments(kzg, fold, commitments)
  } catch (error) {
    if (hasCode(error, 'malformed-input')) return undefined
    throw error
  }
}

/** Whether a header of N rows has a grid that this chain allows. */
export const isRowCount = (rowCount: number, maxRows: number): boolean =>
  Number.isSafeInteger(rowCount) && rowCount >= 1 && rowCount <= maxRows

const hasColumnShape = (rowCount: number, { index, cells, branch }: GridColumn): boolean =>
  Number.isSafeInteger(index) &&
  index >= 0 &&
  index < COLUMNS &&
  cells.length === rowCount &&
  cells.every((cell) => cell.length === BYTES_PER_CELL) &&
  isBranch(branch, COLUMN_BRANCH_DEPTH)
