// The blocks that a node is gathering or has just gathered, in memory and bounded: header, commitments, proposal and
// columns as they come, each already judged. Fresh blocks are served from here; older ones from the store.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import type { Column, Proposal, SignedHeader } from '../chain/containers.ts'

export interface Candidate {
  readonly root: Uint8Array
  /** The root in hex: the key of tables and logs. */
  readonly key: string
  readonly header: SignedHeader
  readonly firstSeenMs: number
  commitments?: Uint8Array[]
  proposal?: Proposal
  /** Columns whose path leads to dataRoot, by index. */
  readonly columns: Map<number, Column>
  /** Indices of columns whose proofs were checked too. */
  readonly proven: Set<number>
  /** What has been concluded; `kept` means verified and synced to disk. */
  state: 'gathering' | 'restoring' | 'kept' | 'invalid'
}

export interface Candidates {
  get(root: Uint8Array): Candidate | undefined
  /** The candidate of a header, made if there is none. The header's signature has been checked. */
  open(root: Uint8Array, header: SignedHeader, nowMs: number): Candidate
  all(): readonly Candidate[]
}

/** Blocks in memory at once; a block of 256 rows has 64 MiB of cells. */
export const MAX_CANDIDATES = 6

export const createCandidates = (limit = MAX_CANDIDATES): Candidates => {
  const byRoot = createBoundedMap<string, Candidate>(limit)
  return {
    get: (root) => byRoot.get(toHex(root)),
    open(root, header, nowMs) {
      const key = toHex(root)
      const known = byRoot.get(key)
      if (known !== undefined) return known
      const candidate: Candidate = {
        root,
        key,
        header,
        firstSeenMs: nowMs,
        columns: new Map(),
        proven: new Set(),
        state: 'gathering',
      }
      byRoot.set(key, candidate)
      return candidate
    },
    all: () => [...byRoot.values()],
  }
}
