// Collecting tiles from light nodes of which some lie, claim what they do not have, or send what nobody asked for. The
// peers are played, since no real node can be made to lie; tiles, proofs and their checking are real.

import test from 'ava'
import { silent } from '../../src/base/log.ts'
import type { Tile, TileId } from '../../src/chain/containers.ts'
import type { Network, Peer } from '../../src/chain/ports.ts'
import type { EncodeComponents } from '../../src/grid/components.ts'
import { encodeBlock } from '../../src/grid/encode.ts'
import { createLocalEngine } from '../../src/grid/local-engine.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { makeTiles } from '../../src/grid/tiles.ts'
import { collectDefaults, collectTiles, judgeHeld, missingTiles } from '../../src/node/collect-tiles.ts'
import { blobsForRows, createTestComponents, flipped } from '../grid/support.ts'

const params = { maxRows: 2, maxBands: 2 }
const components = (await createTestComponents()) as unknown as EncodeComponents
const block = encodeBlock(components, params, blobsForRows(2))
const engine = createLocalEngine(params, components)
const shape = shapeOf(2, 2)
const root = new Uint8Array(32).fill(5)
const all: Tile[] = block.columns
  .flatMap((column) => makeTiles(components, params, block, column, [0, 1, 2, 3]))
  .map((tile) => ({ ...tile, branch: [...tile.branch], proofs: [...tile.proofs] }))
  .sort((a, b) => a.band * 128 + a.column - (b.band * 128 + b.column))

/** Half of the tiles: 64 columns of both data bands. */
const half = all.filter(({ band, column }) => band < 2 && column < 64)
const quarter = (which: number) => half.filter((_, i) => i % 2 === which)

interface Played {
  readonly held: readonly TileId[]
  tiles(wanted: readonly TileId[]): readonly Tile[]
}

const honest = (tiles: readonly Tile[]): Played => ({
  held: tiles.map(({ band, column }) => ({ band, column })),
  tiles: (wanted) =>
    tiles.filter((tile) => wanted.some(({ band, column }) => band === tile.band && column === tile.column)),
})

const collect = async (peers: Readonly<Record<string, Played>>) => {
  const penalized: [string, string][] = []
  const finished: string[] = []
  const known: Peer[] = Object.keys(peers).map((id) => ({
    id,
    custody: new Set(),
    isValidator: false,
    status: {} as NonNullable<Peer['status']>,
  }))
  const network = {
    peers: () => known,
    penalize: (peer: string, code: string) => void penalized.push([peer, code]),
    reach: () => ({ finish: (peer: string) => void finished.push(peer) }),
    request: {
      held: async (peer: string) => ({ tiles: [...peers[peer]!.held] }),
      tiles: async (peer: string, { tiles }: { tiles: readonly TileId[] }) => peers[peer]!.tiles(tiles),
    } as unknown as Network['request'],
  }
  const quest = {
    root,
    announcement: {
      header: { message: block.header, signature: new Uint8Array(96) },
      commitments: [...block.commitments],
    } as never,
    shape,
    tiles: new Map<number, Tile>(),
    columns: [],
  }
  const collected = await collectTiles(
    { ...collectDefaults, quietMs: 500, againMs: 100 },
    quest,
    { network, engine, log: silent },
    AbortSignal.timeout(20_000),
  )
  return { collected, penalized, finished, quest }
}

test('what honest nodes hold between them is collected, each tile once, until it is enough', async (t) => {
  const { collected, penalized, quest } = await collect({
    a: honest(quarter(0)),
    b: honest(quarter(1)),
    c: honest(half),
    d: honest([]),
  })
  t.is(missingTiles(quest), 0)
  t.deepEqual(penalized, [])
  t.true(collected.tilesReceived <= 128 + 2 * 8, `${collected.tilesReceived}`)
  t.true(collected.nodesGiving >= 1 && collected.nodesAsked <= 4)
})

test('too little ends by itself, with nobody blamed, and everybody let go who gave what it had', async (t) => {
  const startMs = Date.now()
  const { collected, penalized, finished, quest } = await collect({ a: honest(quarter(0)), d: honest([]) })
  // 32 columns with two bands each, which restore the other two.
  t.is(missingTiles(quest), 512 - 4 * 32)
  t.is(collected.tilesReceived, 64)
  t.deepEqual([...new Set(finished)].sort(), ['a', 'd'])
  t.deepEqual(penalized, [])
  t.true(Date.now() - startMs < 15_000)
})

const lies: Record<string, readonly [code: string, liar: Played]> = {
  'a tile with one bit changed': [
    'tile-path',
    {
      ...honest(half),
      tiles: (wanted) =>
        honest(half)
          .tiles(wanted)
          .map((tile) => ({ ...tile, cells: flipped(tile.cells, 40) })),
    },
  ],
  'tiles that nobody asked for': ['tiles-unasked', { ...honest(half), tiles: () => all.slice(-3) }],
  'the same tile twice': [
    'tiles-unasked',
    {
      ...honest(half),
      tiles: (wanted) =>
        honest(half)
          .tiles(wanted)
          .flatMap((tile) => [tile, tile]),
    },
  ],
  'a place outside of the grid': ['held-place', { ...honest(half), held: [{ band: 4, column: 0 }] }],
  'a column outside of the grid': ['held-place', { ...honest(half), held: [{ band: 0, column: 128 }] }],
  'a list out of order': ['held-order', { ...honest(half), held: [...honest(half).held].reverse() }],
  'a place twice': [
    'held-order',
    {
      ...honest(half),
      held: [
        { band: 0, column: 3 },
        { band: 0, column: 3 },
      ],
    },
  ],
}

for (const [name, [code, liar]] of Object.entries(lies)) {
  test(`who sends ${name} loses score and is not asked again, and the others give the block`, async (t) => {
    const { penalized, quest } = await collect({ liar, a: honest(quarter(0)), b: honest(quarter(1)) })
    t.is(missingTiles(quest), 0)
    t.deepEqual(penalized, [['liar', code]])
    for (const tile of quest.tiles.values()) {
      const own = all.find(({ band, column }) => band === tile.band && column === tile.column)!
      t.deepEqual(tile.cells, own.cells)
    }
  })
}

test('who claims tiles and gives none is not blamed, and does not keep others from giving them', async (t) => {
  const { penalized, quest } = await collect({
    boaster: { ...honest(half), tiles: () => [] },
    a: honest(quarter(0)),
    b: honest(quarter(1)),
  })
  t.is(missingTiles(quest), 0)
  t.deepEqual(penalized, [])
})

test('a list is judged by the grid of its block', (t) => {
  t.is(judgeHeld({ bands: 2 }, []).verdict, 'accept')
  t.is(judgeHeld({ bands: 2 }, [{ band: 3, column: 127 }]).verdict, 'accept')
  t.is(judgeHeld({ bands: 1 }, [{ band: 3, column: 127 }]).verdict, 'reject')
})
