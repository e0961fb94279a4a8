// Mending what the disk lost. What the store reports as damaged, and what a look through the index of final blocks
// finds missing, is fetched from peers again, judged as if it were new, and written over what was there: the proposal
// and its entries here, custody by the backfill. Until then the store answers as if it had never had it, so that
// nothing damaged is served. One block at a time; what cannot be had now is tried again.

import { equal, toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { sleep } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Proposal } from '../chain/containers.ts'
import type { BlockStore, FinalStore, FinalTip } from '../chain/ports.ts'
import type { NodeStore } from '../store/store.ts'
import type { Backfill } from './backfill.ts'
import type { Candidates } from './candidates.ts'

export interface MendingInit {
  /** Columns that this node keeps of a block. */
  readonly custody: readonly number[]
  /** Parent of the first block: its height is 0, its root the chain id. */
  readonly genesisRoot: Uint8Array
  /** What is older may be gone everywhere. */
  readonly retentionMs: number
}

export interface MendingComponents {
  readonly store: Pick<
    BlockStore,
    'getAnnouncement' | 'getProposal' | 'putProposal' | 'getColumn' | 'heldColumns'
  > &
    Pick<FinalStore, 'putFinal' | 'finalRootAt' | 'earliestHeight' | 'finalTip'> &
    Pick<NodeStore, 'isHurt' | 'healed' | 'finalLinks'>
  readonly fetchProposal: (root: Uint8Array, signal: AbortSignal) => Promise<Proposal | undefined>
  readonly candidates: Pick<Candidates, 'get' | 'drop'>
  readonly backfill: Pick<Backfill, 'add'>
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

/** What the store found damaged, as far as it belongs to a block. */
export interface DamagedPart {
  readonly part: string
  readonly height?: number
  readonly root?: Uint8Array
}

export interface Mending {
  /** The store found a damaged part. */
  report(damage: DamagedPart): void
  /** Looks through all final blocks, once; every value of them where the database was hurt. */
  start(): void
  readonly waiting: number
  /** Nothing is known to be missing: all was looked through, and what was found is here again. */
  readonly isWhole: boolean
  stop(): void
}

/** Blocks that wait to be mended; where there are more, all are looked through again. */
const MAX_WAITING = 4_096
const RETRY_MS = 1_000
/** Attempts at one block before others have their turn. */
const ATTEMPTS = 4
/** Reports are gathered for so long: a damaged table is reported once a value. */
const GATHER_MS = 200
/** What can be fetched again, and what the index of final blocks is made of. */
const MENDABLE: ReadonlySet<string> = new Set([
  'header',
  'commitments',
  'proposal',
  'column',
  'held',
  'final',
  'entries',
  'blob',
  'namespace',
  'versioned',
  'locator',
])

export const createMending = (init: MendingInit, components: MendingComponents): Mending => {
  const { store, log, metrics, clock } = components
  const life = new AbortController()
  const waiting = new Set<number>()
  let hasOverflowed = false
  let running: Promise<void> | undefined
  let hasBegun = false
  let hasLooked = false
  let isMending = false

  const wait = (height: number): void => {
    if (waiting.size < MAX_WAITING) waiting.add(height)
    else hasOverflowed = true
  }

  /** The proposal from the disk or, judged, from peers; undefined where nobody has it now. */
  const proposalOf = async (root: Uint8Array): Promise<Proposal | undefined> => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      life.signal.throwIfAborted()
      const stored = await store.getProposal(root)
      if (stored !== undefined) return stored
      const fetched = await components.fetchProposal(root, life.signal)
      if (fetched !== undefined) {
        await store.putProposal(root, fetched)
        metrics.count('weft_mended_blocks_total', 1, { part: 'proposal' })
        return fetched
      }
      await sleep(RETRY_MS, life.signal)
    }
    return undefined
  }

  const isOld = ({ header }: Proposal) => header.message.timestamp + init.retentionMs < clock.now()

  /** Makes one final block whole: proposal, index, custody. */
  const mendBlock = async (root: Uint8Array): Promise<Proposal | undefined> => {
    const proposal = await proposalOf(root)
    if (proposal === undefined) return undefined
    const { height, rowCount } = proposal.header.message
    await store.putFinal(root, height, proposal.entries, clock.now())
    const held = rowCount === 0 ? init.custody : await store.heldColumns(root)
    if (init.custody.some((index) => !held.includes(index))) {
      log.warn(
        { height, root: toHex(root) },
        'columns of a final block are missing here and are fetched again',
      )
      metrics.count('weft_mended_blocks_total', 1, { part: 'columns' })
      // A block that counts as kept is not gathered again.
      if (components.candidates.get(root)?.state === 'kept') components.candidates.drop(root)
      components.backfill.add(root, proposal.header)
    }
    return proposal
  }

  /** From a final block down along the parents, until one is in the index. False: try again. */
  const mendBelow = async (upper: FinalTip, earliest: number): Promise<boolean> => {
    let child = await mendBlock(upper.root)
    while (child !== undefined) {
      const { parentHeight, parentRoot } = child.header.message
      if (parentHeight === 0 || parentHeight < earliest) return true
      if ((await store.finalRootAt(parentHeight)) !== undefined) return true
      const parent = await mendBlock(parentRoot)
      if (parent === undefined) return isOld(child)
      log.warn({ height: parentHeight }, 'a final block was missing from the index and is there again')
      metrics.count('weft_mended_blocks_total', 1, { part: 'index' })
      child = parent
    }
    return false
  }

  /** Reads all of a final block, so that what is damaged is reported. */
  const readAll = async (root: Uint8Array): Promise<void> => {
    await store.getProposal(root)
    for (const index of init.custody) {
      if (life.signal.aborted) return
      await store.getColumn(root, index)
    }
  }

  const lookThrough = async (): Promise<void> => {
    hasLooked = false
    const isHurt = store.isHurt
    const earliest = await store.earliestHeight()
    let last: FinalTip = { height: 0, root: init.genesisRoot }
    for await (const { height, root, parentRoot } of store.finalLinks(0)) {
      if (life.signal.aborted) return
      // Below the horizon blocks go one by one, whenever their time has come.
      if (height >= earliest && !equal(parentRoot, last.root)) wait(height - 1)
      if (isHurt) {
        await readAll(root)
        wait(height)
      } else await checkCustody(height, root)
      last = { height, root }
    }
    hasLooked = true
    await drain()
    if (!isHurt || life.signal.aborted) return
    await store.healed()
    log.info({}, 'the database was looked through, and what was missing is here again or being fetched')
  }

  /** By the list of columns, which costs little. */
  const checkCustody = async (height: number, root: Uint8Array): Promise<void> => {
    const rows = (await store.getAnnouncement(root))?.header.message.rowCount
    const held = rows === 0 ? init.custody.length : (await store.heldColumns(root)).length
    if (rows === undefined || held < init.custody.length) wait(height)
  }

  /** Until nothing waits; what cannot be had now is tried again behind the others. */
  const drain = async (): Promise<void> => {
    for (const height of waiting) {
      life.signal.throwIfAborted()
      waiting.delete(height)
      isMending = true
      let isMended = false
      try {
        isMended = await mendHeight(height)
      } finally {
        if (!isMended) wait(height)
        isMending = false
      }
      if (isMended) continue
      log.warn({ height }, 'a final block that the disk lost cannot be had from peers now')
      await sleep(RETRY_MS, life.signal)
    }
    if (!hasOverflowed) return
    hasOverflowed = false
    await lookThrough()
  }

  const mendHeight = async (height: number): Promise<boolean> => {
    const earliest = await store.earliestHeight()
    const tip = await store.finalTip()
    if (tip === undefined || height > tip.height || height < earliest) return true
    const root = await store.finalRootAt(height)
    if (root !== undefined) return (await mendBlock(root)) !== undefined
    // Nothing is final here as far as the index knows: the one above says whether that is true.
    for await (const upper of store.finalLinks(height + 1)) return mendBelow(upper, earliest)
    return true
  }

  const run = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (life.signal.aborted) return
      log.error({ reason: messageOf(error) }, 'mending the database failed')
      await sleep(RETRY_MS, life.signal).catch(() => {})
      if (!hasLooked) hasOverflowed = true
      if (waiting.size > 0 || hasOverflowed) begin()
    }
  }

  /** One piece of work after the other. */
  const enqueue = (work: () => Promise<void>): void => {
    running = (running ?? Promise.resolve()).then(() => run(work))
  }

  let gathering: NodeJS.Timeout | undefined
  const begin = () => {
    if (!hasBegun || gathering !== undefined || life.signal.aborted) return
    gathering = setTimeout(() => {
      gathering = undefined
      enqueue(drain)
    }, GATHER_MS)
    gathering.unref()
  }

  return {
    report({ part, height }) {
      if (!MENDABLE.has(part) || life.signal.aborted) return
      if (height === undefined) hasOverflowed = true
      else wait(height)
      begin()
    },
    start() {
      if (hasBegun) return
      hasBegun = true
      enqueue(lookThrough)
    },
    get waiting() {
      return waiting.size
    },
    get isWhole() {
      return hasLooked && waiting.size === 0 && !isMending && !hasOverflowed && !store.isHurt
    },
    stop() {
      life.abort()
      clearTimeout(gathering)
    },
  }
}
