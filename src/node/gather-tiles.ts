// Asking peers for single tiles of a block whose columns cannot be had: a publisher that keeps back a part of each of
// many columns leaves too few whole ones, though what is out restores the block (docs/protocol.md, section 8). Every
// peer that could have them is asked for a few, drawn at random; one that gives is asked for more, for those first that
// complete a column. Each tile is checked against header and commitments before it counts; who sends something else loses
// score and is not asked again for this block.

import { anySignal, deadline, sleep } from '../base/deadline.ts'
import { hasCode, messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { MAX_TILES_PER_REQUEST, type SignedHeader, type Tile, type TileId } from '../chain/containers.ts'
import { COLUMNS } from '../chain/limits.ts'
import type { Network, Peer } from '../chain/ports.ts'
import type { GridEngine } from '../grid/engine.ts'
import { sampledBands } from '../grid/sampling-bound.ts'
import { type Shape, shapeOf } from '../grid/shape.ts'
import { tileWireBytes } from '../sampling/draw.ts'
import type { SingleTiles } from './assembler.ts'
import type { Candidate } from './candidates.ts'
import { missingTiles } from './collect-tiles.ts'

/** How an assembler restores from single tiles. */
export const createSingleTiles = (
  { maxBands }: { readonly maxBands: number },
  components: GatherTilesComponents,
): SingleTiles => {
  const shapeOfBlock = ({ header }: Candidate): Shape => shapeOf(header.message.rowCount, maxBands)
  return {
    gather(candidate, done, signal) {
      const { root, header, columns, tiles, commitments = [] } = candidate
      const shape = shapeOfBlock(candidate)
      return gatherTiles({ root, header, commitments, shape, columns, tiles, done }, components, signal)
    },
    suffice: (candidate) => {
      const { columns, tiles } = candidate
      return missingTiles({ shape: shapeOfBlock(candidate), tiles, columns: [...columns.keys()] }) === 0
    },
  }
}

export interface TileGathering {
  readonly root: Uint8Array
  /** Of the block, judged. */
  readonly header: SignedHeader
  readonly commitments: readonly Uint8Array[]
  readonly shape: Shape
  /** Indices of the columns that are here; more may come meanwhile. */
  readonly columns: { has(index: number): boolean }
  /** Tiles that are here, by band * 128 + column; those that come are added. */
  readonly tiles: Map<number, Tile>
  /** Whether it is over: asked after every answer that brought something, and before each round. */
  done(): boolean
}

export interface GatherTilesComponents {
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize'>
  readonly engine: Pick<GridEngine, 'checkTiles'>
  readonly log: Logger
}

/** Peers asked at once. */
const PEERS_AT_ONCE = 8
const REQUEST_TIMEOUT_MS = 4_000
/** Everybody who gives nothing more is asked again after this time, twice as long after each round that brought nothing. */
const AGAIN_MS = 1_000
const MAX_AGAIN_MS = 30_000

/** Ends without error when `done()` holds or the signal aborts. */
export const gatherTiles = async (
  quest: TileGathering,
  components: GatherTilesComponents,
  signal: AbortSignal,
): Promise<void> => {
  const over = new AbortController()
  const end = anySignal([signal, over.signal])
  const shared: Shared = {
    blamed: new Set(),
    claimed: new Set(),
    inVain: new Map(),
    // Nobody who keeps us waiting holds up what the others made whole.
    look: () => quest.done() && over.abort(new Error('expected no more tiles of a block that is whole')),
  }
  let againMs = AGAIN_MS
  shared.look()
  while (!end.aborted) {
    const before = quest.tiles.size
    const waiting = shuffled(
      components.network
        .peers()
        .filter(
          ({ id, isValidator, custody }) => !shared.blamed.has(id) && (isValidator || custody.size > 0),
        ),
    )
    const visitOthers = async (): Promise<void> => {
      for (let peer = waiting.pop(); peer !== undefined && !end.aborted; peer = waiting.pop())
        await visit(peer, quest, shared, components, end)
    }
    await Promise.all(Array.from({ length: PEERS_AT_ONCE }, visitOthers))
    againMs = quest.tiles.size > before ? AGAIN_MS : Math.min(MAX_AGAIN_MS, 2 * againMs)
    if (!end.aborted) await sleep(againMs, end).catch(() => {})
    shared.look()
  }
  over.abort(new Error('gathering has ended'))
}

interface Shared {
  readonly blamed: Set<string>
  /** Places that somebody is being asked for now. */
  readonly claimed: Set<number>
  /** By peer, the places that it was asked for in vain: they come last, until there are no others. */
  readonly inVain: Map<string, Set<number>>
  readonly look: () => void
}

/** Asks one peer as long as it gives something. */
const visit = async (
  peer: Peer,
  quest: TileGathering,
  shared: Shared,
  components: GatherTilesComponents,
  signal: AbortSignal,
): Promise<void> => {
  const asked = new Set<number>()
  const inVain = shared.inVain.get(peer.id) ?? new Set()
  shared.inVain.set(peer.id, inVain)
  let gives = true
  while (gives && !signal.aborted) {
    const places = wantedOf(peer, quest, asked.size === 0).filter(
      (place) => !asked.has(place) && !shared.claimed.has(place),
    )
    if (places.length === 0) return
    const hopeful = places.filter((place) => !inVain.has(place))
    if (hopeful.length === 0) inVain.clear()
    const wanted = (hopeful.length === 0 ? places : hopeful).slice(0, MAX_TILES_PER_REQUEST)
    for (const place of wanted) {
      asked.add(place)
      shared.claimed.add(place)
    }
    try {
      gives = await ask(peer.id, wanted, quest, shared, components, signal)
      if (gives) shared.look()
    } catch (error) {
      gives = false
      // The network has penalised a breach of the protocol already.
      if (hasCode(error, 'malformed') || hasCode(error, 'oversize')) shared.blamed.add(peer.id)
      if (!signal.aborted)
        components.log.debug(
          { peer: peer.id, reason: messageOf(error) },
          'tiles could not be had from a peer',
        )
    } finally {
      for (const place of wanted) {
        shared.claimed.delete(place)
        if (!quest.tiles.has(place)) inVain.add(place)
      }
    }
  }
}

/** Whether the peer gave at least one tile that was asked for and is right. */
const ask = async (
  peer: string,
  wanted: readonly number[],
  quest: TileGathering,
  { blamed }: Shared,
  { network, engine }: GatherTilesComponents,
  signal: AbortSignal,
): Promise<boolean> => {
  const blame = (code: string): false => {
    blamed.add(peer)
    network.penalize(peer, code)
    return false
  }
  const answer = await network.request.tiles(
    peer,
    { root: quest.root, tiles: wanted.map(tileIdOf) },
    {
      signal: deadline(REQUEST_TIMEOUT_MS, signal),
      maxBytes: wanted.reduce((sum, place) => sum + tileWireBytes(quest.shape, tileIdOf(place).band), 0),
    },
  )
  const open = new Set(wanted)
  // [reject] a tile that was not asked for, or twice
  if (answer.some((tile) => !open.delete(placeOf(tile)))) return blame('tiles-unasked')
  const block = { header: quest.header.message, commitments: quest.commitments }
  const [verdicts = []] = await engine.checkTiles([{ ...block, tiles: answer }], { signal })
  let good = 0
  for (const [i, tile] of answer.entries()) {
    const verdict = verdicts[i]
    // [reject] a tile that is not the block's
    if (verdict?.verdict === 'reject') return blame(`tile-${verdict.code}`)
    if (verdict?.verdict !== 'accept') continue
    quest.tiles.set(placeOf(tile), tile)
    good++
  }
  return good > 0
}

/** Places that are missing and that the peer could have: at random, or those first whose column lacks the least. */
const wantedOf = (
  peer: Peer,
  { shape, columns, tiles }: TileGathering,
  atRandom: boolean,
): readonly number[] => {
  const bands = sampledBands(shape)
  const missing: { readonly places: readonly number[]; readonly known: number }[] = []
  for (let column = 0; column < COLUMNS; column++) {
    if (columns.has(column) || !(peer.isValidator || peer.custody.has(column))) continue
    const places = bands.map((band) => band * COLUMNS + column).filter((place) => !tiles.has(place))
    const known = bands.length - places.length
    // A column that B of its 2B bands restore needs no more of them.
    if (known + shape.zeroBands < shape.bands) missing.push({ places, known })
  }
  if (atRandom) return shuffled(missing.flatMap(({ places }) => places))
  return shuffled(missing)
    .sort((a, b) => b.known - a.known)
    .flatMap(({ places }) => places)
}

const placeOf = ({ band, column }: TileId): number => band * COLUMNS + column
const tileIdOf = (place: number): TileId => ({ band: Math.floor(place / COLUMNS), column: place % COLUMNS })

/** In random order: what many validators ask for, and whom, is not the same. */
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
