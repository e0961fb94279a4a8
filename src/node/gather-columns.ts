// Asking peers for columns of a block: first each for what it keeps, then validators for anything, until the wanted
// ones are here or enough to restore the block, or the signal ends it. What comes is checked against dataRoot before
// it counts; who sends something else is penalised and not asked again for this block.

import { sleep } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Column, Header } from '../chain/containers.ts'
import type { Network, Peer } from '../chain/ports.ts'
import type { GridEngine } from '../grid/engine.ts'

export interface ColumnQuest {
  readonly root: Uint8Array
  readonly header: Header
  /** Columns that are here; those that come are added. */
  readonly columns: Map<number, Column>
  /** Indices asked for, most wanted first. */
  readonly wanted: readonly number[]
  /** Whether the quest is over. */
  done(): boolean
  /** Called for each column that was added. */
  onColumn?(column: Column): void
}

export interface GatherComponents {
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize'>
  readonly engine: Pick<GridEngine, 'checkColumns'>
  readonly log: Logger
}

/** Columns in one request: bounds an answer to 16 * 512 KiB. */
const COLUMNS_PER_REQUEST = 16
/** A request that takes longer is asked of somebody else. */
const REQUEST_TIMEOUT_MS = 4_000
const PAUSE_MS = 200
const FAILURES_PER_PEER = 3

/** Ends without error when `done()` holds or the signal aborts; the caller looks at `columns`. */
export const gatherColumns = async (
  quest: ColumnQuest,
  components: GatherComponents,
  signal: AbortSignal,
): Promise<void> => {
  const failures = new Map<string, number>()
  while (!quest.done() && !signal.aborted) {
    const before = quest.columns.size
    const plan = planRequests(quest, components.network.peers(), failures)
    await Promise.all(
      plan.map(([peer, indices]) => askPeer(quest, peer, indices, failures, components, signal)),
    )
    if (quest.columns.size === before && !quest.done()) await sleep(PAUSE_MS, signal).catch(() => {})
  }
}

/** Spreads the missing columns over the peers: by custody, and what nobody keeps over the validators. */
const planRequests = (
  quest: ColumnQuest,
  peers: readonly Peer[],
  failures: ReadonlyMap<string, number>,
): readonly (readonly [peer: string, indices: readonly number[]])[] => {
  const usable = peers.filter((peer) => (failures.get(peer.id) ?? 0) < FAILURES_PER_PEER)
  const plan = new Map<string, number[]>()
  const load = (peer: Peer) => plan.get(peer.id)?.length ?? 0
  for (const index of quest.wanted) {
    if (quest.columns.has(index)) continue
    const keepers = usable.filter((peer) => peer.custody.has(index) && !failures.has(peer.id))
    const candidates =
      keepers.length > 0 ? keepers : usable.filter((peer) => peer.isValidator || peer.custody.has(index))
    const free = candidates.filter((peer) => load(peer) < COLUMNS_PER_REQUEST)
    if (free.length === 0) continue
    const chosen = free.reduce((least, peer) => (load(peer) < load(least) ? peer : least))
    plan.set(chosen.id, [...(plan.get(chosen.id) ?? []), index])
  }
  return [...plan]
}

const askPeer = async (
  quest: ColumnQuest,
  peer: string,
  indices: readonly number[],
  failures: Map<string, number>,
  { network, engine, log }: GatherComponents,
  signal: AbortSignal,
): Promise<void> => {
  const fail = (weight: number) => failures.set(peer, (failures.get(peer) ?? 0) + weight)
  try {
    const answer = await network.request.columns(
      peer,
      { root: quest.root, indices: [...indices] },
      { signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]) },
    )
    const asked = answer.filter(
      (column) => indices.includes(column.index) && !quest.columns.has(column.index),
    )
    const verdicts = await engine.checkColumns(quest.header, asked, { signal })
    for (const [place, column] of asked.entries()) {
      const verdict = verdicts[place]
      if (verdict?.verdict === 'accept') {
        if (quest.columns.has(column.index)) continue
        quest.columns.set(column.index, column)
        quest.onColumn?.(column)
      } else {
        fail(FAILURES_PER_PEER)
        network.penalize(peer, `column-${verdict?.verdict === 'reject' ? verdict.code : 'unchecked'}`)
      }
    }
    if (asked.length === 0) fail(1)
  } catch (error) {
    if (!signal.aborted) log.debug({ peer, reason: messageOf(error) }, 'columns could not be had from a peer')
    fail(1)
  }
}
