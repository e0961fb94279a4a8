// The sheet: one multi-proof for each of the B * 128 data tiles. Making it runs FK20 once a band; checking it, on a
// grid that is whole, is one batch of all of them.

import { accept, reject } from '../base/verdict.ts'
import type { FieldKernel } from '../kernel/field-kernel.ts'
import type { KzgProver } from '../kzg/port.ts'
import { areZeroProofsInfinite, type Fold, foldOf, foldVectors, INFINITY, rowsOfBand } from './aggregate.ts'
import type { GridColumn, PartVerdict, ProvenHeader } from './block.ts'
import { judgeBatch } from './claims.ts'
import { columnClaims, foldCommitments } from './columns.ts'
import type { GridComponents } from './components.ts'
import { areCommitmentsOf, isSheetOf } from './roots.ts'
import { COLUMNS, shapeOf } from './shape.ts'

/** The 128 proofs of a data band that has rows (131,072 bytes each). */
export const proofsOfBand = (
  {
    kernel,
    kzg,
  }: {
    readonly kernel: Pick<FieldKernel, 'combine'>
    readonly kzg: Pick<KzgProver, 'computeCellsAndKzgProofs'>
  },
  fold: Fold,
  rows: readonly Uint8Array[],
): readonly Uint8Array[] => kzg.computeCellsAndKzgProofs(foldVectors(kernel, fold, rows))[1]

/** The sheet of a block's N rows: B * 128 proofs, infinity for all-zero bands. */
export const makeSheet = (
  components: Parameters<typeof proofsOfBand>[0],
  fold: Fold,
  rows: readonly Uint8Array[],
): readonly Uint8Array[] =>
  Array.from({ length: fold.shape.bands }, (_, band) => {
    const own = rowsOfBand(fold.shape, rows, band)
    return own.length === 0
      ? Array.from({ length: COLUMNS }, () => INFINITY.slice())
      : proofsOfBand(components, fold, own)
  }).flat()

/** Judges every proof of a sheet against all 128 columns of a grid that has been found equal to dataRoot. */
export const checkSheet = (
  components: GridComponents,
  { maxBands }: { readonly maxBands: number },
  { header, commitments, sheet }: ProvenHeader,
  columns: readonly Pick<GridColumn, 'index' | 'cells'>[],
): PartVerdict => {
  // [reject] roots
  const shape = shapeOf(header.rowCount, maxBands)
  if (!areCommitmentsOf(header, commitments)) return reject('commitments-root')
  if (!isSheetOf(header, shape, sheet)) return reject('proofs-root')
  if (header.rowCount === 0) return accept

  // [reject] proofs of all-zero bands that are not infinity
  if (!areZeroProofsInfinite(shape, sheet)) return reject('point')

  // [reject] a proof of a data tile
  const fold = foldOf(components, shape, header)
  const folded = foldCommitments(components, fold, commitments)
  if (folded === undefined) return reject('point')
  const claims = columns.flatMap((column) => columnClaims(components.kernel, fold, folded, sheet, column))
  const fault = judgeBatch(components.kzg, claims)
  return fault === undefined ? accept : reject(fault)
}
