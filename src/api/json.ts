// How the values of a node look as JSON: byte strings are lower-case hex without a prefix, except blob data, which is
// base64; heights and lengths are numbers. Server and client share these shapes, so that neither can drift.

import { toHex } from '../base/bytes.ts'
import type { Entry } from '../grid/containers.ts'
import type { BlobState } from '../node/types.ts'

/** `POST /v1/blobs` as application/json. */
export interface BlobJson {
  /** 58 hex digits. */
  readonly namespace: string
  /** base64 of at least one byte. */
  readonly data: string
  /** Flags of the entry; 0 if left out. */
  readonly flags?: number
}

export interface BlobStateJson {
  /** 64 hex digits. */
  readonly blobId: string
  readonly state: BlobState['state']
  /** Of the block that holds it, once it is included. */
  readonly height?: number
  readonly root?: string
  /** Why it failed. */
  readonly code?: string
}

export interface EntryJson {
  readonly blobId: string
  readonly namespace: string
  readonly startCell: number
  /** Bytes. */
  readonly length: number
  readonly flags: number
}

export interface BlockJson {
  readonly height: number
  readonly entries: readonly EntryJson[]
}

export interface VerdictJson {
  readonly root: string
  readonly verdict: 'available' | 'unavailable' | 'undecided'
}

/** Every answer that is not a success. `code` is for programs, `message` says what was expected and what came. */
export interface ErrorJson {
  readonly code: string
  readonly message: string
}

export const blobStateJson = (blobId: Uint8Array, state: BlobState): BlobStateJson => ({
  blobId: toHex(blobId),
  state: state.state,
  ...('root' in state && { height: state.height, root: toHex(state.root) }),
  ...('code' in state && { code: state.code }),
})

export const entryJson = (entry: Entry): EntryJson => ({
  blobId: toHex(entry.blobId),
  namespace: toHex(entry.namespace),
  startCell: entry.startCell,
  length: entry.length,
  flags: entry.flags,
})
