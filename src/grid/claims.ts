// KZG claims in groups: what a tile or a column asks to be true, merged into one batch for the port, and, where the
// batch fails, halved until it is known which groups are wrong.

import { hasCode } from '../base/error.ts'
import type { CellClaim, KzgVerifier, LinearTerm } from '../kzg/port.ts'

/** A sum of points times scalars, each point 48 bytes. */
export type PointSum = readonly { readonly point: Uint8Array; readonly scalar: Uint8Array }[]

/** The claim that `commitment` commits to a polynomial with the values `cell` on coset `cellIndex`, shown by `proof`. */
export interface PointClaim {
  readonly commitment: PointSum
  readonly cellIndex: number
  readonly cell: Uint8Array
  readonly proof: PointSum
}

/** Claims that stand or fall together. */
export type ClaimGroup = readonly PointClaim[]

type ClaimVerifier = Pick<KzgVerifier, 'verifyCellClaims'>

/** Judges groups in one batch; on failure finds the wrong ones by halving: at most 2 * (wrong) * log2(groups) batches. */
export const judgeGroups = (
  kzg: ClaimVerifier,
  groups: readonly ClaimGroup[],
): readonly ('point' | 'proof' | undefined)[] => {
  if (groups.length === 0) return []
  const fault = judgeBatch(kzg, groups.flat())
  if (fault === undefined) return groups.map(() => undefined)
  if (groups.length === 1) return [fault]
  const half = groups.length >> 1
  return [...judgeGroups(kzg, groups.slice(0, half)), ...judgeGroups(kzg, groups.slice(half))]
}

/** Judges claims as one: undefined if all hold, `point` if one of their points is malformed, else `proof`. */
export const judgeBatch = (
  kzg: ClaimVerifier,
  claims: readonly PointClaim[],
): 'point' | 'proof' | undefined => {
  const { points, indexed } = collectPoints(claims)
  try {
    return kzg.verifyCellClaims(points, indexed) ? undefined : 'proof'
  } catch (error) {
    if (hasCode(error, 'malformed-input')) return 'point'
    throw error
  }
}

/** One list of points for all claims; a point that is the same object in many claims is listed once. */
const collectPoints = (
  claims: readonly PointClaim[],
): { readonly points: readonly Uint8Array[]; readonly indexed: readonly CellClaim[] } => {
  const places = new Map<Uint8Array, number>()
  const place = (point: Uint8Array): number => {
    const known = places.get(point)
    if (known !== undefined) return known
    places.set(point, places.size)
    return places.size - 1
  }
  const terms = (sum: PointSum): readonly LinearTerm[] =>
    sum.map(({ point, scalar }) => ({ index: place(point), scalar }))
  const indexed = claims.map(({ commitment, cellIndex, cell, proof }) => ({
    commitment: terms(commitment),
    cellIndex,
    cell,
    proof: terms(proof),
  }))
  return { points: [...places.keys()], indexed }
}
