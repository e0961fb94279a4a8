// What a running node offers to the rooms above it (HTTP, command line, page): state, publishing, reading, events.
// `full.ts` and `light.ts` build the nodes behind these types; `publisher.ts` is the client's side.

import type { Certificate, Header } from '../chain/containers.ts'
import type { Receipt } from '../chain/receipt.ts'
import type { Entry } from '../grid/containers.ts'
import type { RestoreAnswer } from './restore-block.ts'

/** A blob as its publisher gives it. */
export interface BlobInput {
  /** 29 bytes: version 0, 18 zero bytes, 10 of the user's (Celestia's format). */
  readonly namespace: Uint8Array
  /** At least one byte. */
  readonly data: Uint8Array
  /** Bits of an entry's flags: aligned, raw (src/grid/packing). */
  readonly flags: number
}

/** Where a publication stands. Nothing but `failed` is an end without success, and a time-out alone is never that. */
export type BlobState =
  | { readonly state: 'unknown' }
  | { readonly state: 'accepted' }
  | { readonly state: 'included'; readonly height: number; readonly root: Uint8Array }
  | { readonly state: 'certified'; readonly height: number; readonly root: Uint8Array }
  | { readonly state: 'failed'; readonly code: FailureCode }

/**
 * Why a publication failed. `not-encodable`: no block can be made with it here. `refused`: a quorum of validators refuses
 * it. `predecessor-failed`: what had to come before it has failed. `expired`: it waited too long and this node has given
 * it up; a leader that has it may still include it, and then it is certified. `lost`: its bytes are damaged on this
 * node's disk. Publishing it again begins anew.
 */
export type FailureCode = 'not-encodable' | 'refused' | 'predecessor-failed' | 'expired' | 'lost'

/** The order that a publication asks for; at most one of the two. */
export interface SubmitOptions {
  /**
   * blobId of a blob that this node knows: this one is in a later block, or behind it in the same namespace of the same
   * block.
   */
  readonly after?: Uint8Array | undefined
  /** After the blob of its namespace that was last published here with `ordered`. Default false. */
  readonly ordered?: boolean | undefined
}

/** A publication of this node's clients, by its blobId. */
export interface Ticket {
  readonly blobId: Uint8Array
  readonly state: BlobState
  /** What it comes after. */
  readonly after?: Uint8Array
  /** Only of an answer to `submit`: whether it was not known before. */
  readonly isNew?: boolean
}

/**
 * An honest answer to a question that has no good one. `absent` is said only when sure; `pruned` where it is in no block
 * that is still kept, and older ones were deleted; `unreachable` means "not now".
 */
export interface Missing {
  readonly found: false
  readonly reason: 'absent' | 'pruned' | 'unreachable'
}

/** A part of a blob, at least one byte of it. */
export type ByteRange =
  /** So many bytes, all of them in the blob; up to its end where `length` is left out. */
  | { readonly offset: number; readonly length?: number }
  /** So many bytes, or as many as the blob has from there on. */
  | { readonly offset: number; readonly atMost: number }
  /** So many bytes before the end, or all where it has no more. */
  | { readonly last: number }

export type ReadAnswer =
  | {
      readonly found: true
      /** The whole blob, or the range that was asked for. */
      readonly data: Uint8Array
      readonly entry: Entry
      readonly height: number
      readonly root: Uint8Array
      /** Where the cells came from: this node's disk, or peers (verified against the certified header). */
      readonly source: 'store' | 'peers'
    }
  | Missing

/** What a row of an aligned or raw blob is looked up by: EIP-4844's versioned hash (32 bytes), or the commitment (48). */
export type RowName = { readonly versionedHash: Uint8Array } | { readonly commitment: Uint8Array }

/** Where such a row lies: the newest final block that holds it. */
export type LocateAnswer =
  | {
      readonly found: true
      readonly height: number
      readonly root: Uint8Array
      /** Of the aligned blob that the row belongs to; its first row is `entry.startCell / 64`. */
      readonly entry: Entry
      /** Row of the block, 0..N-1. */
      readonly row: number
      readonly commitment: Uint8Array
    }
  | Missing

/** Rows of 131,072 bytes each, as they were asked for; `absent`: there is no final block at that height, or no such row. */
export type RowsAnswer =
  | { readonly found: true; readonly root: Uint8Array; readonly rows: readonly Uint8Array[] }
  | Missing

export type ReceiptAnswer = { readonly found: true; readonly receipt: Receipt } | Missing

export interface FinalHeader {
  readonly height: number
  readonly root: Uint8Array
  /** With `timestamp` in milliseconds; its hash_tree_root is `root`. */
  readonly header: Header
  /** One a row, 48 bytes each. */
  readonly commitments: readonly Uint8Array[]
}

/** A final block without its data. All its entries, so that whoever trusts the header can check entriesRoot. */
export interface FinalBlock extends FinalHeader {
  readonly entries: readonly Entry[]
}

/**
 * `empty`: no block of this height can ever be final; `next`, the final block after it, names a parent below it.
 * `future`: none is final yet at this height or above it.
 */
export type BlockAnswer =
  | ({ readonly found: true } & FinalBlock)
  | { readonly found: false; readonly reason: 'empty'; readonly next: FinalHeader }
  | { readonly found: false; readonly reason: 'future' | 'pruned' | 'unreachable' }

/** What proves offline that a block is final: its header, those above it, and the finalize certificate of the last. */
export interface Finality {
  /** Each the parent of the next; most often one. */
  readonly headers: readonly Header[]
  readonly certificate: Certificate
}

/** A final block seen from one namespace: its entries there, in order of start cell; often none. */
export interface NamespaceBlock extends FinalBlock {
  readonly own: readonly Entry[]
}

/** `pruned`: blocks from that height on cannot be had any more; `data.earliest` is the first that can. */
export type SubscribeErrorCode = 'pruned'

interface SignalOption {
  readonly signal: AbortSignal
}

export interface NodeStatus {
  readonly role: 'validator' | 'full' | 'light'
  /** 64 hex digits. */
  readonly chainId: string
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly peers: number
  /** Height that the node works on (full) or the highest header heard of (light). */
  readonly headHeight: number
  readonly final?: { readonly height: number; readonly root: string; readonly timestampMs: number }
  /** Whether the newest final header is older than the chain's pace allows. */
  readonly stale: boolean
  readonly earliestHeight: number
  /** Column indices kept; empty for a light node. */
  readonly custody: readonly number[]
  /** Blobs that wait for a block, and their bytes. */
  readonly pendingBlobs: number
  readonly pendingBytes: number
  /** Light nodes: what sampling has concluded. */
  readonly sampled?: { readonly available: number; readonly unavailable: number; readonly pending: number }
  readonly validatorIndex?: number
}

/** One drawn tile of a sampling run. */
export interface SampleOutcome {
  readonly band: number
  readonly column: number
  readonly ok: boolean
  /** Peers asked, the last one answered or failed. */
  readonly peers: readonly string[]
  readonly reason?: string
}

/** What happens in a node, as it happens. Roots are lower-case hex. Delivered at most once, never queued without bound. */
export type NodeEvent =
  | {
      readonly type: 'header'
      readonly height: number
      readonly root: string
      readonly proposer: number
      readonly rowCount: number
      readonly bands: number
      readonly blobs?: number
    }
  /** A checked column of a block that is being gathered. `have` counts them. */
  | {
      readonly type: 'column'
      readonly height: number
      readonly root: string
      readonly index: number
      readonly have: number
    }
  /** The whole block was restored, checked and synced to disk. */
  | {
      readonly type: 'available'
      readonly height: number
      readonly root: string
      readonly ms: number
      readonly reseeded: number
    }
  | {
      readonly type: 'vote'
      readonly kind: 'notarise' | 'nil' | 'finalize'
      readonly height: number
      readonly root: string
    }
  | {
      readonly type: 'certificate'
      readonly kind: 'notarise' | 'nil' | 'finalize'
      readonly height: number
      readonly root: string
      readonly signers: number
    }
  | {
      readonly type: 'final'
      readonly height: number
      readonly root: string
      readonly blobs: readonly string[]
    }
  | { readonly type: 'sampling'; readonly height: number; readonly root: string; readonly samples: number }
  | {
      readonly type: 'sample'
      readonly height: number
      readonly root: string
      readonly outcome: SampleOutcome
    }
  | {
      readonly type: 'sampled'
      readonly height: number
      readonly root: string
      readonly verdict: 'available' | 'unavailable'
      readonly outcomes: readonly SampleOutcome[]
      readonly bytes: number
      readonly ms: number
    }

export interface NodeEvents {
  /** Calls `listener` for each event from now on; the returned function ends that. A listener must not throw. */
  subscribe(listener: (event: NodeEvent) => void): () => void
}

interface Running {
  readonly events: NodeEvents
  /** Aborts, with the reason, when the node cannot go on (its disk failed): stop it. */
  readonly failed: AbortSignal
  start(): Promise<void>
  stop(): Promise<void>
  status(): Promise<NodeStatus>
}

export type SubmitErrorCode =
  | 'blob-empty'
  | 'blob-too-large'
  | 'bad-namespace'
  | 'bad-flags'
  | 'not-canonical'
  | 'queue-full'
  | 'predecessor-unknown'
  | 'predecessor-failed'

export interface FullNode extends Running {
  /**
   * Takes a blob for the coming leaders; blob and ticket are durable before it resolves. A blob that is published already
   * is the same publication, whatever options come with it. Throws WeftError with SubmitErrorCode.
   */
  submit(blob: BlobInput, options?: SubmitOptions): Promise<Ticket>
  ticket(blobId: Uint8Array): Promise<Ticket>
  blobState(blobId: Uint8Array): Promise<BlobState>
  /**
   * The first state that is the goal, beyond it, or `failed`. Woken by what happens, no polling. Rejects with the
   * signal's reason; who was cut off waits again by the same blobId. Throws `busy` where too many wait.
   */
  waitFor(blobId: Uint8Array, goal: 'included' | 'certified', options: SignalOption): Promise<BlobState>
  /** States as they change, the present one first; ends behind `certified` and `failed`, or throws the signal's reason. */
  states(blobId: Uint8Array, options: SignalOption): AsyncIterable<BlobState>
  /**
   * From this node's disk or from peers, verified; ends by the signal with an honest answer. Of a range only the columns
   * that hold it are fetched. Throws `bad-range` where it leaves the blob.
   */
  read(blobId: Uint8Array, options: SignalOption & { readonly range?: ByteRange }): Promise<ReadAnswer>
  /** A row of an aligned or raw blob by its commitment, in the newest final block that holds it. */
  locate(name: RowName): Promise<LocateAnswer>
  /** Rows of the final block at a height, verified; ends by the signal with an honest answer. */
  rowsAt(height: number, rows: readonly number[], options: SignalOption): Promise<RowsAnswer>
  /** The portable proof that a blob is certified (src/chain/receipt.ts). */
  receipt(blobId: Uint8Array): Promise<ReceiptAnswer>
  /** Whether this node has every final block, as far as it and its peers know: else nothing is surely absent. */
  isCurrent(): Promise<boolean>
  newestHeader(): Promise<FinalHeader | undefined>
  /** Undefined where this node has no final block at that height: `block` says why. */
  headerAt(height: number): Promise<FinalHeader | undefined>
  /** Header, commitments and all entries of the final block at a height. */
  block(height: number): Promise<BlockAnswer>
  /** What proves that the block at a height is final; undefined where it is not, or the proof is not here now. */
  finality(height: number): Promise<Finality | undefined>
  /** Height of the final block of a root (32 bytes), undefined where it is none that this node keeps. */
  heightOf(root: Uint8Array): Promise<number | undefined>
  /** The blobs of a namespace in the final block at a height: complete, since the entries are under the header. */
  list(height: number, namespace?: Uint8Array): Promise<readonly Entry[] | undefined>
  /**
   * Every final block from a height on, ascending: those that were final before, then each as it comes. Complete, each
   * held against its parent. Read at the reader's own pace. Throws SubscribeErrorCode, and the signal's reason.
   */
  subscribe(
    from: { readonly height: number; readonly namespace?: Uint8Array },
    options: SignalOption,
  ): AsyncIterable<NamespaceBlock>
}

/** A final block by its height or by its root (32 bytes). */
export type BlockName =
  | { readonly height: number; readonly root?: undefined }
  | { readonly root: Uint8Array; readonly height?: undefined }

export interface LightNode extends Running {
  /**
   * A final block from the samples of light nodes, this one's own included, for when nobody serves it any more. Ends by
   * the signal with an honest answer.
   */
  restore(block: BlockName, options: { readonly signal: AbortSignal }): Promise<RestoreAnswer>
  /** The light node's verdict of a block, by root; undefined while it has none. */
  verdict(root: Uint8Array): Promise<'available' | 'unavailable' | undefined>
}
