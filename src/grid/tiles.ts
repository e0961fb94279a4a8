// Tiles: making them from a held column, and checking them. A checker needs the header, the commitments and the tile;
// for an extended tile it folds the B data proofs of the column into its batch, so that serving costs no group
// operation. Tiles of many blocks are one batch.

import { equal, isZero } from '../base/bytes.ts'
import { accept, reject } from '../base/verdict.ts'
import type { FieldKernel } from '../kernel/field-kernel.ts'
import { commitmentOfBand, type Fold, foldOf, foldTile, INFINITY, ONE } from './aggregate.ts'
import type { CommittedHeader, GridColumn, GridHeader, GridTile, PartVerdict } from './block.ts'
import { areCanonicalElements } from './canonical.ts'
import { judgeGroups, type PointClaim, type PointSum } from './claims.ts'
import { COLUMN_BRANCH_DEPTH, type HashComponents, isRowCount, tilesOfColumn } from './columns.ts'
import type { GridComponents } from './components.ts'
import { branchOf, isBranch, leadsTo, leafOf, levelsOf } from './merkle.ts'
import { areCommitmentsOf } from './roots.ts'
import { COLUMNS, type GridParams, type Shape, shapeOf } from './shape.ts'

/** Tiles of one block, to be checked together with those of others. */
export interface TileBatch extends CommittedHeader {
  readonly tiles: readonly GridTile[]
}

/**
 * Tiles at `bands` (0..2B-1) of a column that has been checked, with branches and proofs. Throws RangeError for a band
 * outside the grid.
 */
export const makeTiles = (
  components: HashComponents,
  { maxBands }: Pick<GridParams, 'maxBands'>,
  { header, sheet }: { readonly header: Pick<GridHeader, 'rowCount'>; readonly sheet: readonly Uint8Array[] },
  column: GridColumn,
  bands: readonly number[],
): readonly GridTile[] => {
  const shape = shapeOf(header.rowCount, maxBands)
  const wrong = bands.find((band) => !isBand(shape, band))
  if (wrong !== undefined) throw new RangeError(`expected a band below ${2 * shape.bands}, got ${wrong}`)
  if (bands.length === 0) return []
  const scratch = components.scratch?.(2 * shape.bands * shape.tileBytes)
  const tiles = tilesOfColumn(components.kernel, shape, column.cells, scratch)
  const levels = levelsOf(
    components.sha256,
    tiles.map((tile) => leafOf(components.sha256, tile)),
  )
  return bands.map((band) => ({
    band,
    column: column.index,
    cells: tiles[band]!.slice(),
    branch: [...branchOf(levels, band), ...column.branch],
    proofs: proofBands(shape, band).map((dataBand) => sheet[dataBand * COLUMNS + column.index]!),
  }))
}

/** Judges tiles of one or several blocks, cheap checks first, then all that are left as one KZG batch. */
export const checkTiles = (
  components: GridComponents,
  params: GridParams,
  batches: readonly TileBatch[],
): readonly (readonly PartVerdict[])[] => {
  const judged = batches.map((batch) => judgeCheaply(components, params, batch))
  const groups = judged.flat().flatMap((result) => ('verdict' in result ? [] : [[result]]))
  const faults = judgeGroups(components.kzg, groups)[Symbol.iterator]()
  return judged.map((results) =>
    results.map((result) => {
      if ('verdict' in result) return result
      const fault = faults.next().value
      return fault === undefined ? accept : reject(fault)
    }),
  )
}

/** Everything but KZG: a verdict where that decides, else the claim that is left to be judged. */
const judgeCheaply = (
  components: GridComponents,
  { maxRows, maxBands }: GridParams,
  { header, commitments, tiles }: TileBatch,
): readonly (PartVerdict | PointClaim)[] => {
  // [reject] limits and commitments of the block
  if (!isRowCount(header.rowCount, maxRows)) return tiles.map(() => reject('shape'))
  if (!areCommitmentsOf(header, commitments)) return tiles.map(() => reject('commitments-root'))
  const shape = shapeOf(header.rowCount, maxBands)
  const fold = foldOf(components, shape, header)
  return tiles.map((tile) => {
    // [reject] limits: place, lengths, number of siblings and proofs
    if (!hasTileShape(shape, tile)) return reject('shape')

    // [reject] elements not below r
    if (!areCanonicalElements(tile.cells)) return reject('not-canonical')

    // [reject] the branch does not lead to dataRoot
    const leaf = leafOf(components.sha256, tile.cells)
    const index = tile.column * 2 * shape.bands + tile.band
    if (!leadsTo(components.sha256, header.dataRoot, leaf, index, tile.branch)) return reject('path')

    // [reject] zero bands: their proofs are infinity, their cells zero
    if (!proofsOfZeroBands(shape, tile).every((proof) => equal(proof, INFINITY))) return reject('point')
    if (isZeroBand(shape, tile.band)) return isZero(tile.cells) ? accept : reject('proof')

    // [reject] the multi-proof, together with those of the other tiles
    return claimOf(components.kernel, fold, commitments, tile)
  })
}

const claimOf = (
  kernel: FieldKernel,
  fold: Fold,
  commitments: readonly Uint8Array[],
  tile: GridTile,
): PointClaim => ({
  commitment: commitmentOfBand(kernel, fold, commitments, tile.band),
  cellIndex: tile.column,
  cell: foldTile(kernel, fold, tile.cells),
  proof: proofOf(kernel, fold.shape, tile),
})

/** The tile's proof, combined for an extended one; proofs of zero bands are infinity and left out. */
const proofOf = (
  kernel: Pick<FieldKernel, 'bandCoefficients'>,
  { bands, zeroBands }: Shape,
  { band, proofs }: GridTile,
): PointSum => {
  if (band < bands || bands === 1) return [{ point: proofs[0]!, scalar: ONE }]
  const coefficients = kernel.bandCoefficients(bands, band)
  return proofs
    .slice(0, bands - zeroBands)
    .map((point, dataBand) => ({ point, scalar: coefficients[dataBand]! }))
}

/** Data bands whose proofs a tile of `band` travels with: its own, or all. */
const proofBands = ({ bands }: Shape, band: number): readonly number[] =>
  band < bands ? [band] : Array.from({ length: bands }, (_, dataBand) => dataBand)

/** Those of a tile's proofs that belong to all-zero bands. */
const proofsOfZeroBands = (shape: Shape, { band, proofs }: GridTile): readonly Uint8Array[] =>
  proofBands(shape, band).flatMap((dataBand, i) => (isZeroBand(shape, dataBand) ? [proofs[i]!] : []))

const isZeroBand = ({ bands, zeroBands }: Shape, band: number): boolean =>
  band < bands && band >= bands - zeroBands

const isBand = ({ bands }: Shape, band: number): boolean =>
  Number.isSafeInteger(band) && band >= 0 && band < 2 * bands

const hasTileShape = (shape: Shape, { band, column, cells, branch, proofs }: GridTile): boolean =>
  isBand(shape, band) &&
  Number.isSafeInteger(column) &&
  column >= 0 &&
  column < COLUMNS &&
  cells.length === shape.tileBytes &&
  isBranch(branch, Math.log2(2 * shape.bands) + COLUMN_BRANCH_DEPTH) &&
  proofs.length === proofBands(shape, band).length &&
  proofs.every((proof) => proof.length === INFINITY.length)
