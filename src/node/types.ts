// What a running node offers to the rooms above it (HTTP, command line, page): state, publishing, reading, events.
// `full.ts` and `light.ts` build the nodes behind these types; `publisher.ts` is the client's side.

import type { Entry } from '../grid/containers.ts'

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
  | { readonly state: 'failed'; readonly code: string }

/**
 * An honest answer to a read. `absent` is said only when sure; `pruned` where it is in no block that is still kept, and
 * older ones were deleted; `unreachable` means "not now".
 */
export type ReadAnswer =
  | {
      readonly found: true
      readonly data: Uint8Array
      readonly entry: Entry
      readonly height: number
      readonly root: Uint8Array
      /** Where the cells came from: this node's disk, or peers (verified against the certified header). */
      readonly source: 'store' | 'peers'
    }
  | { readonly found: false; readonly reason: 'absent' | 'pruned' | 'unreachable' }

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

export interface FullNode extends Running {
  /** Takes a blob for the coming leaders; durable before it resolves. Throws WeftError with SubmitErrorCode. */
  submit(blob: BlobInput): Promise<{ readonly blobId: Uint8Array; readonly state: BlobState }>
  blobState(blobId: Uint8Array): Promise<BlobState>
  /** From this node's disk or from peers, verified; ends by the signal with an honest answer. */
  read(blobId: Uint8Array, options: { readonly signal: AbortSignal }): Promise<ReadAnswer>
  /** The blobs of a namespace in the final block at a height: complete, since the entries are under the header. */
  list(height: number, namespace?: Uint8Array): Promise<readonly Entry[] | undefined>
}

export interface LightNode extends Running {
  /** The light node's verdict of a block, by root; undefined while it has none. */
  verdict(root: Uint8Array): Promise<'available' | 'unavailable' | undefined>
}
