// The ports through which the rooms above meet: what a node needs of a store and of a network, and what it gives them
// in return. Rooms on one floor do not know each other; they know these. All remote input arrives decoded and within
// the bounds of its SSZ type, and not yet judged.

import type { Verdict } from '../base/verdict.ts'
import type { TilePlace } from '../grid/block.ts'
import type { Entry } from '../grid/containers.ts'
import type {
  Announcement,
  Certificate,
  Column,
  ColumnsRequest,
  Held,
  HeldRequest,
  Proposal,
  ProposalsRequest,
  RangeRequest,
  SignedHeader,
  Status,
  Submission,
  SubmissionAnswer,
  Tile,
  TilesRequest,
  Vote,
} from './containers.ts'

// ---- store ----

/** All that a validator signed at a height: written and synced before any of it leaves. Roots are 32 bytes. */
export interface SigningRecord {
  readonly height: number
  /** Root of the block that it notarised, once. */
  readonly notarised?: Uint8Array
  /** Whether it signed nil; excludes `finalized` for ever. */
  readonly nil: boolean
  /** Root of the block that it signed finalize for; excludes `nil` for ever. */
  readonly finalized?: Uint8Array
  /** Root of its own proposal, if it led. */
  readonly proposed?: Uint8Array
}

/** Where a blob lies: its block and its entry there. */
export interface BlobLocation {
  readonly height: number
  readonly root: Uint8Array
  readonly entry: Entry
}

/** Where a row of an aligned blob lies, by its commitment. */
export interface RowLocation extends BlobLocation {
  /** Row of the block, 0..N-1. */
  readonly row: number
  readonly commitment: Uint8Array
}

/** The newest final block that a node knows. */
export interface FinalTip {
  readonly height: number
  readonly root: Uint8Array
}

/** A block's parts as they lie on disk. `put...` resolve when the bytes are synced. */
export interface BlockStore {
  putAnnouncement(root: Uint8Array, announcement: Announcement): Promise<void>
  getAnnouncement(root: Uint8Array): Promise<Announcement | undefined>
  /** Roots of the headers known at a height: at most two a leader. */
  rootsAt(height: number): Promise<readonly Uint8Array[]>
  putProposal(root: Uint8Array, proposal: Proposal): Promise<void>
  getProposal(root: Uint8Array): Promise<Proposal | undefined>
  /** Proposal and columns in one synced batch: what a validator does before it notarises. */
  putBlock(root: Uint8Array, proposal: Proposal, columns: readonly Column[]): Promise<void>
  putColumns(root: Uint8Array, columns: readonly Column[]): Promise<void>
  /** What comes back is checked against its own checksum; a damaged part is reported as absent and counted. */
  getColumn(root: Uint8Array, index: number): Promise<Column | undefined>
  heldColumns(root: Uint8Array): Promise<readonly number[]>
}

export interface CertificateStore {
  putCertificate(certificate: Certificate): Promise<void>
  /** The certificate of a kind at a height (notarise, nil, finalize: at most one block can have one of each). */
  getCertificate(kind: number, height: number): Promise<Certificate | undefined>
  /** Certificates of heights start..start+count-1 in order of height. */
  certificates(start: number, count: number): AsyncIterable<Certificate>
}

/** Two signed headers of one height, each valid by itself: their leader broke the rules. */
export interface HeaderEvidence {
  readonly first: SignedHeader
  readonly second: SignedHeader
}

export interface EvidenceStore {
  /** Synced before it resolves; the first pair of a height stays. */
  putEvidence(evidence: HeaderEvidence): Promise<void>
  /** Of heights start..start+count-1, ascending. */
  evidence(start: number, count: number): AsyncIterable<HeaderEvidence>
}

export interface FinalStore {
  /**
   * Marks `root` (and what its caller names) as final, indexes its blobs, moves the tip: one synced batch. The rows of
   * aligned blobs are indexed by the commitments that were put before.
   */
  putFinal(root: Uint8Array, height: number, entries: readonly Entry[], arrivedMs: number): Promise<void>
  finalTip(): Promise<FinalTip | undefined>
  /** Root of the final block at a height; undefined where the height is empty or unknown. */
  finalRootAt(height: number): Promise<Uint8Array | undefined>
  /** Final blocks of a range of heights, ascending. */
  finalRoots(start: number, count: number): AsyncIterable<FinalTip>
  locateBlob(blobId: Uint8Array): Promise<BlobLocation | undefined>
  /** The newest row of an aligned blob with this versioned hash (EIP-4844) in a final block. */
  locateVersionedHash(versionedHash: Uint8Array): Promise<RowLocation | undefined>
  /** Locations of a namespace's blobs at a height, in order of start cell. */
  locateNamespace(namespace: Uint8Array, height: number): Promise<readonly BlobLocation[]>
  /** Height below which data has been pruned. */
  earliestHeight(): Promise<number>
  /** What is below this height is not complete here and cannot be had any more. */
  raiseEarliest(height: number): Promise<void>
  /**
   * Deletes the data of final blocks whose certificate arrived before `arrivedBeforeMs`, and of dead forks below. Returns how
   * many blocks. A signal that aborts ends it between two blocks; the next one goes on.
   */
  prune(arrivedBeforeMs: number, options?: { readonly signal?: AbortSignal }): Promise<number>
}

export interface SigningStore {
  getSigningRecord(height: number): Promise<SigningRecord | undefined>
  /** Synced before it resolves. Refuses (throws) a record that contradicts the one that is there. */
  putSigningRecord(record: SigningRecord): Promise<void>
  /** Records of heights from `start` on, ascending. */
  signingRecords(start: number): AsyncIterable<SigningRecord>
  /** Least height at which something new may be signed: below it the record may be incomplete. 0 unless it was raised. */
  signingFloor(): Promise<number>
  /** Raises the floor, synced before it resolves; never lowers it. */
  raiseSigningFloor(height: number): Promise<void>
}

/** What a light node concluded of a block, and when. */
export interface SampleRecord {
  readonly root: Uint8Array
  readonly height: number
  readonly verdict: 'available' | 'unavailable'
  readonly samples: number
  readonly decidedMs: number
}

/** A light node's journal and the tiles it sampled. */
export interface SampleStore {
  putSamples(record: SampleRecord, tiles: readonly Tile[]): Promise<void>
  getSampleRecord(root: Uint8Array): Promise<SampleRecord | undefined>
  sampleRecords(start: number, count: number): AsyncIterable<SampleRecord>
  getTile(root: Uint8Array, band: number, column: number): Promise<Tile | undefined>
  /** Places of the tiles that are kept of a block, ascending by band and column. */
  heldTiles(root: Uint8Array): Promise<readonly TilePlace[]>
  /** Deletes the tiles of a block and keeps the verdict: for those who have little room. */
  deleteTiles(root: Uint8Array): Promise<void>
}

/** A blob that waits for a block. */
export interface StoredSubmission extends Omit<Submission, 'after'> {
  /** blobId of the blob that has to come before it. */
  readonly after?: Uint8Array | undefined
}

/** A publication that this node acknowledged to a client, and what has become of it. */
export interface TicketRecord {
  readonly blobId: Uint8Array
  readonly namespace: Uint8Array
  readonly state: 'accepted' | 'certified' | 'failed'
  /** Why it failed; empty otherwise. */
  readonly code: string
  /** Of the final block, once certified; 0 and zeros otherwise. */
  readonly height: number
  readonly root: Uint8Array
  readonly after?: Uint8Array | undefined
  readonly acceptedMs: number
  /** 0 while accepted. */
  readonly endedMs: number
}

/** Blobs that were acknowledged and are in no final block yet, and the tickets of those who published them here. */
export interface SubmissionStore {
  /**
   * The blob and, where a client published it here, its ticket; `last` makes it the last of its namespace's sequence. One
   * batch, synced before it resolves.
   */
  putSubmission(
    blobId: Uint8Array,
    submission: StoredSubmission,
    ticket?: TicketRecord,
    last?: boolean,
  ): Promise<void>
  /** The blobs no longer wait; tickets that ended with them are written in the same batch. */
  deleteSubmissions(blobIds: readonly Uint8Array[], ended?: readonly TicketRecord[]): Promise<void>
  /** In the order in which they came; `sinceMs` is when. */
  submissions(): AsyncIterable<{
    readonly blobId: Uint8Array
    readonly submission: StoredSubmission
    readonly sinceMs: number
  }>
  /** Synced before it resolves. */
  putTicket(ticket: TicketRecord, last?: boolean): Promise<void>
  getTicket(blobId: Uint8Array): Promise<TicketRecord | undefined>
  /** blobId of the last blob of a namespace's sequence. */
  lastOf(namespace: Uint8Array): Promise<Uint8Array | undefined>
  forgetLastOf(namespace: Uint8Array): Promise<void>
  /** Deletes tickets that ended before `endedBeforeMs`, and the oldest beyond `most` of those that ended. Returns how many. */
  pruneTickets(endedBeforeMs: number, most: number): Promise<number>
}

export interface Store
  extends BlockStore,
    CertificateStore,
    EvidenceStore,
    FinalStore,
    SigningStore,
    SampleStore,
    SubmissionStore {
  /** Opens the database; refuses a format version that it does not know. */
  open(): Promise<void>
  close(): Promise<void>
}

// ---- network ----

/** A peer as the network knows it. */
export interface Peer {
  /** libp2p peer id in its text form. */
  readonly id: string
  /** Its last status, if it has answered one. */
  readonly status?: Status
  /** Column indices that it keeps: of a validator by its place in genesis, else from its peer id and custody count. */
  readonly custody: ReadonlySet<number>
  readonly isValidator: boolean
}

/** Decides of each gossip message, after SSZ decoding, whether it is used and forwarded. */
export interface GossipHandlers {
  header(message: Announcement, from: string): Promise<Verdict>
  proposal(message: Proposal, from: string): Promise<Verdict>
  column(message: Column, from: string): Promise<Verdict>
  vote(message: Vote, from: string): Promise<Verdict>
  certificate(message: Certificate, from: string): Promise<Verdict>
}

/** Answers the streams. Iterables are pulled as the peer reads, within its budget; they may end early. */
export interface StreamHandlers {
  status(): Promise<Status>
  headers(request: RangeRequest): AsyncIterable<Announcement>
  certificates(request: RangeRequest): AsyncIterable<Certificate>
  proposals(request: ProposalsRequest): AsyncIterable<Proposal>
  columns(request: ColumnsRequest, from: string): AsyncIterable<Column>
  tiles(request: TilesRequest, from: string): AsyncIterable<Tile>
  held(request: HeldRequest, from: string): Promise<Held>
  submit(submission: Submission, from: string): Promise<SubmissionAnswer>
}

export interface RequestOptions {
  readonly signal: AbortSignal
  /**
   * Most bytes that the items of the answer may have together, where the asker knows it better than the protocol's own
   * bounds do; more fails the call with `oversize`, before it is read.
   */
  readonly maxBytes?: number
}

/** Asks one peer. Answers are decoded and bounded, not judged; a peer that breaks the protocol fails the call and loses score. */
export interface Requests {
  status(peer: string, options: RequestOptions): Promise<Status>
  headers(peer: string, request: RangeRequest, options: RequestOptions): Promise<readonly Announcement[]>
  certificates(peer: string, request: RangeRequest, options: RequestOptions): Promise<readonly Certificate[]>
  proposals(peer: string, request: ProposalsRequest, options: RequestOptions): Promise<readonly Proposal[]>
  columns(peer: string, request: ColumnsRequest, options: RequestOptions): Promise<readonly Column[]>
  tiles(peer: string, request: TilesRequest, options: RequestOptions): Promise<readonly Tile[]>
  held(peer: string, request: HeldRequest, options: RequestOptions): Promise<Held>
  submit(peer: string, submission: Submission, options: RequestOptions): Promise<SubmissionAnswer>
}

/** Publishes to a topic; resolves with the number of peers that it was sent to. A message published twice is one message. */
export interface Publishing {
  header(message: Announcement): Promise<number>
  proposal(message: Proposal): Promise<number>
  column(message: Column): Promise<number>
  vote(message: Vote): Promise<number>
  certificate(message: Certificate): Promise<number>
}

export interface Network {
  readonly peerId: string
  readonly publish: Publishing
  readonly request: Requests
  start(): Promise<void>
  stop(): Promise<void>
  /** Multiaddrs that others can dial, with the peer id. */
  addresses(): readonly string[]
  peers(): readonly Peer[]
  /**
   * Looks for more peers than the network needs for itself, by asking peers for peers, until the signal aborts. A peer
   * that is finished with is let go where others wait for its place.
   */
  reach(options: RequestOptions): { finish(peer: string): void }
  /** Connected peers that state no address at which they could be dialled. */
  undialable(): Promise<readonly string[]>
  /** Lowers a peer's score for what it sent on a stream; enough of it and the peer is disconnected. */
  penalize(peer: string, code: string): void
}
