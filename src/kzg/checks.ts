// What can be said of arguments without any arithmetic: kinds, lengths, counts, indices. Every backend runs these
// first, so that all of them refuse the same things with the same words, and nothing is allocated for what is refused.
// Values of scalars and points are the backends' own business.

import { equal } from '../base/bytes.ts'
import {
  BLS_MODULUS,
  BYTES_PER_BLOB,
  BYTES_PER_CELL,
  BYTES_PER_FIELD_ELEMENT,
  BYTES_PER_G1,
  CELLS_PER_EXT_BLOB,
} from '../kernel/parameters.ts'
import { malformed } from './errors.ts'
import type { CellClaim, LinearTerm } from './port.ts'

/** Least number of cells that restores a row (EIP-7594, recover_cells_and_kzg_proofs). */
export const CELLS_TO_RECOVER = CELLS_PER_EXT_BLOB / 2

export const checkBlob = (blob: Uint8Array) => checkBytes('blob', blob, BYTES_PER_BLOB)
export const checkCell = (cell: Uint8Array) => checkBytes('cell', cell, BYTES_PER_CELL)
export const checkPoint = (name: string, point: Uint8Array) => checkBytes(name, point, BYTES_PER_G1)

/** A field element: 32 bytes, big-endian, below the order of the field. */
export const checkScalar = (name: string, scalar: Uint8Array) => {
  checkBytes(name, scalar, BYTES_PER_FIELD_ELEMENT)
  for (let i = 0; i < BYTES_PER_FIELD_ELEMENT; i++) {
    if (scalar[i]! < modulusBytes[i]!) return
    if (scalar[i]! > modulusBytes[i]!) break
  }
  throw malformed(`expected ${name} below the order of the field`)
}

export const checkCellIndex = (index: number) => {
  if (!Number.isInteger(index) || index < 0 || index >= CELLS_PER_EXT_BLOB) {
    throw malformed(`expected a cell index in 0..${CELLS_PER_EXT_BLOB - 1}, got ${index}`)
  }
}

/** Lists of one length. */
export const checkCounts = (lists: Readonly<Record<string, readonly unknown[]>>) => {
  const entries = Object.entries(lists)
  for (const [name, list] of entries) {
    if (!Array.isArray(list)) throw malformed(`expected ${name} to be an array, got ${typeof list}`)
  }
  const [firstName, first] = entries[0]!
  for (const [name, list] of entries) {
    if (list.length !== first.length) {
      throw malformed(`expected as many ${name} as ${firstName}, got ${list.length} and ${first.length}`)
    }
  }
}

/** Arguments of verify_blob_kzg_proof_batch (EIP-4844). */
export const checkBlobBatch = (
  blobs: readonly Uint8Array[],
  commitments: readonly Uint8Array[],
  proofs: readonly Uint8Array[],
) => {
  checkCounts({ blobs, commitments, proofs })
  for (const blob of blobs) checkBlob(blob)
  for (const commitment of commitments) checkPoint('commitment', commitment)
  for (const proof of proofs) checkPoint('proof', proof)
}

/** Arguments of verify_cell_kzg_proof_batch (EIP-7594). */
export const checkCellBatch = (
  commitments: readonly Uint8Array[],
  cellIndices: readonly number[],
  cells: readonly Uint8Array[],
  proofs: readonly Uint8Array[],
) => {
  checkCounts({ commitments, cellIndices, cells, proofs })
  for (const commitment of commitments) checkPoint('commitment', commitment)
  for (const index of cellIndices) checkCellIndex(index)
  for (const cell of cells) checkCell(cell)
  for (const proof of proofs) checkPoint('proof', proof)
}

/** Arguments of recover_cells_and_kzg_proofs (EIP-7594): 64 to 128 cells, indices ascending and unique. */
export const checkRecovery = (cellIndices: readonly number[], cells: readonly Uint8Array[]) => {
  checkCounts({ cellIndices, cells })
  if (cellIndices.length < CELLS_TO_RECOVER || cellIndices.length > CELLS_PER_EXT_BLOB) {
    throw malformed(
      `expected ${CELLS_TO_RECOVER} to ${CELLS_PER_EXT_BLOB} cells, got ${cellIndices.length} of them`,
    )
  }
  let previous = -1
  for (const index of cellIndices) {
    checkCellIndex(index)
    if (index <= previous) {
      throw malformed(`expected ascending unique cell indices, got ${index} after ${previous}`)
    }
    previous = index
  }
  for (const cell of cells) checkCell(cell)
}

/** Of a recovery by another library: surplus cells that contradict the others make it restore something else than it was given. */
export const checkRestored = (
  indices: readonly number[],
  given: readonly Uint8Array[],
  restored: readonly Uint8Array[],
) => {
  for (let i = 0; i < indices.length; i++) {
    if (!equal(given[i]!, restored[indices[i]!]!)) {
      throw malformed(
        'expected cells of one polynomial of degree below 4096, got cells that contradict each other',
      )
    }
  }
}

/** Arguments of verifyCellClaims. */
export const checkClaims = (points: readonly Uint8Array[], claims: readonly CellClaim[]) => {
  checkCounts({ points })
  checkCounts({ claims })
  for (const point of points) checkPoint('point', point)
  for (const claim of claims) {
    checkCellIndex(claim.cellIndex)
    checkCell(claim.cell)
    checkTerms(points, claim.commitment)
    checkTerms(points, claim.proof)
  }
}

/** Arguments of combinePoints. */
export const checkCombination = (points: readonly Uint8Array[], scalars: readonly Uint8Array[]) => {
  checkCounts({ points, scalars })
  for (const point of points) checkPoint('point', point)
  for (const scalar of scalars) checkScalar('scalar', scalar)
}

const checkTerms = (points: readonly Uint8Array[], terms: readonly LinearTerm[]) => {
  checkCounts({ terms })
  for (const { index, scalar } of terms) {
    if (!Number.isInteger(index) || index < 0 || index >= points.length) {
      throw malformed(`expected a term's index below the ${points.length} points, got ${index}`)
    }
    checkScalar('scalar', scalar)
  }
}

const checkBytes = (name: string, bytes: Uint8Array, length: number) => {
  if (!(bytes instanceof Uint8Array)) throw malformed(`expected ${name} as Uint8Array, got ${typeof bytes}`)
  if (bytes.length !== length) throw malformed(`expected ${name} of ${length} bytes, got ${bytes.length}`)
}

const modulusBytes: readonly number[] = Array.from({ length: BYTES_PER_FIELD_ELEMENT }, (_, i) =>
  Number((BLS_MODULUS >> BigInt(8 * (BYTES_PER_FIELD_ELEMENT - 1 - i))) & 255n),
)
