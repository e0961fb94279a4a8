// Keeps a light node's tiles within the room that its owner gives them: when a block's tiles have been written and all
// together take too much, those of the lowest blocks go. Verdicts stay: they are small, and say what was seen.

import { toHex } from '../base/bytes.ts'
import type { Metrics } from '../base/metrics.ts'
import { type Tile, TileType } from '../chain/containers.ts'
import type { SampleRecord, SampleStore } from '../chain/ports.ts'

export interface TileKeeperInit {
  /** Bytes of tiles that are kept, as they are sent. */
  readonly maxBytes: number
}

export interface TileKeeper extends Pick<SampleStore, 'putSamples' | 'getTile'> {
  /** Counts what is on disk; to be called once the store is open. */
  load(): Promise<void>
  readonly bytes: number
}

interface Kept {
  readonly root: Uint8Array
  readonly height: number
  readonly bytes: number
}

export const createTileKeeper = (
  init: TileKeeperInit,
  { store, metrics }: { readonly store: SampleStore; readonly metrics: Metrics },
): TileKeeper => {
  const kept = new Map<string, Kept>()
  let bytes = 0

  const set = (root: Uint8Array, height: number, size: number): void => {
    const key = toHex(root)
    bytes += size - (kept.get(key)?.bytes ?? 0)
    if (size === 0) kept.delete(key)
    else kept.set(key, { root, height, bytes: size })
    metrics.gauge('weft_light_tile_bytes', bytes)
  }

  const makeRoom = async (): Promise<void> => {
    while (bytes > init.maxBytes) {
      const lowest = [...kept.values()].reduce((least, one) => (one.height < least.height ? one : least))
      set(lowest.root, lowest.height, 0)
      await store.deleteTiles(lowest.root)
    }
  }

  return {
    async load() {
      for await (const { root, height } of store.sampleRecords(0, Number.MAX_SAFE_INTEGER)) {
        const places = await store.heldTiles(root)
        const [first] = places
        const tile = first && (await store.getTile(root, first.band, first.column))
        // Tiles of one block differ only in their proofs: one stands for all.
        set(root, height, tile === undefined ? 0 : places.length * TileType.value_serializedSize(tile))
      }
      await makeRoom()
    },
    async putSamples(record: SampleRecord, tiles: readonly Tile[]) {
      await store.putSamples(record, tiles)
      const size = tiles.reduce((sum, tile) => sum + TileType.value_serializedSize(tile), 0)
      set(record.root, record.height, size)
      await makeRoom()
    },
    getTile: store.getTile,
    get bytes() {
      return bytes
    },
  }
}
