// Aggregate, then extend: the rows of a band are folded with the powers of gamma into one polynomial P_b, their
// commitments into C_b, and the cells of a tile into one cell, so that one multi-proof opens the whole tile. For an
// extended band all of these are the vertical code's linear combinations of those of the data bands.

import { concat, equal } from '../base/bytes.ts'
import type { FieldKernel } from '../kernel/field-kernel.ts'
import { BYTES_PER_CELL, BYTES_PER_G1 } from '../kernel/parameters.ts'
import type { KzgVerifier } from '../kzg/port.ts'
import type { GridHeader } from './block.ts'
import { challengeOf } from './challenge.ts'
import type { PointSum } from './claims.ts'
import type { Sha256 } from './sha256.ts'
import { COLUMNS, type Shape } from './shape.ts'

/** A band's lanes folded by gamma: what every check of a block begins with. */
export interface Fold {
  readonly shape: Shape
  /** gamma^0 .. gamma^(g-1), 32 bytes each. */
  readonly powers: readonly Uint8Array[]
}

/** The point at infinity, compressed: commitment of a zero row, proof of a zero band. */
export const INFINITY = new Uint8Array(BYTES_PER_G1)
INFINITY[0] = 0xc0

/** The scalar 1. */
export const ONE = new Uint8Array(32)
ONE[31] = 1

export const foldOf = (
  components: { readonly kernel: Pick<FieldKernel, 'reduce' | 'powers'>; readonly sha256: Sha256 },
  shape: Shape,
  header: Pick<GridHeader, 'commitmentsRoot' | 'dataRoot'>,
): Fold => ({
  shape,
  powers: components.kernel.powers(challengeOf(components, shape, header), shape.lanes),
})

/** Rows of a data band that exist: all g, fewer in the last band that has any, none in a zero band. */
export const rowsOfBand = <T>(
  { lanes }: Pick<Shape, 'lanes'>,
  rows: readonly T[],
  band: number,
): readonly T[] => rows.slice(band * lanes, (band + 1) * lanes)

/** sum_j gamma^j * vector_j: of rows or of cells; lanes that are missing at the end are zero. At least one vector. */
export const foldVectors = (
  kernel: Pick<FieldKernel, 'combine'>,
  { powers }: Fold,
  vectors: readonly Uint8Array[],
): Uint8Array =>
  vectors.length === 1 ? vectors[0]! : kernel.combine(vectors, powers.slice(0, vectors.length))

/** sum_j gamma^j * cell_j of a tile: 2,048 bytes. */
export const foldTile = (kernel: Pick<FieldKernel, 'combine'>, fold: Fold, tile: Uint8Array): Uint8Array =>
  foldVectors(
    kernel,
    fold,
    fold.powers.map((_, lane) => tile.subarray(lane * BYTES_PER_CELL, (lane + 1) * BYTES_PER_CELL)),
  )

/**
 * C_b of a band, data or extended, as a sum over the N commitments: gamma^j for a data band, lambda_i * gamma^j for an
 * extended one with the coefficients lambda of the vertical code.
 */
export const commitmentOfBand = (
  kernel: Pick<FieldKernel, 'combine' | 'bandCoefficients'>,
  { shape, powers }: Fold,
  commitments: readonly Uint8Array[],
  band: number,
): PointSum => {
  const terms = (dataBand: number, scalarAt: (lane: number) => Uint8Array): PointSum =>
    rowsOfBand(shape, commitments, dataBand).map((point, lane) => ({ point, scalar: scalarAt(lane) }))
  if (band < shape.bands) return terms(band, (lane) => powers[lane]!)
  if (shape.bands === 1) return terms(0, (lane) => powers[lane]!)
  const joined = concat(...powers)
  return kernel
    .bandCoefficients(shape.bands, band)
    .slice(0, shape.bands - shape.zeroBands)
    .flatMap((coefficient, dataBand) => {
      const scaled = kernel.combine([joined], [coefficient])
      return terms(dataBand, (lane) => scaled.subarray(lane * ONE.length, (lane + 1) * ONE.length))
    })
}

/** C_b of every data band with rows as one point each. Throws WeftError `malformed-input` for a bad commitment. */
export const bandCommitments = (
  kzg: Pick<KzgVerifier, 'combinePoints'>,
  { shape, powers }: Fold,
  commitments: readonly Uint8Array[],
): readonly Uint8Array[] =>
  Array.from({ length: shape.bands - shape.zeroBands }, (_, band) => {
    const points = rowsOfBand(shape, commitments, band)
    return points.length === 1 ? points[0]! : kzg.combinePoints(points, powers.slice(0, points.length))
  })

/** Whether the sheet's proofs of all-zero bands are infinity. */
export const areZeroProofsInfinite = (shape: Shape, sheet: readonly Uint8Array[]): boolean =>
  sheet.slice((shape.bands - shape.zeroBands) * COLUMNS).every((proof) => equal(proof, INFINITY))
