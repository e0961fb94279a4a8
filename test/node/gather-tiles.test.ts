// Single tiles of a block whose columns are too few, from peers of which some lie or never answer. The peers are played,
// since no real node can be made to lie; tiles, proofs and their checking are real.

import test from 'ava'
import { silent } from '../../src/base/log.ts'
import type { Tile, TileId } from '../../src/chain/containers.ts'
import type { Network, Peer } from '../../src/chain/ports.ts'
import type { EncodeComponents } from '../../src/grid/components.ts'
import { encodeBlock } from '../../src/grid/encode.ts'
import { createLocalEngine } from '../../src/grid/local-engine.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { makeTiles } from '../../src/grid/tiles.ts'
import { missingTiles } from '../../src/node/collect-tiles.ts'
import { gatherTiles } from '../../src/node/gather-tiles.ts'
import { blobsForRows, createTestComponents, flipped } from '../grid/support.ts'

const params = { maxRows: 2, maxBands: 2 }
const components = (await createTestComponents()) as unknown as EncodeComponents
const block = encodeBlock(components, params, blobsForRows(2))
const engine = createLocalEngine(params, components)
const shape = shapeOf(2, 2)
const all: Tile[] = block.columns
  .flatMap((column) => makeTiles(components, params, block, column, [0, 1, 2, 3]))
  .map((tile) => ({ ...tile, branch: [...tile.branch], proofs: [...tile.proofs] }))

/** Whole columns that everybody has: one fewer than restore the block. */
const COLUMNS = Array.from({ length: 63 }, (_, index) => index)

type Answer = (wanted: readonly TileId[], signal: AbortSignal) => Promise<readonly Tile[]>

const gives =
  (isGiven: (tile: Tile) => boolean): Answer =>
  async (wanted) =>
    all.filter(
      (tile) =>
        isGiven(tile) && wanted.some(({ band, column }) => band === tile.band && column === tile.column),
    )

/** Until the block can be restored, or so many tiles are here, whatever round that takes: they are asked for at random. */
const gather = async (
  peers: Readonly<Record<string, Answer>>,
  enough = Number.POSITIVE_INFINITY,
  ms = 120_000,
) => {
  const penalized: [string, string][] = []
  const asked = new Map<string, number>()
  const known: Peer[] = Object.keys(peers).map((id) => ({ id, custody: new Set(), isValidator: true }))
  const tiles = new Map<number, Tile>()
  const missing = () => missingTiles({ shape, tiles, columns: COLUMNS })
  await gatherTiles(
    {
      root: new Uint8Array(32).fill(5),
      header: { message: block.header, signature: new Uint8Array(96) } as never,
      commitments: block.commitments,
      shape,
      columns: new Set(COLUMNS),
      tiles,
      done: () => missing() === 0 || tiles.size >= enough,
    },
    {
      network: {
        peers: () => known,
        penalize: (peer, code) => void penalized.push([peer, code]),
        request: {
          tiles: (peer, { tiles: wanted }, { signal }) => {
            asked.set(peer, (asked.get(peer) ?? 0) + 1)
            return peers[peer]!(wanted, signal)
          },
        } as Pick<Network['request'], 'tiles'> as Network['request'],
      },
      engine,
      log: silent,
    },
    AbortSignal.timeout(ms),
  )
  return { tiles, missing: missing(), penalized, asked }
}

test('where B bands of 65 columns are withheld, the other tiles of one column are enough, and few more are asked for', async (t) => {
  const { missing, tiles, asked } = await gather({ a: gives(({ band }) => band >= 2), b: gives(() => false) })
  t.is(missing, 0)
  t.true(tiles.size < 65)
  t.true(asked.get('a')! <= 3)
})

test('where B+1 bands of 65 columns are withheld, all that is out is had and does not restore the block', async (t) => {
  const { missing, tiles, asked } = await gather({ a: gives(({ band }) => band === 3) }, 65)
  t.is(missing, 3 * 65)
  t.is(tiles.size, 65)
  t.true(asked.get('a')! <= 100)
})

test('who gives nothing is asked again, and each time after twice as long', async (t) => {
  const { asked } = await gather({ a: gives(() => false) }, 65, 5_500)
  // At once, and 2 s later; the next would be 6 s after the first.
  t.true(asked.get('a')! <= 2)
})

test('who never answers holds nobody up, who lies is blamed, and what is not asked for is refused', async (t) => {
  const never: Answer = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const wrong: Answer = async (wanted, signal) =>
    (await gives(() => true)(wanted, signal)).map((tile) => ({ ...tile, cells: flipped(tile.cells, 9) }))
  const other: Answer = async () => all.slice(0, 1)
  const { missing, penalized } = await gather({ never, wrong, other, honest: gives(({ band }) => band < 2) })
  t.is(missing, 0)
  for (const [peer, code] of penalized) {
    t.true(peer === 'wrong' || peer === 'other', peer)
    t.is(code, peer === 'wrong' ? 'tile-path' : 'tiles-unasked')
  }
})
