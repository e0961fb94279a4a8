// The operations that are measured, each on the same input for everybody, and ours as a rival among them.

import { createKzg, type KernelKzg, type KzgOptions } from '../src/kzg/index.ts'
import type { Contestant } from './measure.ts'
import type { Rival } from './rivals.ts'

export interface Input {
  readonly blob: Uint8Array
  readonly commitment: Uint8Array
  readonly proof: Uint8Array
  readonly cells: Uint8Array[]
  readonly proofs: Uint8Array[]
}

export interface Operation {
  readonly op: string
  /** What it is at most to be, as a ratio to the faster native library. */
  readonly target?: number
  /** The operation on a rival, if it has it. */
  readonly of: (rival: Rival, input: Input) => (() => unknown) | undefined
}

/** Ours, with everything. */
export const loadOurs = async (impl: string, options: KzgOptions = {}): Promise<Rival> =>
  rivalOf(impl, await createKzg(options))

/** Random canonical elements, the same in every run. */
export const makeBlob = (seed: number): Uint8Array => {
  const blob = new Uint8Array(131_072)
  let state = seed * 2_654_435_761 + 1
  for (let i = 0; i < blob.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    blob[i] = i % 32 === 0 ? (state >>> 24) & 0x3f : state >>> 24
  }
  return blob
}

export const makeInput = (kzg: KernelKzg): Input => {
  const blob = makeBlob(1)
  const commitment = kzg.blobToKzgCommitment(blob)
  const [cells, proofs] = kzg.computeCellsAndKzgProofs(blob)
  return {
    blob,
    commitment,
    proof: kzg.computeBlobKzgProof(blob, commitment),
    cells: [...cells],
    proofs: [...proofs],
  }
}

const all = Array.from({ length: 128 }, (_, i) => i)
const half = all.filter((i) => i % 2 === 1)

const must = (answer: boolean | undefined): void => {
  if (answer !== true) throw new Error('expected a true claim to verify')
}

const verifying =
  (indices: number[]): Operation['of'] =>
  ({ verifyCells }, { commitment, cells, proofs }) => {
    if (verifyCells === undefined) return undefined
    const commitments = indices.map(() => commitment)
    const [some, theirs] = [indices.map((i) => cells[i]!), indices.map((i) => proofs[i]!)]
    return () => must(verifyCells(commitments, indices, some, theirs))
  }

export const operations: readonly Operation[] = [
  { op: 'blob to commitment', target: 0.5, of: ({ commit }, { blob }) => commit && (() => commit(blob)) },
  { op: 'cells', target: 0.8, of: ({ cells }, { blob }) => cells && (() => cells(blob)) },
  {
    op: 'cells and proofs',
    target: 0.62,
    of: ({ cellsAndProofs }, { blob }) => cellsAndProofs && (() => cellsAndProofs(blob)),
  },
  {
    op: 'recover 64 of 128, cells alone',
    of: ({ recoverCells }, { cells }) => {
      const given = half.map((i) => cells[i]!)
      return recoverCells && (() => recoverCells(half, given))
    },
  },
  {
    op: 'recover 64 of 128, with proofs',
    target: 0.65,
    of: ({ recover }, { cells }) => {
      const given = half.map((i) => cells[i]!)
      return recover && (() => recover(half, given))
    },
  },
  { op: 'verify one cell', target: 1, of: verifying([77]) },
  { op: 'verify 128 cells of one blob', target: 0.9, of: verifying(all) },
  {
    op: 'blob proof',
    of: ({ blobProof }, { blob, commitment }) => blobProof && (() => blobProof(blob, commitment)),
  },
  {
    op: 'verify blob proof',
    target: 1,
    of: ({ verifyBlob }, { blob, commitment, proof }) =>
      verifyBlob && (() => must(verifyBlob(blob, commitment, proof))),
  },
]

/** Who takes part in an operation. */
export const contestantsOf = (
  operation: Operation,
  rivals: readonly Rival[],
  input: Input,
): readonly Contestant[] =>
  rivals.flatMap((rival) => {
    const run = operation.of(rival, input)
    return run === undefined ? [] : [{ impl: rival.impl, run }]
  })

const rivalOf = (impl: string, kzg: KernelKzg): Rival => ({
  impl,
  commit: kzg.blobToKzgCommitment,
  blobProof: kzg.computeBlobKzgProof,
  cells: kzg.computeCells,
  cellsAndProofs: kzg.computeCellsAndKzgProofs,
  recoverCells: kzg.recoverCells,
  recover: kzg.recoverCellsAndKzgProofs,
  verifyBlob: kzg.verifyBlobKzgProof,
  verifyCells: kzg.verifyCellKzgProofBatch,
})
