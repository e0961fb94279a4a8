// Light nodes that can only dial, such as phones, are reached by nobody who wants their tiles. A light node that they
// are connected to fetches them when it is asked for a block: checked like any tile, kept in memory within a bound, and
// served beside its own. One block at a time, and the same block not again for a while.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import { anySignal, sleep } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { type Announcement, type Tile, type TileId, TileType } from '../chain/containers.ts'
import type { Network } from '../chain/ports.ts'
import type { GridEngine } from '../grid/engine.ts'
import { COLUMNS, shapeOf } from '../grid/shape.ts'
import { collectDefaults, collectTiles } from './collect-tiles.ts'

export interface LightRelayInit {
  readonly maxBands: number
  /** Bytes of other nodes' tiles in memory; 0: none are fetched. */
  readonly maxBytes: number
}

export interface LightRelayComponents {
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize' | 'undialable'>
  readonly engine: Pick<GridEngine, 'checkTiles'>
  /** The header and commitments of a final block. */
  readonly announcementOf: (root: Uint8Array) => Promise<Announcement | undefined>
  readonly metrics: Metrics
  readonly log: Logger
}

export interface LightRelay {
  /** Tiles of a block had from nodes that cannot be dialled; waits a little for those that are being fetched. */
  held(root: Uint8Array): Promise<readonly TileId[]>
  tile(root: Uint8Array, place: TileId): Tile | undefined
  stop(): void
}

/** Blocks whose tiles are kept at most, and remembered as fetched. */
const MAX_BLOCKS = 64
const AGAIN_MS = 30_000
/** How long whoever asks waits for a fetch, and how long that may take. */
const PATIENCE_MS = 3_000
const FETCH_MS = 15_000
/** Peers that one fetch asks. */
const MAX_PEERS = 32

export const createLightRelay = (
  init: LightRelayInit,
  { network, engine, announcementOf, metrics, log }: LightRelayComponents,
): LightRelay => {
  const life = new AbortController()
  const kept = createBoundedMap<string, ReadonlyMap<number, Tile>>(MAX_BLOCKS)
  const fetchedMs = createBoundedMap<string, number>(MAX_BLOCKS)
  let fetching: Promise<void> | undefined

  const bytesOf = (tiles: ReadonlyMap<number, Tile>): number =>
    [...tiles.values()].reduce((sum, tile) => sum + TileType.value_serializedSize(tile), 0)

  const fetch = async (root: Uint8Array, key: string): Promise<void> => {
    const announcement = await announcementOf(root)
    if (announcement === undefined || announcement.header.message.rowCount === 0) return
    const able = new Set((await network.undialable()).slice(0, MAX_PEERS))
    if (able.size === 0) return
    const shape = shapeOf(announcement.header.message.rowCount, init.maxBands)
    const tiles = new Map(kept.get(key))
    const full = new AbortController()
    const signal = anySignal([life.signal, full.signal, AbortSignal.timeout(FETCH_MS)])
    await collectTiles(
      { ...collectDefaults, quietMs: PATIENCE_MS, everyoneOnce: true },
      { root, announcement, shape, tiles, columns: [] },
      {
        network: {
          peers: () => {
            // Looked at before each question: there is room for one more answer.
            if (bytesOf(tiles) > init.maxBytes)
              full.abort(new Error('expected no more than there is room for'))
            return network.peers().filter(({ id }) => able.has(id))
          },
          request: network.request,
          penalize: network.penalize,
          reach: () => ({ finish() {} }),
        },
        engine,
        log,
      },
      signal,
    )
    kept.set(key, tiles)
    metrics.count('weft_light_relayed_tiles_total', tiles.size)
    for (const [oldest] of [...kept.entries()]) {
      if ([...kept.entries()].reduce((sum, [, one]) => sum + bytesOf(one), 0) <= init.maxBytes) break
      kept.delete(oldest)
    }
  }

  return {
    async held(root) {
      const key = toHex(root)
      const isDue = performance.now() - (fetchedMs.get(key) ?? Number.NEGATIVE_INFINITY) >= AGAIN_MS
      if (init.maxBytes > 0 && isDue && fetching === undefined && !life.signal.aborted) {
        fetchedMs.set(key, performance.now())
        fetching = fetch(root, key)
          .catch((error: unknown) =>
            log.debug({ root: key, reason: messageOf(error) }, 'tiles could not be fetched'),
          )
          .finally(() => {
            fetching = undefined
          })
      }
      if (fetching !== undefined)
        await Promise.race([fetching, sleep(PATIENCE_MS, life.signal).catch(() => {})])
      return [...(kept.get(key)?.values() ?? [])].map(({ band, column }) => ({ band, column }))
    },
    tile: (root, { band, column }) => kept.get(toHex(root))?.get(band * COLUMNS + column),
    stop: () => life.abort(new Error('the node stops')),
  }
}
