// What the functions of this room are given to work with: kernels of the field, a KZG backend and SHA-256.

import type { FieldKernel } from '../kernel/field-kernel.ts'
import type { KzgProver, KzgVerifier } from '../kzg/port.ts'
import type { Scratch } from './scratch.ts'
import type { Sha256 } from './sha256.ts'

export interface GridComponents {
  readonly kernel: FieldKernel
  readonly kzg: Pick<KzgVerifier, 'verifyCellClaims' | 'combinePoints'>
  readonly sha256: Sha256
  readonly scratch?: Scratch
}

/** What encoding needs besides. */
export interface EncodeComponents extends GridComponents {
  readonly kzg: GridComponents['kzg'] & Pick<KzgProver, 'blobToKzgCommitment' | 'computeCellsAndKzgProofs'>
}
