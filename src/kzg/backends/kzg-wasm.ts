// KZG by kzg-wasm, c-kzg compiled by Emscripten: the reference backend. It takes hex, loads in some 14 s, and answers
// `false` for points that it cannot read, so that points and elements are checked here first. It has neither
// openings at a chosen place nor cells without proofs nor sums of points: arithmetic on scalars for those is ours.

import { concat, fromHex, toHex } from '../../base/bytes.ts'
import { createFieldTables } from '../../kernel/field-tables.ts'
import { loadKernels } from '../../kernel/load.ts'
import { BYTES_PER_CELL, BYTES_PER_FIELD_ELEMENT, CELLS_PER_EXT_BLOB } from '../../kernel/parameters.ts'
import { createFieldKernel } from '../../kernel/wasm-field.ts'
import { createPolynomialKernel } from '../../kernel/wasm-polynomial.ts'
import {
  checkBlob,
  checkBlobBatch,
  checkCellBatch,
  checkPoint,
  checkRecovery,
  checkScalar,
} from '../checks.ts'
import { checkPoints, combinePoints, verifyCellClaimsBy } from '../combine.ts'
import { refusing, unavailable } from '../errors.ts'
import type { Kzg } from '../port.ts'

type Library = Awaited<ReturnType<typeof import('kzg-wasm')['loadKZG']>>

/** Loads the library and its setup. Throws KzgError `backend-unavailable` where it is missing. */
export const createWasmKzg = async (): Promise<Kzg> => {
  const [library, instance] = await Promise.all([loadLibrary(), loadKernels()])
  const field = createFieldKernel(instance)
  const polynomials = createPolynomialKernel(instance, createFieldTables(instance))
  const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`
  const hexes = (list: readonly Uint8Array[]): string[] => list.map(hex)
  const unhexed = (list: readonly string[]): readonly Uint8Array[] => list.map((text) => fromHex(text)!)

  const blobToKzgCommitment: Kzg['blobToKzgCommitment'] = (blob) => {
    checkElements('blob', blob, checkBlob)
    return fromHex(refusing('blobToKzgCommitment', () => library.blobToKzgCommitment(hex(blob))))!
  }

  const recover: Kzg['recoverCellsAndKzgProofs'] = (indices, given) => {
    checkRecovery(indices, given)
    // Refuses cells that contradict each other, which the library does not see: of 128 it returns what it was given.
    refusing('cells', () => field.recoverRow(indices, concat(...given)))
    const [cells, proofs] = refusing('recoverCellsAndProofs', () =>
      library.recoverCellsAndProofs([...indices], hexes(given)),
    )
    return [unhexed(cells), unhexed(proofs)]
  }

  const verifyCellKzgProofBatch: Kzg['verifyCellKzgProofBatch'] = (commitments, indices, cells, proofs) => {
    checkCellBatch(commitments, indices, cells, proofs)
    for (const cell of cells) checkElements('cell', cell)
    checkPoints([...commitments, ...proofs])
    if (cells.length === 0) return true
    return library.verifyCellKzgProofBatch(hexes(commitments), [...indices], hexes(cells), hexes(proofs))
  }

  const verifyBlobKzgProof: Kzg['verifyBlobKzgProof'] = (blob, commitment, proof) => {
    checkElements('blob', blob, checkBlob)
    checkPoint('commitment', commitment)
    checkPoint('proof', proof)
    checkPoints([commitment, proof])
    return library.verifyBlobKZGProof(hex(blob), hex(commitment), hex(proof))
  }

  return {
    blobToKzgCommitment,
    computeKzgProof(blob, z) {
      checkElements('blob', blob, checkBlob)
      checkScalar('z', z)
      const { quotient, y } = polynomials.divide(blob, z)
      return [blobToKzgCommitment(quotient), y]
    },
    computeBlobKzgProof(blob, commitment) {
      checkElements('blob', blob, checkBlob)
      checkPoint('commitment', commitment)
      checkPoints([commitment])
      return fromHex(
        refusing('computeBlobProof', () => library.computeBlobProof(hex(blob), hex(commitment))),
      )!
    },
    verifyKzgProof(commitment, z, y, proof) {
      checkPoint('commitment', commitment)
      checkScalar('z', z)
      checkScalar('y', y)
      checkPoint('proof', proof)
      checkPoints([commitment, proof])
      return library.verifyProof(hex(commitment), hex(z), hex(y), hex(proof))
    },
    verifyBlobKzgProof,
    verifyBlobKzgProofBatch(blobs, commitments, proofs) {
      checkBlobBatch(blobs, commitments, proofs)
      for (const blob of blobs) checkElements('blob', blob)
      checkPoints([...commitments, ...proofs])
      return blobs.every((blob, i) => verifyBlobKzgProof(blob, commitments[i]!, proofs[i]!))
    },
    // The library's own would make the proofs too, 2 s of them.
    computeCells(blob) {
      checkBlob(blob)
      return cellsOf(refusing('blob', () => field.extendRow(blob)))
    },
    computeCellsAndKzgProofs(blob) {
      checkElements('blob', blob, checkBlob)
      const [cells, proofs] = refusing('computeCellsAndProofs', () =>
        library.computeCellsAndProofs(hex(blob)),
      )
      return [unhexed(cells), unhexed(proofs)]
    },
    recoverCells: (indices, cells) => {
      checkRecovery(indices, cells)
      return cellsOf(refusing('cells', () => field.recoverRow(indices, concat(...cells))))
    },
    recoverCellsAndKzgProofs: recover,
    verifyCellKzgProofBatch,
    verifyCellClaims: verifyCellClaimsBy(verifyCellKzgProofBatch),
    combinePoints,
  }
}

const loadLibrary = async (): Promise<Library> => {
  try {
    return await (await import('kzg-wasm')).loadKZG()
  } catch (cause) {
    throw unavailable('the reference backend needs the package kzg-wasm', cause)
  }
}

const checkElements = (name: string, bytes: Uint8Array, checkLength?: (bytes: Uint8Array) => void) => {
  checkLength?.(bytes)
  for (let at = 0; at < bytes.length; at += BYTES_PER_FIELD_ELEMENT) {
    checkScalar(`each element of the ${name}`, bytes.subarray(at, at + BYTES_PER_FIELD_ELEMENT))
  }
}

const cellsOf = (extended: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: CELLS_PER_EXT_BLOB }, (_, i) =>
    extended.subarray(BYTES_PER_CELL * i, BYTES_PER_CELL * (i + 1)),
  )
