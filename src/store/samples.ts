// A light node's journal: what it concluded of a block, and the tiles that it sampled, which it serves to others.

import { TileType } from '../chain/containers.ts'
import type { SampleStore } from '../chain/ports.ts'
import { blockKey, blockRange, heightOf, heightRange, placeOf, rootOf, tileKey } from './keys.ts'
import type { Locator } from './locate.ts'
import { decodeJournal, encodeJournal } from './records.ts'
import type { Tables } from './tables.ts'

export const createSampleStore = (tables: Tables, locator: Locator): SampleStore => ({
  async putSamples(record, tiles) {
    const { root, height } = record
    await tables.write([
      locator.change(root, height),
      ...tiles.map((tile) => ({
        key: tileKey(height, root, tile.band, tile.column),
        payload: TileType.serialize(tile),
      })),
      { key: blockKey('journal', height, root), payload: encodeJournal(record) },
    ])
  },

  async getSampleRecord(root) {
    const height = await locator.heightOf(root)
    if (height === undefined) return undefined
    const payload = await tables.get(blockKey('journal', height, root))
    return payload === undefined ? undefined : decodeJournal(height, root, payload)
  },

  async *sampleRecords(start, count) {
    for await (const [key, payload] of tables.entries(heightRange('journal', start, start + count))) {
      yield decodeJournal(heightOf(key), rootOf(key), payload)
    }
  },

  async getTile(root, band, column) {
    const height = await locator.heightOf(root)
    if (height === undefined) return undefined
    const payload = await tables.get(tileKey(height, root, band, column))
    return payload === undefined ? undefined : TileType.deserialize(payload)
  },

  async heldTiles(root) {
    const height = await locator.heightOf(root)
    if (height === undefined) return []
    const places = []
    for await (const key of tables.keys(blockRange('tile', height, root))) places.push(placeOf(key))
    return places
  },

  async deleteTiles(root) {
    const height = await locator.heightOf(root)
    if (height !== undefined) await tables.clear(blockRange('tile', height, root))
  },
})
