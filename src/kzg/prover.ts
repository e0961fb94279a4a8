// Committing, opening, extending, proving and restoring on kernels. Bytes are checked for their lengths here and for
// their values in the kernels; what comes out is compressed.

import { concat } from '../base/bytes.ts'
import type { FieldKernel } from '../kernel/field-kernel.ts'
import type { ProverKernel } from '../kernel/group-kernel.ts'
import { BYTES_PER_BLOB, BYTES_PER_CELL, BYTES_PER_G1 } from '../kernel/parameters.ts'
import type { PolynomialKernel } from '../kernel/polynomial-kernel.ts'
import { challengeOf } from './challenge.ts'
import { checkBlob, checkPoint, checkRecovery, checkScalar } from './checks.ts'
import { refusingRange } from './errors.ts'
import type { KzgProver } from './port.ts'
import type { Sha256 } from './sha256.ts'

export interface ProverComponents {
  readonly field: FieldKernel
  readonly polynomials: PolynomialKernel
  readonly group: ProverKernel
  readonly sha256: Sha256
}

/** Creates the proving half of the port. */
export const createProver = ({ field, polynomials, group, sha256 }: ProverComponents): KzgProver => {
  const open = (blob: Uint8Array, z: Uint8Array): readonly [proof: Uint8Array, y: Uint8Array] => {
    const { quotient, y } = refusingRange('blob', () => polynomials.divide(blob, z))
    return [group.compress(group.commit(quotient)), y]
  }
  const extend = (blob: Uint8Array) => cellsOf(refusingRange('blob', () => field.extendRow(blob)))
  const prove = (blob: Uint8Array) =>
    split(group.compress(refusingRange('blob', () => group.proofs(blob))), BYTES_PER_G1)
  const recover = (indices: readonly number[], cells: readonly Uint8Array[]): Uint8Array => {
    checkRecovery(indices, cells)
    return refusingRange('cells', () => field.recoverRow(indices, concat(...cells)))
  }

  return {
    blobToKzgCommitment(blob) {
      checkBlob(blob)
      return group.compress(refusingRange('blob', () => group.commit(blob)))
    },
    computeKzgProof(blob, z) {
      checkBlob(blob)
      checkScalar('z', z)
      return open(blob, z)
    },
    computeBlobKzgProof(blob, commitment) {
      checkBlob(blob)
      checkPoint('commitment', commitment)
      refusingRange('commitment', () => group.decompress(commitment))
      return open(blob, challengeOf(sha256, blob, commitment))[0]
    },
    computeCells(blob) {
      checkBlob(blob)
      return extend(blob)
    },
    computeCellsAndKzgProofs(blob) {
      checkBlob(blob)
      return [extend(blob), prove(blob)]
    },
    recoverCells: (indices, cells) => cellsOf(recover(indices, cells)),
    recoverCellsAndKzgProofs(indices, cells) {
      const extended = recover(indices, cells)
      // The first half of an extended row is the row.
      return [cellsOf(extended), prove(extended.subarray(0, BYTES_PER_BLOB))]
    },
  }
}

const cellsOf = (extended: Uint8Array): readonly Uint8Array[] => split(extended, BYTES_PER_CELL)

const split = (bytes: Uint8Array, size: number): readonly Uint8Array[] =>
  Array.from({ length: bytes.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
