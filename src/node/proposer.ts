// A leader's blocks: encodes what is waiting ahead of its turn, and turns it into a signed, stored block when its turn
// comes. The arithmetic does not depend on parent or height, so only the header is made in the turn itself.

import { fromHex, toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { hasCode, messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Column, Header, Proposal } from '../chain/containers.ts'
import type { BlockStore } from '../chain/ports.ts'
import { headerRoot } from '../chain/signing.ts'
import type { EncodedBlock } from '../grid/block.ts'
import type { GridEngine } from '../grid/engine.ts'
import type { BlockSize } from './block-size.ts'
import type { Candidates } from './candidates.ts'
import { type CellBudget, cellBytes } from './cell-budget.ts'
import { type Mempool, rowsOf, type WaitingBlob } from './mempool.ts'
import { createSuspects } from './suspects.ts'

export interface ProposerInit {
  readonly chainId: Uint8Array
  readonly validatorsRoot: Uint8Array
  readonly proposer: number
  /** Column indices that this validator keeps on disk. */
  readonly custody: readonly number[]
  /** Version of the protocol at a height, by genesis's schedule. */
  readonly versionAt: (height: number) => number
}

export interface ProposerComponents {
  readonly mempool: Pick<Mempool, 'select' | 'isInOrder' | 'has'>
  readonly engine: Pick<GridEngine, 'encode'>
  readonly store: Pick<BlockStore, 'putBlock' | 'putAnnouncement'>
  readonly candidates: Candidates
  /** Of the cells in memory: a block that is encoded ahead has all of its own. */
  readonly budget: CellBudget
  readonly size: Pick<BlockSize, 'rows' | 'encoded'>
  readonly signHeader: (height: number, root: Uint8Array) => Uint8Array
  /** Hex ids of blobs that blocks on their way hold already. */
  readonly taken: () => ReadonlySet<string>
  /** Hex ids of blobs in the blocks from this one down to the final one. */
  readonly idsDownFrom: (root: Uint8Array) => Promise<ReadonlySet<string>>
  /** Hex ids of blobs that this validator has found to be in no block. */
  readonly condemned: () => ReadonlySet<string>
  /** No block can be made with this blob. */
  readonly onCondemned: (blobId: Uint8Array) => void
  /** Whether the node stops: what fails then is nobody's fault. */
  readonly isStopping: () => boolean
  readonly log: Logger
  readonly clock: Clock
  readonly metrics: Metrics
}

export interface Turn {
  readonly height: number
  readonly parentHeight: number
  readonly parentRoot: Uint8Array
  readonly timestamp: number
}

export interface BuiltBlock {
  readonly root: Uint8Array
  readonly header: Header
}

export interface Proposer {
  /** Encodes what is waiting now, unless that is under way. */
  prepare(): void
  /** The block for a turn, stored and ready to be published from the candidates. */
  build(turn: Turn, signal: AbortSignal): Promise<BuiltBlock>
}

interface Prepared {
  readonly blobs: readonly WaitingBlob[]
  /** Of its block. */
  readonly rows: number
  readonly encoded: Promise<EncodedBlock>
}

export const createProposer = (init: ProposerInit, components: ProposerComponents): Proposer => {
  let prepared: Prepared | undefined
  /** All that is being encoded, and what has been until its block is a candidate, and counts as one. */
  const inMemory = new Set<Prepared>()
  components.budget.join('coming', {
    get bytes() {
      return cellBytes([...inMemory].reduce((sum, { rows }) => sum + rows, 0))
    },
    letGo() {},
  })
  /** No block will be made of this one: its cells are gone when its encoding ends. */
  const forget = async (one: Prepared | undefined): Promise<void> => {
    await one?.encoded.catch(() => {})
    if (one !== undefined) inMemory.delete(one)
  }

  const suspects = createSuspects()

  /** What to put into the next block: everybody's turn, or that of a group that may hold what cannot be encoded. */
  const choose = (below: ReadonlySet<string>): readonly WaitingBlob[] => {
    const { group, others } = suspects.next()
    const rows = components.size.rows()
    const taken = [...components.taken(), ...below, ...components.condemned()]
    if (group !== undefined) {
      const tried = components.mempool.select(rows, { except: new Set(taken), only: group, below })
      if (tried.length > 0) return tried
      // None of them waits any more, unless for its block.
      if (!taken.some((id) => group.has(id))) suspects.passed([...group])
    }
    return components.mempool.select(rows, { except: new Set([...taken, ...others]), below })
  }

  /** Ahead of the turn the parent is not known: what open blocks hold may be below. It is looked at again in the turn. */
  const encodeWaiting = (below = components.taken()): Prepared => {
    const startedMs = components.clock.now()
    const chosen = choose(below)
    const ids = chosen.map(({ blobId }) => toHex(blobId))
    const encoding = components.engine.encode(
      chosen.map(({ namespace, flags, data }) => ({ namespace, flags, data })),
    )
    const encoded = encoding.then((result) => {
      const ms = components.clock.now() - startedMs
      components.size.encoded(result.header.rowCount, ms)
      components.metrics.observe('weft_encode_seconds', ms / 1000)
      suspects.passed(ids)
      return result
    })
    const own: Prepared = { blobs: chosen, rows: rowsOf(chosen), encoded }
    inMemory.add(own)
    components.budget.makeRoom(0)
    encoded.catch((error: unknown) => {
      inMemory.delete(own)
      suspect(ids, error)
    })
    return own
  }

  const suspect = (ids: readonly string[], error: unknown): void => {
    // Of what was never tried nobody knows anything.
    if (components.isStopping() || hasCode(error, 'queue-full')) return
    components.log.warn(
      { blobs: ids.length, reason: messageOf(error) },
      'blobs could not be encoded together',
    )
    const condemned = suspects.failed(ids)
    const blobId = condemned === undefined ? undefined : fromHex(condemned)
    if (blobId !== undefined) components.onCondemned(blobId)
  }

  const isFresh = ({ blobs }: Prepared, taken = components.taken()): boolean =>
    blobs.every(({ blobId }) => !taken.has(toHex(blobId)) && components.mempool.has(blobId))

  /** The block of a turn, and what it counts as until it is a candidate. */
  const takePrepared = async ({ parentRoot }: Turn): Promise<readonly [EncodedBlock, Prepared?]> => {
    const below = await components.idsDownFrom(parentRoot)
    const ahead = prepared
    prepared = undefined
    const isUsable = ahead !== undefined && ahead.blobs.length > 0 && isFresh(ahead) && isFresh(ahead, below)
    // What was prepared for another parent may have a predecessor that this one has not.
    if (isUsable && components.mempool.isInOrder(ahead.blobs, below)) {
      const encoded = await ahead.encoded.catch(() => undefined)
      if (encoded !== undefined) return [encoded, ahead]
    }
    void forget(ahead)
    // A block without the blobs that failed is better than none: the next attempt is the next leader's.
    const instead = encodeWaiting(below)
    try {
      return [await instead.encoded, instead]
    } catch (error) {
      if (components.isStopping()) throw error
      return [await components.engine.encode([])]
    }
  }

  /** Stores the block of a turn, and opens its candidate, which `onCandidate` is told of just before. */
  const keep = async (turn: Turn, encoded: EncodedBlock, onCandidate: () => void): Promise<BuiltBlock> => {
    const header: Header = {
      version: init.versionAt(turn.height),
      chainId: init.chainId,
      height: turn.height,
      parentHeight: turn.parentHeight,
      parentRoot: turn.parentRoot,
      timestamp: turn.timestamp,
      proposer: init.proposer,
      validatorsRoot: init.validatorsRoot,
      ...encoded.header,
    }
    const root = headerRoot(header)
    const signed = { message: header, signature: components.signHeader(turn.height, root) }
    const proposal: Proposal = {
      header: signed,
      commitments: [...encoded.commitments],
      entries: [...encoded.entries],
      sheet: [...encoded.sheet],
    }
    const columns: Column[] = encoded.columns.map(({ index, cells, branch }) => ({
      header: signed,
      index,
      cells: [...cells],
      branch: [...branch],
    }))
    await components.store.putAnnouncement(root, { header: signed, commitments: proposal.commitments })
    await components.store.putBlock(
      root,
      proposal,
      columns.filter((column) => init.custody.includes(column.index)),
    )
    onCandidate()
    const candidate = components.candidates.open(root, signed, components.clock.now())
    candidate.proposal = proposal
    candidate.commitments = proposal.commitments
    for (const column of columns) candidate.columns.set(column.index, column)
    candidate.state = 'kept'
    return { root, header }
  }

  return {
    prepare() {
      if (prepared !== undefined && prepared.blobs.length > 0 && isFresh(prepared)) return
      void forget(prepared)
      prepared = encodeWaiting()
    },
    async build(turn, signal) {
      const [encoded, own] = await takePrepared(turn)
      const counted = () => {
        if (own !== undefined) inMemory.delete(own)
      }
      try {
        signal.throwIfAborted()
        return await keep(turn, encoded, counted)
      } finally {
        counted()
      }
    },
  }
}
