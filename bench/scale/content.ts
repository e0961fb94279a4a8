// Blocks without their bytes: containers of the real types and the real sizes whose cells, proofs and signatures are one
// shared piece of zeros. Roots are real where the code computes them. A part that a liar sends is marked, and the engine
// of the simulation (engine.ts) knows the mark.

import { BitArray } from '@chainsafe/ssz'
import {
  AnnouncementType,
  CertificateType,
  type Column,
  ColumnType,
  ProposalType,
  type SignedHeader,
  type Tile,
  VoteType,
} from '../../src/chain/containers.ts'
import { COLUMN_BRANCH_DEPTH, COLUMNS } from '../../src/chain/limits.ts'
import type { EncodedBlock, GridColumn, GridHeader } from '../../src/grid/block.ts'
import type { Entry } from '../../src/grid/containers.ts'
import { commitmentsRootOf } from '../../src/grid/roots.ts'
import { type Shape, shapeOf } from '../../src/grid/shape.ts'

const zeros = (length: number): Uint8Array => new Uint8Array(length)
const hash = zeros(32)
const proof = zeros(48)
const cell = zeros(2_048)
export const signature = zeros(96)

/** In place of the branch or cells of a part that is not the block's. */
export const LIE: Uint8Array[] = [Uint8Array.of(1)]
const LYING_CELLS = Uint8Array.of(1)

const columnBranch = Array.from({ length: COLUMN_BRANCH_DEPTH }, () => hash)
/** Blobs of a block: a rollup or two dozen of them. */
const ENTRIES = 24

export interface Content {
  readonly shape: Shape
  readonly commitments: readonly Uint8Array[]
  readonly sheet: readonly Uint8Array[]
  readonly entries: readonly Entry[]
  /** A new block, its dataRoot unlike every other's. */
  encode(): EncodedBlock
  columns(): readonly GridColumn[]
  tile(band: number, column: number): Tile
  readonly bytes: {
    readonly header: number
    readonly proposal: number
    readonly column: number
    readonly vote: number
    readonly certificate: number
  }
}

export const createContent = (rows: number, maxBands: number, validators: number): Content => {
  const shape = shapeOf(rows, maxBands)
  const commitments = Array.from({ length: rows }, (_, row) => zeros(48).fill(row & 0xff))
  const sheet = Array.from({ length: shape.bands * COLUMNS }, () => proof)
  const entries = Array.from(
    { length: ENTRIES },
    (_, i): Entry => ({ namespace: zeros(29), startCell: i, length: 1, flags: 0, blobId: hash }),
  )
  const cells = Array.from({ length: rows }, () => cell)
  const commitmentsRoot = commitmentsRootOf(commitments)
  const grid = Array.from(
    { length: COLUMNS },
    (_, index): GridColumn => ({ index, cells, branch: columnBranch }),
  )
  const tileCells = zeros(shape.tileBytes)
  const tileBranch = Array.from({ length: Math.log2(2 * shape.bands) + 7 }, () => hash)
  const allProofs = Array.from({ length: shape.bands }, () => proof)
  let made = 0

  const header: SignedHeader = {
    message: {
      version: 1,
      chainId: hash,
      height: 0,
      parentHeight: 0,
      parentRoot: hash,
      timestamp: 0,
      proposer: 0,
      rowCount: rows,
      commitmentsRoot,
      entriesCell: 0,
      entriesRoot: hash,
      dataRoot: hash,
      proofsRoot: hash,
      validatorsRoot: hash,
    },
    signature,
  }
  const column: Column = { header, index: 0, cells, branch: columnBranch }
  return {
    shape,
    commitments,
    sheet,
    entries,
    encode() {
      const dataRoot = zeros(32)
      new DataView(dataRoot.buffer).setUint32(0, ++made)
      const roots: GridHeader = {
        rowCount: rows,
        commitmentsRoot,
        entriesCell: 0,
        entriesRoot: hash,
        dataRoot,
        proofsRoot: hash,
      }
      return { header: roots, commitments, entries, sheet, columns: grid }
    },
    columns: () => grid,
    tile: (band, column) => ({
      band,
      column,
      cells: tileCells,
      branch: tileBranch,
      proofs: band < shape.bands ? [proof] : allProofs,
    }),
    bytes: {
      header: AnnouncementType.value_serializedSize({ header, commitments }),
      proposal: ProposalType.value_serializedSize({ header, commitments, entries: [...entries], sheet }),
      column: ColumnType.value_serializedSize(column),
      vote: VoteType.value_serializedSize({ kind: 0, height: 0, root: hash, validator: 0, signature }),
      certificate: CertificateType.value_serializedSize({
        kind: 0,
        height: 0,
        root: hash,
        signers: BitArray.fromBitLen(validators),
        signature,
      }),
    },
  }
}

export const lyingColumn = (column: Column): Column => ({ ...column, branch: LIE })
export const isLyingColumn = ({ branch }: Pick<GridColumn, 'branch'>): boolean => branch === LIE
export const lyingTile = (tile: Tile): Tile => ({ ...tile, cells: LYING_CELLS })
export const isLyingTile = ({ cells }: Pick<Tile, 'cells'>): boolean => cells === LYING_CELLS
