// weft-da/kzg/ethereumjs: our KZG as @ethereumjs takes it (the interface `KZG` of @ethereumjs/util), in hex strings.
//
//     const common = new Common({ chain: Mainnet, customCrypto: { kzg: toEthereumjs(await createKzg()) } })

import { fromHex, toHex } from '../base/bytes.ts'
import { malformed } from './errors.ts'
import type { Kzg } from './port.ts'

/** Bytes as hex with 0x. */
export type Hex = `0x${string}`

/** The interface `KZG` of @ethereumjs/util 10. */
export interface EthereumjsKzg {
  blobToKzgCommitment(blob: string): Hex
  computeBlobProof(blob: string, commitment: string): Hex
  verifyProof(commitment: string, z: string, y: string, proof: string): boolean
  verifyBlobProofBatch(blobs: string[], commitments: string[], proofs: string[]): boolean
  computeCells(blob: string): Hex[]
  computeCellsAndProofs(blob: string): [cells: Hex[], proofs: Hex[]]
  recoverCellsAndProofs(indices: number[], cells: string[]): [cells: Hex[], proofs: Hex[]]
  verifyCellKzgProofBatch(
    commitments: string[],
    indices: number[],
    cells: string[],
    proofs: string[],
  ): boolean
}

/** Adapts an instance. Throws KzgError `malformed-input` for what is no hex, and whatever the instance throws. */
export const toEthereumjs = (kzg: Kzg): EthereumjsKzg => ({
  blobToKzgCommitment: (blob) => hex(kzg.blobToKzgCommitment(bytes(blob))),
  computeBlobProof: (blob, commitment) => hex(kzg.computeBlobKzgProof(bytes(blob), bytes(commitment))),
  verifyProof: (commitment, z, y, proof) =>
    kzg.verifyKzgProof(bytes(commitment), bytes(z), bytes(y), bytes(proof)),
  verifyBlobProofBatch: (blobs, commitments, proofs) =>
    kzg.verifyBlobKzgProofBatch(blobs.map(bytes), commitments.map(bytes), proofs.map(bytes)),
  computeCells: (blob) => kzg.computeCells(bytes(blob)).map(hex),
  computeCellsAndProofs(blob) {
    const [cells, proofs] = kzg.computeCellsAndKzgProofs(bytes(blob))
    return [cells.map(hex), proofs.map(hex)]
  },
  recoverCellsAndProofs(indices, given) {
    const [cells, proofs] = kzg.recoverCellsAndKzgProofs(indices, given.map(bytes))
    return [cells.map(hex), proofs.map(hex)]
  },
  verifyCellKzgProofBatch: (commitments, indices, cells, proofs) =>
    kzg.verifyCellKzgProofBatch(commitments.map(bytes), indices, cells.map(bytes), proofs.map(bytes)),
})

const hex = (value: Uint8Array): Hex => `0x${toHex(value)}`

const bytes = (text: string): Uint8Array => {
  const value = typeof text === 'string' ? fromHex(text) : undefined
  if (value === undefined) throw malformed('expected bytes in hex')
  return value
}
