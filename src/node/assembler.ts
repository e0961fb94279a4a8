// From parts to a kept block. Gathers a block's proposal and columns as gossip brings them, asks peers for what has
// not come in time, restores where it must, checks, and writes to disk: only then is the block `kept`, which is what
// a validator needs before it notarises, and what custody means for everybody else.
//
// A validator restores every block from 64 columns and checks all of it; where whole columns are too few, single tiles
// may restore it still (gather-tiles.ts). A full node keeps its custody columns, each checked against the sheet, and
// restores only when it cannot get one of them. Who restored publishes again the custody columns that gossip had not
// brought.

import type { Clock } from '../base/clock.ts'
import { deadline, sleep } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Verdict } from '../base/verdict.ts'
import type { Column, Header, Proposal, SignedHeader } from '../chain/containers.ts'
import { COLUMNS, COLUMNS_TO_RESTORE } from '../chain/limits.ts'
import type { BlockStore, Network } from '../chain/ports.ts'
import type { GridEngine } from '../grid/engine.ts'
import type { Candidate, Candidates } from './candidates.ts'
import type { EventHub } from './events.ts'
import { fetchProposal } from './fetch-proposal.ts'
import { gatherColumns } from './gather-columns.ts'

export interface AssemblerInit {
  /** Column indices that this node keeps. */
  readonly custody: readonly number[]
  /** Whether every block is restored whole (validators). */
  readonly restoresAll: boolean
  /** Peers are asked for what gossip has not brought after this time: a quarter of the chain's timeout. */
  readonly askAfterMs: number
  /** Peers are asked for single tiles when they were asked for columns and none has come for this time. */
  readonly tilesAfterMs: number
  /** Gathering of one block ends after this time; a certificate for it begins it anew. */
  readonly giveUpAfterMs: number
}

/** Restoring from single tiles. */
export interface SingleTiles {
  /** Adds tiles to a candidate whose proposal is known, until `done()` or the signal aborts. */
  gather(candidate: Candidate, done: () => boolean, signal: AbortSignal): Promise<void>
  /** Whether a candidate's columns and tiles restore the block. */
  suffice(candidate: Candidate): boolean
}

export interface AssemblerComponents {
  readonly candidates: Candidates
  readonly store: Pick<BlockStore, 'putBlock'>
  readonly engine: Pick<GridEngine, 'checkColumns' | 'checkColumnProofs' | 'restore'>
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize' | 'publish'>
  readonly judgeProposal: (proposal: Proposal) => Promise<Verdict>
  readonly events: EventHub
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
  /** Default: none, only whole columns restore a block. */
  readonly singleTiles?: SingleTiles | undefined
  /** The candidate's proposal is known from now on. */
  readonly onProposal?: ((candidate: Candidate) => void) | undefined
  /** The block was verified and synced. */
  readonly onKept: (candidate: Candidate) => void
  /** The block's parts are what its header says, and they make no valid block. */
  readonly onInvalid: (candidate: Candidate, code: string) => void
}

export interface Assembler {
  /** A header became known: its parts are expected by gossip from now on. */
  expect(root: Uint8Array, header: SignedHeader): Candidate
  /** A judged proposal came. */
  addProposal(root: Uint8Array, proposal: Proposal): void
  /** A column came whose path leads to dataRoot. */
  addColumn(root: Uint8Array, column: Column): void
  /** The block is needed (it is certified): asks peers at once, again if it had given up. */
  require(root: Uint8Array, header: SignedHeader): void
  stop(): void
}

const PROPOSAL_PAUSE_MS = 500

export const createAssembler = (init: AssemblerInit, components: AssemblerComponents): Assembler => {
  const { candidates, clock, log } = components
  const life = new AbortController()
  const gathering = new Set<string>()
  const timers = new Map<string, NodeJS.Timeout>()

  const gather = async (candidate: Candidate): Promise<void> => {
    if (gathering.has(candidate.key) || !isWanted(candidate)) return
    gathering.add(candidate.key)
    const signal = deadline(init.giveUpAfterMs, life.signal)
    try {
      await Promise.all([
        gatherProposal(candidate, signal),
        gatherMissing(candidate, signal),
        gatherSingly(candidate, signal),
      ])
    } finally {
      gathering.delete(candidate.key)
      advance(candidate)
    }
  }

  /** Columns without their proposal are of no use: it is asked for until it comes. */
  const gatherProposal = async (candidate: Candidate, signal: AbortSignal): Promise<void> => {
    while (candidate.proposal === undefined && isWanted(candidate) && !signal.aborted) {
      const proposal = await fetchProposal(candidate.root, components, signal)
      if (proposal === undefined) await sleep(PROPOSAL_PAUSE_MS, signal).catch(() => {})
      else if (candidate.proposal === undefined) acceptProposal(candidate, proposal)
    }
  }

  const gatherMissing = async (candidate: Candidate, signal: AbortSignal): Promise<void> => {
    if (candidate.header.message.rowCount === 0) return
    const quest = (wanted: readonly number[]) => ({
      root: candidate.root,
      header: candidate.header,
      columns: candidate.columns,
      wanted,
      done: () => !isWanted(candidate) || hasEnough(candidate),
      onColumn: (column: Column) => announceColumn(candidate, column),
    })
    // Custody first, for as long as it was waited for; then anything, so that a vote is still in time.
    const first = deadline(init.askAfterMs, signal)
    await gatherColumns(quest(init.custody), components, first)
    const everything = Array.from({ length: COLUMNS }, (_, index) => index)
    await gatherColumns(quest(everything), components, signal)
  }

  /** Where columns have ceased to come, single tiles of those that are missing may restore the block. */
  const gatherSingly = async (candidate: Candidate, signal: AbortSignal): Promise<void> => {
    const { singleTiles } = components
    if (singleTiles === undefined || !init.restoresAll || candidate.header.message.rowCount === 0) return
    const done = () => signal.aborted || !isWanted(candidate) || hasEnough(candidate)
    let have = -1
    while (have !== candidate.columns.size || candidate.proposal === undefined) {
      have = candidate.columns.size
      await sleep(init.tilesAfterMs, signal).catch(() => {})
      if (done()) return
    }
    await singleTiles.gather(candidate, done, signal)
    // Somebody may still be holding up the quest for columns.
    advance(candidate)
  }

  /** A candidate that lost its place to others is gathered no further: there are at most as many quests as places. */
  const isWanted = (candidate: Candidate) =>
    candidate.state === 'gathering' && candidates.isOpen(candidate) && !life.signal.aborted
  const hasCustody = (candidate: Candidate) => init.custody.every((index) => candidate.columns.has(index))
  const hasEnough = (candidate: Candidate) =>
    candidate.columns.size >= COLUMNS_TO_RESTORE ||
    (!init.restoresAll && hasCustody(candidate)) ||
    (candidate.tiles.size > 0 && components.singleTiles?.suffice(candidate) === true)

  const announceColumn = (candidate: Candidate, column: Column) => {
    const { height } = candidate.header.message
    const have = candidate.columns.size
    components.events.emit({ type: 'column', height, root: candidate.key, index: column.index, have })
  }

  const acceptProposal = (candidate: Candidate, proposal: Proposal) => {
    candidate.proposal = proposal
    candidate.commitments = proposal.commitments
    components.onProposal?.(candidate)
  }

  /** Takes a candidate as far as its parts allow. */
  const advance = (candidate: Candidate): void => {
    if (!isWanted(candidate) || candidate.proposal === undefined) return
    const empty = candidate.header.message.rowCount === 0
    if (!empty && !hasEnough(candidate)) return
    candidate.state = 'restoring'
    keep(candidate, candidate.proposal).catch((error: unknown) => {
      if (life.signal.aborted) return
      candidate.state = 'gathering'
      log.error({ root: candidate.key, reason: messageOf(error) }, 'a block could not be kept')
      // Perhaps nothing more of it comes that would try again: a thread died, say.
      expectLater(candidate)
    })
  }

  const keep = async (candidate: Candidate, proposal: Proposal): Promise<void> => {
    const startedMs = clock.now()
    const header = candidate.header.message
    const missing = header.rowCount === 0 ? [] : init.custody.filter((index) => !candidate.columns.has(index))
    const isRestored = header.rowCount > 0 && (init.restoresAll || missing.length > 0)
    const verdict = isRestored ? await restore(candidate, proposal) : await checkCustody(candidate, proposal)
    if (verdict.verdict !== 'accept') {
      candidate.state = 'invalid'
      log.warn({ root: candidate.key, height: header.height, verdict }, 'a block is not valid')
      components.onInvalid(candidate, verdict.code)
      return
    }
    const columns = header.rowCount === 0 ? [] : init.custody.map((index) => candidate.columns.get(index)!)
    await components.store.putBlock(candidate.root, proposal, columns)
    candidate.state = 'kept'
    if (columns.length > 0 && !isRestored) {
      // Only custody was proven: what else came has the right paths, and may be no column of the block all the same.
      const proved = new Set(init.custody)
      for (const index of [...candidate.columns.keys()])
        if (!proved.has(index)) candidate.columns.delete(index)
    }
    components.metrics.observe('weft_block_keep_seconds', (clock.now() - startedMs) / 1000)
    components.events.emit({
      type: 'available',
      height: header.height,
      root: candidate.key,
      ms: clock.now() - candidate.firstSeenMs,
      reseeded: missing.length,
    })
    components.onKept(candidate)
    await reseed(candidate, missing)
  }

  /** The block is kept, whatever becomes of this: others ask for what they miss. */
  const reseed = async (candidate: Candidate, missing: readonly number[]): Promise<void> => {
    try {
      for (const index of missing) {
        // A kept block may have let go of its columns meanwhile.
        const column = candidate.columns.get(index)
        if (column !== undefined) await components.network.publish.column(column)
      }
      if (missing.length > 0) components.metrics.count('weft_columns_reseeded_total', missing.length)
    } catch (error) {
      if (!life.signal.aborted)
        log.warn({ root: candidate.key, reason: messageOf(error) }, 'columns could not be re-seeded')
    }
  }

  const checkCustody = async (candidate: Candidate, proposal: Proposal): Promise<Verdict> => {
    const columns = init.custody.flatMap((index) => candidate.columns.get(index) ?? [])
    if (columns.length === 0) return { verdict: 'accept' }
    const verdicts = await components.engine.checkColumnProofs(proven(candidate, proposal), columns, life)
    return verdicts.find((verdict) => verdict.verdict !== 'accept') ?? { verdict: 'accept' }
  }

  const restore = async (candidate: Candidate, proposal: Proposal): Promise<Verdict> => {
    const known = {
      // No more than it takes: handing all 128 of a block of 256 rows to the thread takes a turn of 90 ms.
      columns: [...candidate.columns.values()]
        .slice(0, COLUMNS_TO_RESTORE)
        .map(({ index, cells, branch }) => ({ index, cells, branch })),
      tiles:
        candidate.columns.size >= COLUMNS_TO_RESTORE
          ? []
          : [...candidate.tiles.values()].map(({ band, column, cells }) => ({ band, column, cells })),
    }
    const restored = await components.engine.restore(proven(candidate, proposal), known, life)
    if (restored.verdict !== 'accept') return restored
    if (known.tiles.length > 0) components.metrics.count('weft_blocks_restored_from_tiles_total')
    candidate.tiles.clear()
    for (const { index, cells, branch } of restored.columns) {
      if (candidate.columns.has(index)) continue
      candidate.columns.set(index, {
        header: candidate.header,
        index,
        cells: [...cells],
        branch: [...branch],
      })
    }
    return { verdict: 'accept' }
  }

  const expectLater = (candidate: Candidate) => {
    if (timers.has(candidate.key) || life.signal.aborted) return
    const timer = setTimeout(() => {
      timers.delete(candidate.key)
      void gather(candidate)
    }, init.askAfterMs)
    timers.set(candidate.key, timer)
  }

  return {
    expect(root, header) {
      const known = candidates.get(root)
      if (known !== undefined) return known
      const candidate = candidates.open(root, header, clock.now())
      expectLater(candidate)
      return candidate
    },
    addProposal(root, proposal) {
      const candidate = this.expect(root, proposal.header)
      if (candidate.proposal === undefined) acceptProposal(candidate, proposal)
      advance(candidate)
    },
    addColumn(root, column) {
      const candidate = this.expect(root, column.header)
      // Of a kept block what is served was proven; what comes later was not.
      if (candidate.state === 'kept' || candidate.columns.has(column.index)) return
      candidate.columns.set(column.index, column)
      announceColumn(candidate, column)
      advance(candidate)
    },
    require(root, header) {
      const candidate = candidates.open(root, header, clock.now())
      void gather(candidate)
    },
    stop() {
      life.abort()
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}

const proven = (candidate: Candidate, proposal: Proposal) => ({
  header: plainHeader(candidate.header.message),
  commitments: proposal.commitments,
  sheet: proposal.sheet,
})

/** What the grid needs of a header; the rest stays here when the work goes to another thread. */
const plainHeader = ({
  rowCount,
  commitmentsRoot,
  entriesCell,
  entriesRoot,
  dataRoot,
  proofsRoot,
}: Header) => ({
  rowCount,
  commitmentsRoot,
  entriesCell,
  entriesRoot,
  dataRoot,
  proofsRoot,
})
