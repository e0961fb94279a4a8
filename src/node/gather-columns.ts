// Asking peers for columns of a block: first each for what it keeps, then validators for anything, until the wanted
// ones are here or enough to restore the block, or the signal ends it. What comes is checked against dataRoot before
// it counts; who sends something else is penalised and not asked again for this block.

import { equal } from '../base/bytes.ts'
import { deadline, sleep } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Column, SignedHeader } from '../chain/containers.ts'
import type { Network, Peer } from '../chain/ports.ts'
import { headerRoot } from '../chain/signing.ts'
import type { GridEngine } from '../grid/engine.ts'

export interface ColumnQuest {
  readonly root: Uint8Array
  /** Of the block, its signature checked: what comes is kept under this header, whatever the peer's answer says. */
  readonly header: SignedHeader
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
/** A peer that had nothing, or was not reached, may be asked again after this time. */
const FORGIVE_MS = 3_000

/** Ends without error when `done()` holds or the signal aborts; the caller looks at `columns`. */
export const gatherColumns = async (
  quest: ColumnQuest,
  components: GatherComponents,
  signal: AbortSignal,
): Promise<void> => {
  const failures = new Map<string, number>()
  const blamed = new Set<string>()
  let forgiveAt = Date.now() + FORGIVE_MS
  while (!quest.done() && !signal.aborted) {
    const before = quest.columns.size
    if (Date.now() >= forgiveAt) {
      failures.clear()
      forgiveAt = Date.now() + FORGIVE_MS
    }
    const peers = components.network.peers().filter(({ id }) => !blamed.has(id))
    const plan = planRequests(quest, peers, failures)
    await Promise.all(
      plan.map(([peer, indices]) => askPeer(quest, peer, indices, { failures, blamed }, components, signal)),
    )
    if (quest.columns.size === before && !quest.done()) await sleep(PAUSE_MS, signal).catch(() => {})
  }
}

/** Spreads the missing columns over the peers: by custody, and what nobody keeps over the validators. */
export const planRequests = (
  quest: Pick<ColumnQuest, 'wanted' | 'columns'>,
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
  { failures, blamed }: { readonly failures: Map<string, number>; readonly blamed: Set<string> },
  { network, engine, log }: GatherComponents,
  signal: AbortSignal,
): Promise<void> => {
  const fail = () => failures.set(peer, (failures.get(peer) ?? 0) + 1)
  const blame = (code: string) => {
    blamed.add(peer)
    network.penalize(peer, `column-${code}`)
  }
  try {
    const answer = await network.request.columns(
      peer,
      { root: quest.root, indices: [...indices] },
      { signal: deadline(REQUEST_TIMEOUT_MS, signal) },
    )
    const asked = answer.filter(
      (column) => indices.includes(column.index) && !quest.columns.has(column.index),
    )
    // A column under another header is another block's, whatever its cells are.
    if (asked.some(({ header }) => !equal(headerRoot(header.message), quest.root)))
      return blame('other-block')
    const verdicts = await engine.checkColumns(quest.header.message, asked, { signal })
    for (const [place, column] of asked.entries()) {
      const verdict = verdicts[place]
      if (verdict?.verdict === 'accept') {
        if (quest.columns.has(column.index)) continue
        // Under the header whose signature was checked: the one that came with it says nothing.
        const own = { ...column, header: quest.header }
        quest.columns.set(own.index, own)
        quest.onColumn?.(own)
      } else {
        blame(verdict?.verdict === 'reject' ? verdict.code : 'unchecked')
      }
    }
    if (asked.length === 0) fail()
  } catch (error) {
    if (!signal.aborted) log.debug({ peer, reason: messageOf(error) }, 'columns could not be had from a peer')
    fail()
  }
}
