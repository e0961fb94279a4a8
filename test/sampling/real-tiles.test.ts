// The sampler over real tiles: encoded, opened and checked by the grid with another library's KZG. Each way in which a
// tile can lie is tried by itself: never accepted, paid for by its sender, and mended by the next peer.

import test from 'ava'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import type { Tile } from '../../src/chain/containers.ts'
import { TileType } from '../../src/chain/containers.ts'
import { headerRoot } from '../../src/chain/signing.ts'
import { createLocalEngine } from '../../src/grid/local-engine.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { tileWireBytes } from '../../src/sampling/draw.ts'
import { createSampler } from '../../src/sampling/sampler.ts'
import { blobsForRows, createTestComponents, flipped, replaced } from '../grid/support.ts'
import { allColumns, announcementOf, never, peerOf } from './helpers.ts'

const params = { maxRows: 8, maxBands: 2 }
const engine = createLocalEngine(params, await createTestComponents())
const block = await engine.encode(blobsForRows(3))
const announcement = { ...announcementOf(3, 5, block.header), commitments: [...block.commitments] }
const root = headerRoot(announcement.header.message)

const tileAt = async (band: number, column: number): Promise<Tile> => {
  const [tile] = await engine.makeTiles(block, block.columns[column]!, [band])
  return { ...tile!, branch: [...tile!.branch], proofs: [...tile!.proofs] }
}

const sampleWith = async (liar: (tile: Tile) => Tile | Promise<Tile>) => {
  const penalized: [string, string][] = []
  const kept: Tile[] = []
  const sampler = createSampler(
    {
      maxBands: params.maxBands,
      deadlineMs: 60_000,
      requestTimeoutMs: 30_000,
      hedgeMs: 30_000,
      concurrency: 1,
      // Enough draws that the liar is asked for one.
      failureProbability: 0.001,
    },
    {
      peers: () => ['liar', 'b', 'c', 'd'].map((id) => peerOf(id, allColumns)),
      request: {
        async tiles(peer, { tiles }) {
          const tile = await tileAt(tiles[0]!.band, tiles[0]!.column)
          return [peer === 'liar' ? await liar(tile) : tile]
        },
      },
      penalize: (peer, code) => void penalized.push([peer, code]),
      engine,
      store: {
        async putSamples(_record, tiles) {
          kept.push(...tiles)
        },
        async getTile() {
          return undefined
        },
      },
      log: silent,
      metrics: noMetrics,
    },
  )
  const result = await sampler.sample(root, announcement, { signal: never })
  return { result, penalized, kept }
}

test('tiles of an honest block verify, data and extended, and weigh what was reckoned', async (t) => {
  const { result, penalized, kept } = await sampleWith((tile) => tile)
  t.is(result.verdict, 'available')
  t.deepEqual(penalized, [])
  t.is(kept.length, result.outcomes.length)
  const shape = shapeOf(3, params.maxBands)
  for (const tile of kept) {
    const weight = TileType.serialize(tile).length
    const reckoned = tileWireBytes(shape, tile.band)
    t.true(weight <= reckoned && reckoned < weight + 32, `${weight} bytes, reckoned ${reckoned}`)
  }
})

const lies: Record<string, (tile: Tile) => Tile | Promise<Tile>> = {
  'a bit of a cell': (tile) => ({ ...tile, cells: flipped(tile.cells, 77) }),
  'the cells of another column': async (tile) => ({
    ...tile,
    cells: (await tileAt(tile.band, (tile.column + 1) % 128)).cells,
  }),
  'the cells of another band': async (tile) => ({
    ...tile,
    cells: (await tileAt((tile.band + 1) % 4, tile.column)).cells,
  }),
  'the whole tile of another column under this place': async (tile) => ({
    ...(await tileAt(tile.band, (tile.column + 1) % 128)),
    column: tile.column,
  }),
  'the proof of another tile': async (tile) => ({
    ...tile,
    proofs: (await tileAt(tile.band, (tile.column + 1) % 128)).proofs,
  }),
  'a sibling of the path': (tile) => ({
    ...tile,
    branch: [...replaced(tile.branch, 3, (node) => flipped(node, 0))],
  }),
  'a path cut short': (tile) => ({ ...tile, branch: tile.branch.slice(1) }),
  'a proof too many': (tile) => ({ ...tile, proofs: [...tile.proofs, tile.proofs[0]!] }),
  'cells cut short': (tile) => ({ ...tile, cells: tile.cells.slice(0, 2_048) }),
}

for (const [name, lie] of Object.entries(lies)) {
  test(`a lie about ${name} is found out, costs its sender, and the tile comes from another peer`, async (t) => {
    const { result, penalized, kept } = await sampleWith(lie)
    t.is(result.verdict, 'available')
    t.is(penalized.length, 1)
    t.is(penalized[0]?.[0], 'liar')
    t.regex(penalized[0]![1], /^tile-(shape|path|proof|point)$/)
    for (const tile of kept) t.deepEqual(tile.cells, (await tileAt(tile.band, tile.column)).cells)
  })
}
