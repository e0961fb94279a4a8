// The blocks that a node is gathering or has just gathered, in memory and bounded: header, commitments, proposal and
// columns as they come, each already judged. Fresh blocks are served from here; older ones from the store. Who signs
// many headers gets its own candidates replaced before anybody else's, and a block that is being restored stays. Bytes
// are bounded too, together with what else holds cells (cell-budget.ts): a kept block lets go of its columns, which are
// on disk, before a new one begins to fill memory.

import { toHex } from '../base/bytes.ts'
import type { Column, Proposal, SignedHeader, Tile } from '../chain/containers.ts'
import { COLUMNS } from '../chain/limits.ts'
import { type CellBudget, cellBytes, createCellBudget } from './cell-budget.ts'

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
  /** Single tiles of columns that could not be had, by band * 128 + column; each checked. */
  readonly tiles: Map<number, Tile>
  /** Indices of columns whose proofs were checked too. */
  readonly proven: Set<number>
  /** What has been concluded; `kept` means verified and synced to disk. */
  state: 'gathering' | 'restoring' | 'kept' | 'invalid'
}

export interface Candidates {
  get(root: Uint8Array): Candidate | undefined
  /** The candidate of a header, made if there is none. The header's signature has been checked. */
  open(root: Uint8Array, header: SignedHeader, nowMs: number): Candidate
  /** Whether this candidate has its place still: what is gathered for one that has not would be lost. */
  isOpen(candidate: Candidate): boolean
  /** Forgets the block of a root. */
  drop(root: Uint8Array): void
  all(): readonly Candidate[]
}

export interface CandidatesInit {
  /** Blocks in memory at once. Default 6. */
  readonly maxBlocks: number
}

export const candidatesDefaults: CandidatesInit = { maxBlocks: 6 }

export const createCandidates = (
  { maxBlocks }: CandidatesInit = candidatesDefaults,
  { budget }: { readonly budget: CellBudget } = { budget: createCellBudget() },
): Candidates => {
  /** The one used longest ago first. */
  const byRoot = new Map<string, Candidate>()
  const touch = (candidate: Candidate | undefined): Candidate | undefined => {
    if (candidate === undefined) return undefined
    byRoot.delete(candidate.key)
    byRoot.set(candidate.key, candidate)
    return candidate
  }

  /** A block that is being gathered counts whole, since nothing will stop it from coming. */
  const bytesOf = ({ header, columns, tiles, state }: Candidate): number =>
    cellBytes(header.message.rowCount, state === 'kept' || state === 'invalid' ? columns.size : COLUMNS) +
    [...tiles.values()].reduce((sum, { cells }) => sum + cells.length, 0)

  budget.join('coming', {
    get bytes() {
      return [...byRoot.values()].reduce((sum, candidate) => sum + bytesOf(candidate), 0)
    },
    letGo(bytes) {
      let left = bytes
      for (const candidate of byRoot.values()) {
        if (left <= 0) return
        if (candidate.state !== 'kept') continue
        left -= bytesOf(candidate)
        candidate.columns.clear()
      }
    },
  })

  const makeRoom = (coming: Candidate): void => {
    if (byRoot.size >= maxBlocks) byRoot.delete(victimOf([...byRoot.values()]).key)
    // Where nothing more can be had again, blocks that are gathered lose their places.
    while (budget.makeRoom(bytesOf(coming)) > 0) {
      const all = [...byRoot.values()]
      if (!all.some((candidate) => candidate.state !== 'restoring' && bytesOf(candidate) > 0)) return
      byRoot.delete(victimOf(all).key)
    }
  }

  return {
    get: (root) => touch(byRoot.get(toHex(root))),
    open(root, header, nowMs) {
      const key = toHex(root)
      const known = touch(byRoot.get(key))
      if (known !== undefined) return known
      const candidate: Candidate = {
        root,
        key,
        header,
        firstSeenMs: nowMs,
        columns: new Map(),
        tiles: new Map(),
        proven: new Set(),
        state: 'gathering',
      }
      makeRoom(candidate)
      byRoot.set(key, candidate)
      return candidate
    },
    isOpen: (candidate) => byRoot.get(candidate.key) === candidate,
    drop: (root) => byRoot.delete(toHex(root)),
    all: () => [...byRoot.values()],
  }
}

/** Kept blocks that are served from memory as long as there is another choice. */
const KEPT_IN_MEMORY = 2

/** Which of them makes room; they come in order of use, the oldest first. */
const victimOf = (all: readonly Candidate[]): Candidate => {
  const [invalid] = all.filter(({ state }) => state === 'invalid')
  if (invalid !== undefined) return invalid
  const kept = all.filter(({ state }) => state === 'kept')
  if (kept.length > KEPT_IN_MEMORY) return kept[0]!
  const gathering = all.filter(({ state }) => state === 'gathering')
  const byProposer = Map.groupBy(gathering, ({ header }) => header.message.proposer)
  const most = [...byProposer.values()].reduce<readonly Candidate[]>(
    (longest, group) => (group.length > longest.length ? group : longest),
    [],
  )
  if (most.length > 1) return most[0]!
  return all.find(({ state }) => state !== 'restoring') ?? all[0]!
}
