// KZG by @crate-crypto/node-eth-kzg: Rust with blst's assembly, in a native binary that npm brings along where one
// exists. Optional: fast to load a node with, absent from pages. What the library lacks, linear combinations and
// cells without proofs, is added here.

import {
  checkBlob,
  checkBlobBatch,
  checkCellBatch,
  checkPoint,
  checkRecovery,
  checkRestored,
  checkScalar,
} from '../checks.ts'
import { combinePoints, verifyCellClaimsBy } from '../combine.ts'
import { refusing, unavailable } from '../errors.ts'
import type { Kzg } from '../port.ts'

type Library = typeof import('@crate-crypto/node-eth-kzg')

/** Options of the native backend. */
export interface NativeKzgOptions {
  /** Tables that speed up cell proofs by two, for a second more of loading. Default: true. */
  readonly usePrecomp?: boolean
}

/** Loads the library and its setup, which takes 1 to 3 s. Throws KzgError `backend-unavailable` where it is missing. */
export const createNativeKzg = async (
  { usePrecomp = true }: NativeKzgOptions = {},
  load: () => Promise<Library> = () => import('@crate-crypto/node-eth-kzg'),
): Promise<Kzg> => {
  const context = await contextOf(load, usePrecomp)

  const verifyCellKzgProofBatch: Kzg['verifyCellKzgProofBatch'] = (commitments, indices, cells, proofs) => {
    checkCellBatch(commitments, indices, cells, proofs)
    return refusing('verifyCellKzgProofBatch', () =>
      context.verifyCellKzgProofBatch([...commitments], [...indices], [...cells], [...proofs]),
    )
  }

  const recoverCellsAndKzgProofs: Kzg['recoverCellsAndKzgProofs'] = (indices, given) => {
    checkRecovery(indices, given)
    const { cells, proofs } = refusing('recoverCellsAndKzgProofs', () =>
      context.recoverCellsAndKzgProofs([...indices], [...given]),
    )
    checkRestored(indices, given, cells)
    return [cells, proofs]
  }

  return {
    blobToKzgCommitment(blob) {
      checkBlob(blob)
      return refusing('blobToKzgCommitment', () => context.blobToKzgCommitment(blob))
    },
    computeKzgProof(blob, z) {
      checkBlob(blob)
      checkScalar('z', z)
      const [proof, y] = refusing('computeKzgProof', () => context.computeKzgProof(blob, z))
      return [proof!, y!]
    },
    computeBlobKzgProof(blob, commitment) {
      checkBlob(blob)
      checkPoint('commitment', commitment)
      return refusing('computeBlobKzgProof', () => context.computeBlobKzgProof(blob, commitment))
    },
    verifyKzgProof(commitment, z, y, proof) {
      checkPoint('commitment', commitment)
      checkScalar('z', z)
      checkScalar('y', y)
      checkPoint('proof', proof)
      return refusing('verifyKzgProof', () => context.verifyKzgProof(commitment, z, y, proof))
    },
    verifyBlobKzgProof(blob, commitment, proof) {
      checkBlob(blob)
      checkPoint('commitment', commitment)
      checkPoint('proof', proof)
      return refusing('verifyBlobKzgProof', () => context.verifyBlobKzgProof(blob, commitment, proof))
    },
    verifyBlobKzgProofBatch(blobs, commitments, proofs) {
      checkBlobBatch(blobs, commitments, proofs)
      return refusing('verifyBlobKzgProofBatch', () =>
        context.verifyBlobKzgProofBatch([...blobs], [...commitments], [...proofs]),
      )
    },
    computeCells(blob) {
      checkBlob(blob)
      return refusing('computeCells', () => context.computeCells(blob))
    },
    computeCellsAndKzgProofs(blob) {
      checkBlob(blob)
      const { cells, proofs } = refusing('computeCellsAndKzgProofs', () =>
        context.computeCellsAndKzgProofs(blob),
      )
      return [cells, proofs]
    },
    // The library has no recovery without proofs.
    recoverCells: (indices, cells) => recoverCellsAndKzgProofs(indices, cells)[0],
    recoverCellsAndKzgProofs,
    verifyCellKzgProofBatch,
    verifyCellClaims: verifyCellClaimsBy(verifyCellKzgProofBatch),
    combinePoints,
  }
}

const contextOf = async (load: () => Promise<Library>, usePrecomp: boolean) => {
  try {
    return (await load()).DasContextJs.create({ usePrecomp })
  } catch (cause) {
    throw unavailable(
      'the native KZG backend needs the optional package @crate-crypto/node-eth-kzg with a binary for this platform',
      cause,
    )
  }
}
