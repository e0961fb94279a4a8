// Every container that is signed, stored or sent, as SSZ types with the plain data they hold. Field order is the
// wire order; docs/protocol.md prints the same in SSZ notation. Nothing here judges a value beyond what SSZ bounds.

import {
  BitListType,
  ByteListType,
  ByteVectorType,
  ContainerType,
  ListBasicType,
  ListCompositeType,
  UintNumberType,
  type ValueOf,
} from '@chainsafe/ssz'
import { CommitmentsType, EntriesType, SheetType } from '../grid/containers.ts'
import { CellsType } from './cells-type.ts'
import { COLUMN_BRANCH_DEPTH, MAX_COMMITMENTS, MAX_TILE_BRANCH_DEPTH, MAX_VALIDATORS } from './limits.ts'

export { CommitmentsType, EntriesType, SheetType }

const u8 = new UintNumberType(1)
const u16 = new UintNumberType(2)
const u32 = new UintNumberType(4)
const u64 = new UintNumberType(8)
const Bytes32 = new ByteVectorType(32)
const Bytes48 = new ByteVectorType(48)
const Bytes96 = new ByteVectorType(96)

/** What a block is. Its hash_tree_root is the block's root. Timestamp in milliseconds. */
export const HeaderType = new ContainerType({
  version: u16,
  chainId: Bytes32,
  height: u64,
  parentHeight: u64,
  parentRoot: Bytes32,
  timestamp: u64,
  proposer: u16,
  rowCount: u16,
  commitmentsRoot: Bytes32,
  entriesCell: u32,
  entriesRoot: Bytes32,
  dataRoot: Bytes32,
  proofsRoot: Bytes32,
  validatorsRoot: Bytes32,
})
export type Header = ValueOf<typeof HeaderType>

/** A header and its proposer's BLS signature (96 bytes, G2) of its root in the domain `header`. */
export const SignedHeaderType = new ContainerType({ message: HeaderType, signature: Bytes96 })
export type SignedHeader = ValueOf<typeof SignedHeaderType>

/** Gossip `header`: all that a light node needs to begin sampling. */
export const AnnouncementType = new ContainerType({ header: SignedHeaderType, commitments: CommitmentsType })
export type Announcement = ValueOf<typeof AnnouncementType>

/** Gossip `proposal`: everything of a block but its cells. */
export const ProposalType = new ContainerType({
  header: SignedHeaderType,
  commitments: CommitmentsType,
  entries: EntriesType,
  sheet: SheetType,
})
export type Proposal = ValueOf<typeof ProposalType>

/** Gossip `column/<k>`: the N cells of column `index`, rows in order, and the branch from its root to dataRoot. */
export const ColumnType = new ContainerType({
  header: SignedHeaderType,
  index: u8,
  cells: CellsType,
  branch: new ListCompositeType(Bytes32, COLUMN_BRANCH_DEPTH),
})
export type Column = ValueOf<typeof ColumnType>

/** A validator's vote; `kind` as in signing.ts; `root` is the block's, or zero for nil. */
export const VoteType = new ContainerType({
  kind: u8,
  height: u64,
  root: Bytes32,
  validator: u16,
  signature: Bytes96,
})
export type Vote = ValueOf<typeof VoteType>

/** Votes of a quorum in one: bit i of `signers` is validator i, `signature` their aggregate. */
export const CertificateType = new ContainerType({
  kind: u8,
  height: u64,
  root: Bytes32,
  signers: new BitListType(MAX_VALIDATORS),
  signature: Bytes96,
})
export type Certificate = ValueOf<typeof CertificateType>

// ---- streams: requests and answers (docs/protocol.md, "Streams") ----

/** The tip as a peer states it: what it believes is final, and what it can serve. */
export const StatusType = new ContainerType({
  chainId: Bytes32,
  finalHeight: u64,
  finalRoot: Bytes32,
  headHeight: u64,
  custodyCount: u8,
  earliestHeight: u64,
})
export type Status = ValueOf<typeof StatusType>

/** Headers or certificates of heights `start` to `start + count - 1`. */
export const RangeRequestType = new ContainerType({ start: u64, count: u16 })
export type RangeRequest = ValueOf<typeof RangeRequestType>

/** Most heights in one range request. */
export const MAX_RANGE = 128

export const ProposalsRequestType = new ContainerType({ roots: new ListCompositeType(Bytes32, 16) })
export type ProposalsRequest = ValueOf<typeof ProposalsRequestType>

/** Columns of one block by index. */
export const ColumnsRequestType = new ContainerType({ root: Bytes32, indices: new ListBasicType(u8, 128) })
export type ColumnsRequest = ValueOf<typeof ColumnsRequestType>

/** A tile's place: band 0..2B-1, column 0..127. */
export const TileIdType = new ContainerType({ band: u8, column: u8 })
export type TileId = ValueOf<typeof TileIdType>

/** Most tiles in one request. */
export const MAX_TILES_PER_REQUEST = 32

export const TilesRequestType = new ContainerType({
  root: Bytes32,
  tiles: new ListCompositeType(TileIdType, MAX_TILES_PER_REQUEST),
})
export type TilesRequest = ValueOf<typeof TilesRequestType>

/**
 * A tile on the wire: its g cells of 2,048 bytes in one string, lanes in order; the branch from its leaf to dataRoot;
 * one proof for a data tile, the B data proofs of its column for an extended one.
 */
export const TileType = new ContainerType({
  band: u8,
  column: u8,
  cells: new ByteListType(MAX_COMMITMENTS * 2_048),
  branch: new ListCompositeType(Bytes32, MAX_TILE_BRANCH_DEPTH),
  proofs: new ListCompositeType(Bytes48, 64),
})
export type Tile = ValueOf<typeof TileType>

/** Which tiles of a block a node keeps from its sampling: asked for by whoever wants to restore it. */
export const HeldRequestType = new ContainerType({ root: Bytes32 })
export type HeldRequest = ValueOf<typeof HeldRequestType>

/** Most tiles of one block that a node tells of. */
export const MAX_HELD_TILES = 1_024

/** The tiles that it keeps, ascending by band and column, each once. */
export const HeldType = new ContainerType({ tiles: new ListCompositeType(TileIdType, MAX_HELD_TILES) })
export type Held = ValueOf<typeof HeldType>

/** Most bytes of a signed record of a peer's addresses, and most records of one answer. */
export const MAX_PEER_RECORD_BYTES = 2_048
export const MAX_PEER_RECORDS = 16

/** Where a peer listens, as it signed it itself: libp2p's envelope of a peer record (RFC 0003 of its specifications). */
export const PeerRecordType = new ContainerType({
  peerId: new ByteListType(64),
  envelope: new ByteListType(MAX_PEER_RECORD_BYTES),
})
export type PeerRecord = ValueOf<typeof PeerRecordType>

/** Largest blob that a block of 256 rows can hold: 256 * 126,976 bytes, less the shortest list of entries. */
export const MAX_BLOB_BYTES = MAX_COMMITMENTS * 131_072

/**
 * Stream `submit`: a blob for the coming leaders. Flags as in an entry. `after`: blobId of a blob that has to be in an
 * earlier block, or before this one in the same namespace of the same block.
 */
export const SubmissionType = new ContainerType({
  namespace: new ByteVectorType(29),
  flags: u8,
  data: new ByteListType(MAX_BLOB_BYTES),
  after: new ListCompositeType(Bytes32, 1),
})
export type Submission = ValueOf<typeof SubmissionType>

/** The answer to a submission: `code` 0 is accepted; others are listed in docs/protocol.md. */
export const SubmissionAnswerType = new ContainerType({ code: u8, blobId: Bytes32 })
export type SubmissionAnswer = ValueOf<typeof SubmissionAnswerType>

// ---- genesis ----

/** A validator of genesis: BLS public key (48) with proof of possession (96), libp2p peer id bytes, weight. */
export const ValidatorType = new ContainerType({
  publicKey: Bytes48,
  possession: Bytes96,
  peerId: new ByteListType(64),
  weight: u32,
})
export type Validator = ValueOf<typeof ValidatorType>

/** From `height` on, headers carry `version`. */
export const VersionType = new ContainerType({ height: u64, version: u16 })

/** The chain's parameters; its hash_tree_root is the chain id. Times in milliseconds. */
export const GenesisType = new ContainerType({
  name: new ByteListType(64),
  timestamp: u64,
  maxRows: u16,
  maxBands: u8,
  blockIntervalMs: u32,
  timeoutMs: u32,
  maxTimeoutMs: u32,
  idleIntervalMs: u32,
  sampleDeadlineMs: u32,
  custodyFull: u8,
  retentionMs: u64,
  validators: new ListCompositeType(ValidatorType, MAX_VALIDATORS),
  versions: new ListCompositeType(VersionType, 64),
})
export type Genesis = ValueOf<typeof GenesisType>

export const ValidatorsType = new ListCompositeType(ValidatorType, MAX_VALIDATORS)
