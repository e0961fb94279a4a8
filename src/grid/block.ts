// Plain data that the functions of this room take and give. A header of the chain is a `GridHeader`, its columns are
// `GridColumn`s and its tiles `GridTile`s as they stand, so that nothing is converted on the way.

import type { Reject, Verdict } from '../base/verdict.ts'
import type { Entry } from './containers.ts'

/** What a block's header fixes of its grid. */
export interface GridHeader {
  /** N, 0..256. */
  readonly rowCount: number
  /** hash_tree_root of List[ByteVector[48], 256]. */
  readonly commitmentsRoot: Uint8Array
  /** Data cell at which the list of entries begins; 0 for N = 0. */
  readonly entriesCell: number
  /** hash_tree_root of List[Entry, 16384]. */
  readonly entriesRoot: Uint8Array
  /** Root over the roots of the 128 columns; zero for N = 0. */
  readonly dataRoot: Uint8Array
  /** hash_tree_root of List[ByteVector[48], 8192]. */
  readonly proofsRoot: Uint8Array
}

/** A shard: the cells of one column. */
export interface GridColumn {
  /** k, 0..127. */
  readonly index: number
  /** N cells of 2,048 bytes, rows in order. */
  readonly cells: readonly Uint8Array[]
  /** 7 siblings of 32 bytes from the column's root up to dataRoot. */
  readonly branch: readonly Uint8Array[]
}

/** A tile as it travels. */
export interface GridTile {
  /** 0..2B-1. */
  readonly band: number
  /** 0..127. */
  readonly column: number
  /** g * 2,048 bytes, lanes in order, zero lanes included. */
  readonly cells: Uint8Array
  /** log2(2B) + 7 siblings of 32 bytes from the leaf up to dataRoot. */
  readonly branch: readonly Uint8Array[]
  /** One proof of 48 bytes for a data tile; for an extended one the B data proofs of its column, bands in order. */
  readonly proofs: readonly Uint8Array[]
}

/** A tile's place in its grid. */
export interface TilePlace {
  readonly band: number
  readonly column: number
}

/** A block as its leader makes it. */
export interface EncodedBlock {
  /** Its roots: what goes into the header. */
  readonly header: GridHeader
  /** N compressed points of 48 bytes, one a row. */
  readonly commitments: readonly Uint8Array[]
  /** Sorted by (namespace, start cell). */
  readonly entries: readonly Entry[]
  /** B * 128 proofs: that of data tile (b, k) at b * 128 + k. */
  readonly sheet: readonly Uint8Array[]
  /** All 128 with their branches; empty for N = 0. */
  readonly columns: readonly GridColumn[]
}

/** A header together with its commitments, which tiles are checked against. */
export interface CommittedHeader {
  readonly header: GridHeader
  readonly commitments: readonly Uint8Array[]
}

/** A header together with commitments and sheet, which columns are checked against. */
export interface ProvenHeader extends CommittedHeader {
  readonly sheet: readonly Uint8Array[]
}

/** What of a grid is at hand: columns or tiles, or both, each already checked against dataRoot. */
export interface KnownParts {
  readonly columns?: readonly GridColumn[]
  readonly tiles?: readonly Pick<GridTile, 'band' | 'column' | 'cells'>[]
}

/** A grid that is whole again, found equal to dataRoot, its packing valid. */
export interface RestoredBlock {
  readonly verdict: 'accept'
  /** All 128 columns with their branches. */
  readonly columns: readonly GridColumn[]
  /** The entries that the grid itself carries; their root is the header's. */
  readonly entries: readonly Entry[]
}

export type RestoreResult = RestoredBlock | Reject<RestoreCode>

/** Why a part of a block is refused. An honest node sends none of these. */
export type PartCode =
  /** Row count, band or column index, number of cells, tile length, branch length or number of proofs does not fit. */
  | 'shape'
  /** A field element is not below r. */
  | 'not-canonical'
  /** The branch does not lead from these bytes to dataRoot. */
  | 'path'
  /** The commitments are not those of commitmentsRoot. */
  | 'commitments-root'
  /** The sheet is not that of proofsRoot. */
  | 'proofs-root'
  /** A commitment or proof is not a point of the subgroup in canonical encoding, or a zero band's is not infinity. */
  | 'point'
  /** The proof does not hold. */
  | 'proof'

export type PartVerdict = Verdict<PartCode>

/** Why a grid is refused after restoring. `incomplete` says that too little is known, and nothing about the block. */
export type RestoreCode = PartCode | 'incomplete' | 'data-root' | PackingCode

/** Why rows are not the one valid packing of any list of blobs. */
export type PackingCode =
  /** More rows than maxRows, or more than the least number that holds everything, or too few. */
  | 'row-count'
  /** entriesCell lies outside the grid, or is not where the last blob ends. */
  | 'entries-cell'
  /** The byte length of the list of entries is no multiple of an entry's size, zero, over the limit or outside the grid. */
  | 'entries-length'
  /** The entries of the grid are not those of entriesRoot. */
  | 'entries-root'
  /** Not sorted by namespace. */
  | 'entries-order'
  | 'namespace-malformed'
  | 'flags-unknown'
  /** A blob of no bytes, or longer than the grid. */
  | 'entry-length'
  | 'raw-length'
  /** A blob does not start at the one cell that is its. */
  | 'start-cell'
  | 'blob-id-repeated'
  /** The bytes of the grid do not hash to the entry's blobId. */
  | 'blob-id'
  | 'not-canonical'
  /** Unused bytes or cells, or the top byte of an element, are not zero. */
  | 'padding'
