// What a light node gives and keeps: never more than its owner allows, with a real database.

import { join } from 'node:path'
import test from 'ava'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { type Tile, TileType } from '../../src/chain/containers.ts'
import { createLightServing } from '../../src/node/light-serving.ts'
import { createTileKeeper } from '../../src/node/tile-keeper.ts'
import { createStore } from '../../src/store/store.ts'
import { temporaryFolder } from './support.ts'

const rootOf = (height: number) => new Uint8Array(32).fill(height)
const tileAt = (column: number): Tile => ({
  band: 0,
  column,
  cells: new Uint8Array(2_048).fill(column),
  branch: Array.from({ length: 9 }, () => new Uint8Array(32)),
  proofs: [new Uint8Array(48)],
})
const tileBytes = TileType.value_serializedSize(tileAt(0))
const recordOf = (height: number) => ({
  root: rootOf(height),
  height,
  verdict: 'available' as const,
  samples: 4,
  decidedMs: height,
})
const four = [0, 1, 2, 3].map(tileAt)

const opened = async (path: string) => {
  const store = createStore(
    { location: join(path, 'db'), chainId: new Uint8Array(32).fill(9) },
    { log: silent, metrics: noMetrics },
  )
  await store.open()
  return store
}

test('tiles of the lowest blocks go when the room is used up, also after a restart; verdicts stay', async (t) => {
  const folder = await temporaryFolder()
  t.teardown(folder.remove)
  const store = await opened(folder.path)
  const keeper = createTileKeeper({ maxBytes: 10 * tileBytes }, { store, metrics: noMetrics })
  await keeper.load()
  // Not in order of height: older blocks are sampled later.
  for (const height of [5, 3, 8]) await keeper.putSamples(recordOf(height), four)
  t.is(keeper.bytes, 8 * tileBytes)
  t.deepEqual(await store.heldTiles(rootOf(3)), [])
  t.is((await store.heldTiles(rootOf(5))).length, 4)
  t.is((await store.getSampleRecord(rootOf(3)))?.verdict, 'available')
  // The same block once more takes no more room.
  await keeper.putSamples(recordOf(8), four)
  t.is(keeper.bytes, 8 * tileBytes)
  await store.close()

  const again = await opened(folder.path)
  t.teardown(() => again.close())
  const smaller = createTileKeeper({ maxBytes: 5 * tileBytes }, { store: again, metrics: noMetrics })
  await smaller.load()
  t.is(smaller.bytes, 4 * tileBytes)
  t.deepEqual(await again.heldTiles(rootOf(5)), [])
  t.deepEqual(
    await again.heldTiles(rootOf(8)),
    [0, 1, 2, 3].map((column) => ({ band: 0, column })),
  )
})

test('above its bytes a minute, or its answers at once, a light node says rate-limited and gives nothing', async (t) => {
  const folder = await temporaryFolder()
  t.teardown(folder.remove)
  const store = await opened(folder.path)
  t.teardown(() => store.close())
  await store.putSamples(recordOf(1), four)
  const relay = { held: async () => [], tile: () => undefined }
  const serving = (limits: { serveBytesPerMinute: number; serveStreams: number }) =>
    createLightServing(
      { chainId: new Uint8Array(32), base: { height: 0, root: new Uint8Array(32) }, ...limits },
      { chain: { tip: () => undefined, finalAt: () => undefined }, store, relay, metrics: noMetrics },
    )
  const wanted = { root: rootOf(1), tiles: [0, 1, 2, 3, 4].map((column) => ({ band: 0, column })) }
  const taken = async (answer: AsyncIterable<Tile>) => {
    const tiles: Tile[] = []
    for await (const tile of answer) tiles.push(tile)
    return tiles
  }

  const generous = serving({ serveBytesPerMinute: 100 * tileBytes, serveStreams: 1 })
  t.is((await taken(generous.tiles(wanted, 'a'))).length, 4)
  // One answer is under way and not finished: there is no second beside it.
  const slow = generous.tiles(wanted, 'a')[Symbol.asyncIterator]()
  await slow.next()
  await t.throwsAsync(taken(generous.tiles(wanted, 'b')), { code: 'rate-limited' })
  await slow.return?.()
  t.is((await taken(generous.tiles(wanted, 'b'))).length, 4)

  const stingy = serving({ serveBytesPerMinute: 6 * tileBytes, serveStreams: 4 })
  t.is((await taken(stingy.tiles(wanted, 'a'))).length, 4)
  await t.throwsAsync(taken(stingy.tiles(wanted, 'a')), { code: 'rate-limited' })
  t.deepEqual((await stingy.held({ root: rootOf(1) }, 'a')).tiles.length, 4)
})
