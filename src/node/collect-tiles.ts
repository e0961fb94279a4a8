// Tiles of a block from light nodes, who keep what they sampled: each is asked which tiles it has, then for those that
// are still missing, a few at a time. Every tile is checked against header and commitments before it counts; who sends
// something else, or an impossible list, loses score and is not asked again. Ends when what is here restores the rest.

import { anySignal, deadline, sleep } from '../base/deadline.ts'
import { hasCode, messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { accept, reject, type Verdict } from '../base/verdict.ts'
import type { Announcement, Tile, TileId } from '../chain/containers.ts'
import type { Network } from '../chain/ports.ts'
import { stuckTiles } from '../erasure/restore.ts'
import type { GridEngine } from '../grid/engine.ts'
import { COLUMNS, type Shape } from '../grid/shape.ts'
import { tileWireBytes } from '../sampling/draw.ts'

export interface CollectInit {
  /** Peers that are asked at once. Default 8. */
  readonly peersAtOnce: number
  /** Tiles of one request. Default 8. */
  readonly tilesPerRequest: number
  /** How long one request may take. Default 5,000 ms. */
  readonly requestTimeoutMs: number
  /** After so long without a new tile or a new peer it ends. Default 8,000 ms. */
  readonly quietMs: number
  /** A peer that was busy, or had nothing yet, is asked again after this time. Default 3,000 ms. */
  readonly againMs: number
  /** Whether it ends as soon as every peer was asked once. Default false. */
  readonly everyoneOnce: boolean
}

export const collectDefaults: CollectInit = {
  peersAtOnce: 8,
  tilesPerRequest: 8,
  requestTimeoutMs: 5_000,
  quietMs: 8_000,
  againMs: 3_000,
  everyoneOnce: false,
}

export interface TileQuest {
  readonly root: Uint8Array
  /** Of the block; judged. */
  readonly announcement: Announcement
  readonly shape: Shape
  /** Tiles that are here, by band * 128 + column; those that come are added. */
  readonly tiles: Map<number, Tile>
  /** Columns that are here. */
  readonly columns: readonly number[]
}

export interface CollectComponents {
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize' | 'reach'>
  readonly engine: Pick<GridEngine, 'checkTiles'>
  readonly log: Logger
}

/** What it took. */
export interface Collected {
  /** Peers that answered which tiles they have. */
  readonly nodesAsked: number
  /** Those that gave at least one tile. */
  readonly nodesGiving: number
  /** Tiles that came and were good. */
  readonly tilesReceived: number
  /** Bytes of their answers, also of useless ones. */
  readonly bytes: number
}

/** Tiles that stay unknown though everything here restores what it can. 0: the block can be restored. */
export const missingTiles = ({ shape, tiles, columns }: Omit<TileQuest, 'root' | 'announcement'>): number => {
  const known = new Uint8Array(2 * shape.bands * COLUMNS)
  for (const place of tiles.keys()) known[place] = 1
  for (const column of columns) {
    for (let band = 0; band < shape.bands; band++) known[band * COLUMNS + column] = 1
  }
  return stuckTiles(shape, known)
}

/** Judges a list of held tiles (docs/protocol.md, "Held tiles"). */
export const judgeHeld = (
  { bands }: Pick<Shape, 'bands'>,
  tiles: readonly TileId[],
): Verdict<'held-place' | 'held-order'> => {
  // [reject] a place outside of the block's grid
  if (tiles.some(({ band, column }) => band >= 2 * bands || column >= COLUMNS)) return reject('held-place')
  // [reject] places that do not ascend, or come twice
  const places = tiles.map(placeOf)
  if (places.some((place, i) => i > 0 && place <= places[i - 1]!)) return reject('held-order')
  return accept
}

/** Ends without error when the block can be restored, nobody can help any more, or the signal aborts. */
export const collectTiles = async (
  init: CollectInit,
  quest: TileQuest,
  { network, engine, log }: CollectComponents,
  signal: AbortSignal,
): Promise<Collected> => {
  const { root, announcement, shape, tiles } = quest
  const block = { header: announcement.header.message, commitments: announcement.commitments }
  const done = new AbortController()
  const end = anySignal([signal, done.signal])
  const asked = new Set<string>()
  /** Good tiles by peer. */
  const given = new Map<string, number>()
  const blamed = new Set<string>()
  /** When a peer may be asked again. */
  const dueMs = new Map<string, number>()
  /** Visits in a row that brought nothing from a peer. */
  const fruitless = new Map<string, number>()
  const visits = new Map<string, Promise<void>>()
  /** Places that somebody is being asked for now. */
  const claimed = new Set<number>()
  let received = 0
  let bytes = 0
  let movedMs = performance.now()

  const limit = () => deadline(init.requestTimeoutMs, end)
  const blame = (peer: string, code: string) => {
    blamed.add(peer)
    network.penalize(peer, code)
  }
  const isMissing = ({ band, column }: TileId): boolean =>
    !tiles.has(placeOf({ band, column })) && !(band < shape.bands && quest.columns.includes(column))

  /** Asks for some tiles; whether the peer may be asked for more. */
  const fetch = async (peer: string, wanted: readonly TileId[]): Promise<boolean> => {
    for (const place of wanted) claimed.add(placeOf(place))
    try {
      const maxBytes = wanted.reduce((sum, { band }) => sum + tileWireBytes(shape, band), 0)
      const answer = await network.request.tiles(
        peer,
        { root, tiles: [...wanted] },
        { signal: limit(), maxBytes },
      )
      const places = new Set(wanted.map(placeOf))
      for (const tile of answer) {
        bytes += tileWireBytes(shape, tile.band)
        // [reject] a tile that was not asked for, or twice
        if (!places.delete(placeOf(tile))) {
          blame(peer, 'tiles-unasked')
          return false
        }
      }
      const [verdicts = []] = await engine.checkTiles([{ ...block, tiles: answer }], { signal: end })
      for (const [i, tile] of answer.entries()) {
        const verdict = verdicts[i]
        // [reject] a tile that is not the block's
        if (verdict?.verdict === 'reject') {
          blame(peer, `tile-${verdict.code}`)
          return false
        }
        if (verdict?.verdict !== 'accept' || tiles.has(placeOf(tile))) continue
        tiles.set(placeOf(tile), tile)
        received++
        given.set(peer, (given.get(peer) ?? 0) + 1)
        movedMs = performance.now()
      }
      return true
    } finally {
      for (const place of wanted) claimed.delete(placeOf(place))
    }
  }

  const visit = async (peer: string): Promise<void> => {
    const before = given.get(peer) ?? 0
    let again = true
    try {
      const { tiles: held } = await network.request.held(peer, { root }, { signal: limit() })
      const verdict = judgeHeld(shape, held)
      if (verdict.verdict === 'reject') return blame(peer, verdict.code)
      if (!asked.has(peer)) movedMs = performance.now()
      asked.add(peer)
      let isServing = true
      let rest = held.filter(isMissing)
      while (rest.length > 0 && isServing && !end.aborted) {
        const free = rest.filter((place) => !claimed.has(placeOf(place)))
        // The others are on their way from somebody else; if they do not come, this peer is asked again.
        if (free.length === 0) return
        const wanted = free.slice(0, init.tilesPerRequest)
        const taken = new Set(wanted.map(placeOf))
        isServing = await fetch(peer, wanted)
        rest = rest.filter((place) => !taken.has(placeOf(place)) && isMissing(place))
        if (received > 0 && missingTiles(quest) === 0) done.abort(new Error('enough is here'))
      }
      again = held.some(isMissing)
    } catch (error) {
      log.debug({ peer, reason: messageOf(error) }, 'a peer gave no tiles')
      // One that answers nothing by its own choice may do so later; one that breaks the protocol was blamed already.
      if (hasCode(error, 'malformed') || hasCode(error, 'oversize')) blamed.add(peer)
    } finally {
      const inVain = (given.get(peer) ?? 0) > before ? 0 : (fruitless.get(peer) ?? 0) + 1
      fruitless.set(peer, inVain)
      if (inVain >= MAX_FRUITLESS) again = false
      dueMs.set(peer, performance.now() + init.againMs * (again ? 1 : AGAIN_FACTOR))
      // It has given what it has, or never will: its place is for somebody else.
      if (!again) reach.finish(peer)
    }
  }

  const reach = network.reach({ signal: end })
  if (missingTiles(quest) === 0) done.abort(new Error('enough is here'))
  while (!end.aborted) {
    for (const { id, status } of network.peers()) {
      if (visits.size >= init.peersAtOnce) break
      const isDue = performance.now() >= (dueMs.get(id) ?? 0)
      if (status === undefined || blamed.has(id) || visits.has(id) || !isDue) continue
      const visiting = visit(id).finally(() => visits.delete(id))
      visits.set(id, visiting)
    }
    if (init.everyoneOnce && visits.size === 0 && network.peers().every(({ id }) => dueMs.has(id))) break
    // Somebody may still be at it, and our own checking takes time; those who only keep us busy do not last for ever.
    const quietMs = performance.now() - movedMs
    if (quietMs > init.quietMs * (visits.size === 0 ? 1 : QUIET_FACTOR)) break
    await Promise.race([sleep(POLL_MS, end).catch(() => {}), ...visits.values()])
  }
  done.abort(new Error('collecting has ended'))
  await Promise.allSettled(visits.values())
  return { nodesAsked: asked.size, nodesGiving: given.size, tilesReceived: received, bytes }
}

const POLL_MS = 100
/** How much longer it waits while somebody is still being asked. */
const QUIET_FACTOR = 4
/** A peer that has given all it had is asked again, in case it came by more, after so many times the usual wait. */
const AGAIN_FACTOR = 2
/** After so many visits in vain a peer counts as one that gave all that it had. */
const MAX_FRUITLESS = 3

const placeOf = ({ band, column }: TileId): number => band * COLUMNS + column
