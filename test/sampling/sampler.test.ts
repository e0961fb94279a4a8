import test from 'ava'
import { hasCode } from '../../src/base/error.ts'
import type { Tile } from '../../src/chain/containers.ts'
import { createSampler } from '../../src/sampling/sampler.ts'
import type { SamplerInit } from '../../src/sampling/types.ts'
import { allColumns, announcementOf, never, peerOf, simulate, tileOf } from './helpers.ts'

const ROWS = 8
const BANDS = 8
const init: SamplerInit = { maxBands: BANDS, deadlineMs: 10_000 }
const root = new Uint8Array(32).fill(7)
const good = (band: number, column: number): Tile[] => [tileOf(ROWS, BANDS, band, column)]
const validators = ['a', 'b', 'c', 'd'].map((id, i) =>
  peerOf(id, allColumns.map((k) => (k + 32 * i) % 128).slice(0, 64), true),
)
const forever = () => new Promise<never>(() => {})
const places = (outcomes: readonly { band: number; column: number }[]) =>
  outcomes.map(({ band, column }) => `${band}.${column}`)

test('a block whose tiles all come is available, with as many different tiles as the bound demands', async (t) => {
  const world = simulate(validators, () => good)
  const drawn: number[] = []
  const result = await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), {
      signal: never,
      onDrawn: (samples) => drawn.push(samples),
    }),
  )
  t.is(result.verdict, 'available')
  t.is(result.outcomes.length, 16)
  t.is(new Set(places(result.outcomes)).size, 16)
  t.is(result.tiles.length, 16)
  t.deepEqual(drawn, [16])
  t.is(world.asked.length, 16)
  t.is(world.records[0]?.record.verdict, 'available')
  t.is(world.records[0]?.tiles.length, 16)
})

test('no peer is asked for more than its share while others are there', async (t) => {
  for (let seed = 0; seed < 50; seed++) {
    const world = simulate(validators, () => good, seed)
    await world.timers.until(
      createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
    )
    const asked = Map.groupBy(world.asked, ({ peer }) => peer)
    t.is(asked.size, 4)
    for (const [peer, requests] of asked)
      t.true(requests.length <= 4, `${peer} was asked ${requests.length} times`)
  }
})

test('a peer that claims all columns gets no more than its share', async (t) => {
  const world = simulate([...validators, peerOf('greedy', allColumns)], () => good)
  await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.true(world.asked.filter(({ peer }) => peer === 'greedy').length <= 4)
})

test('peers that keep the column are asked before those that do not', async (t) => {
  const peers = [...allColumns.map((k) => peerOf(`full-${k}`, [k])), peerOf('light', [])]
  const world = simulate(peers, () => good)
  await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(world.asked.length, 16)
  for (const { peer, column } of world.asked) t.is(peer, `full-${column}`)
})

test('a column that nobody keeps is asked of validators', async (t) => {
  const peers = ['v', 'w', 'x'].map((id) => peerOf(id, [0], true))
  const world = simulate(peers, () => good)
  const result = await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(result.verdict, 'available')
})

test('a tile that fails is asked of other peers and never replaced by another tile', async (t) => {
  // Every peer lacks a tile at its first asking, in four different ways.
  const met = new Set<string>()
  const world = simulate(validators, (peer) => (band, column) => {
    const name = `${band}.${column}`
    if (met.has(name)) return good(band, column)
    met.add(name)
    if (peer === 'a') return []
    if (peer === 'b') throw new Error('refused')
    if (peer === 'c') return forever()
    return [tileOf(ROWS, BANDS, band, column, false)]
  })
  const result = await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(result.verdict, 'available')
  const drawn = new Set(places(result.outcomes))
  t.is(drawn.size, 16)
  t.deepEqual([...new Set(places(world.asked))].sort(), [...drawn].sort())
  for (const outcome of result.outcomes) t.true(outcome.peers.length >= 2)
})

test('one withheld tile makes the block unavailable at the deadline, named with the reason', async (t) => {
  const world = simulate(validators, () => good)
  let withheld: string | undefined
  const request = world.components.request
  const components = {
    ...world.components,
    request: {
      tiles: (async (peer, wanted, options) => {
        const { band, column } = wanted.tiles[0]!
        withheld ??= `${band}.${column}`
        const tiles = await request.tiles(peer, wanted, options)
        return withheld === `${band}.${column}` ? [] : tiles
      }) as typeof request.tiles,
    },
  }
  const began = world.timers.now()
  const result = await world.timers.until(
    createSampler(init, components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(result.verdict, 'unavailable')
  t.is(world.timers.now() - began, 10_000)
  const failed = result.outcomes.filter(({ ok }) => !ok)
  t.deepEqual(places(failed), [withheld!])
  t.is(failed[0]?.reason, 'not-had')
  // All four were asked, again and again, within bounds.
  t.deepEqual([...failed[0]!.peers].sort(), ['a', 'b', 'c', 'd'])
  const times = world.asked.filter((each) => places([each])[0] === withheld).length
  t.true(times > 8 && times < 64, `asked ${times} times`)
  t.is(world.records[0]?.record.verdict, 'unavailable')
  t.is(world.records[0]?.tiles.length, 15)
})

test('a block that is sampled again keeps its tiles, and asks only for those that failed', async (t) => {
  let open = false
  const world = simulate(
    validators,
    () => (band, column) => (column % 2 === 0 || open ? good(band, column) : []),
  )
  const sampler = createSampler(init, world.components)
  const first = await world.timers.until(sampler.sample(root, announcementOf(ROWS), { signal: never }))
  t.is(first.verdict, 'unavailable')
  open = true
  world.asked.length = 0
  const second = await world.timers.until(sampler.sample(root, announcementOf(ROWS), { signal: never }))
  t.is(second.verdict, 'available')
  t.deepEqual(places(second.outcomes), places(first.outcomes))
  t.deepEqual(places(world.asked).sort(), places(first.outcomes.filter(({ ok }) => !ok)).sort())
})

test('a block that spreads while it is sampled is available, though nobody had it at first', async (t) => {
  const world = simulate(
    validators,
    () => (band, column) => (world.timers.now() < 1_003_000 ? [] : good(band, column)),
  )
  const result = await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(result.verdict, 'available')
  t.true(result.ms < 6_000)
})

test('peers that come during the run are asked', async (t) => {
  const world = simulate(validators.slice(0, 3), () => () => [])
  world.components.timers!.sleep(4_000).then(() => {
    world.peers = [...world.peers, peerOf('late', allColumns)]
  })
  const request = world.components.request
  const components = {
    ...world.components,
    request: {
      tiles: (async (peer, wanted, options) => {
        const tiles = await request.tiles(peer, wanted, options)
        return peer === 'late' ? wanted.tiles.flatMap(({ band, column }) => good(band, column)) : tiles
      }) as typeof request.tiles,
    },
  }
  const result = await world.timers.until(
    createSampler(init, components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(result.verdict, 'available')
  for (const { peers } of result.outcomes) t.is(peers.at(-1), 'late')
})

test('too few peers are waited for; at half of the deadline those that serve are asked', async (t) => {
  const light = peerOf('light', [])
  const few = simulate([...validators.slice(0, 1), light], () => (band, column) => {
    t.true(few.timers.now() >= 1_000_000 + init.deadlineMs / 2)
    return good(band, column)
  })
  const found = await few.timers.until(
    createSampler(init, few.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(found.verdict, 'available')
  const none = simulate([light], () => good)
  const lost = await none.timers.until(
    createSampler(init, none.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(lost.verdict, 'unavailable')
  t.is(none.asked.length, 0)
  t.true(lost.outcomes.every(({ reason }) => reason === 'no-peers'))
})

test('peers that stall cost a hedge each, not the deadline', async (t) => {
  const world = simulate(validators, (peer) => (peer === 'd' ? good : forever))
  const result = await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(result.verdict, 'available')
  t.true(result.ms < 10_000, `${result.ms} ms`)
})

test('wrong answers cost the sender once, and it is not asked again in the run', async (t) => {
  const lies: Record<string, (band: number, column: number) => Tile[]> = {
    'tile-proof': (band, column) => [tileOf(ROWS, BANDS, band, column, false)],
    'tile-other-place': (band, column) => [tileOf(ROWS, BANDS, (band + 1) % 16, column)],
    'tiles-unasked': (band, column) => [...good(band, column), ...good(band, column)],
  }
  for (const [code, lie] of Object.entries(lies)) {
    const world = simulate(validators, (peer) => (peer === 'a' ? lie : good))
    const sampler = createSampler({ ...init, concurrency: 1 }, world.components)
    const result = await world.timers.until(sampler.sample(root, announcementOf(ROWS), { signal: never }))
    t.is(result.verdict, 'available')
    t.deepEqual(world.penalized, [['a', code]])
    t.is(world.asked.filter(({ peer }) => peer === 'a').length, 1)
  }
})

test('when all lie nothing is available, and no lie is kept', async (t) => {
  const world = simulate(validators, () => (band, column) => [tileOf(ROWS, BANDS, band, column, false)])
  const result = await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(result.verdict, 'unavailable')
  t.is(result.tiles.length, 0)
  t.is(world.records[0]?.tiles.length, 0)
})

test('answers that are too heavy end the run at its byte budget', async (t) => {
  const heavy = (band: number, column: number): Tile[] => [
    { ...tileOf(ROWS, BANDS, band, column, false), cells: new Uint8Array(524_288) },
  ]
  const liars = Array.from({ length: 200 }, (_, i) => peerOf(`liar-${i}`, allColumns))
  const world = simulate(liars, () => heavy)
  const result = await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(result.verdict, 'unavailable')
  t.true(result.outcomes.some(({ reason }) => reason === 'byte-budget'))
  // The budget, and what was under way when it was reached.
  t.true(result.bytes < 8 * 1024 * 1024 + 16 * 530_000, `${result.bytes} bytes`)
})

test('an engine that fails or hangs makes no block available and no peer guilty', async (t) => {
  for (const checkTiles of [() => Promise.reject(new Error('worker died')), forever]) {
    const world = simulate(validators, () => good)
    const sampler = createSampler(init, { ...world.components, engine: { checkTiles } })
    const result = await world.timers.until(sampler.sample(root, announcementOf(ROWS), { signal: never }))
    t.is(result.verdict, 'unavailable')
    t.deepEqual(world.penalized, [])
    t.true(result.outcomes.every(({ reason }) => reason === 'unchecked'))
  }
})

test('tiles that arrive together are checked as one batch', async (t) => {
  const world = simulate(validators, () => good)
  const batches: number[] = []
  const { checkTiles } = world.components.engine
  const engine = {
    checkTiles: ((all, options) => {
      batches.push(all.reduce((sum, { tiles }) => sum + tiles.length, 0))
      return checkTiles(all, options)
    }) as typeof checkTiles,
  }
  await world.timers.until(
    createSampler(init, { ...world.components, engine }).sample(root, announcementOf(ROWS), {
      signal: never,
    }),
  )
  t.is(
    batches.reduce((a, b) => a + b, 0),
    16,
  )
  t.true(batches.length <= 4, `batches: ${batches}`)
})

test('a run that is aborted gives no verdict and writes none', async (t) => {
  const world = simulate(validators, () => forever)
  const stop = new AbortController()
  const run = createSampler(init, world.components).sample(root, announcementOf(ROWS), {
    signal: stop.signal,
  })
  world.timers.sleep(500).then(() => stop.abort(new Error('stopped')))
  await t.throwsAsync(world.timers.until(run), { message: 'stopped' })
  t.is(world.records.length, 0)
})

test('an empty block has nothing to sample and is available', async (t) => {
  const world = simulate([], () => good)
  const result = await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(0), { signal: never }),
  )
  t.is(result.verdict, 'available')
  t.is(result.outcomes.length, 0)
})

test('commitments of another block are refused before a peer could be blamed for them', async (t) => {
  const world = simulate(validators, () => good)
  const announcement = { ...announcementOf(ROWS), commitments: announcementOf(ROWS - 1).commitments }
  const error = await t.throwsAsync(
    createSampler(init, world.components).sample(root, announcement, { signal: never }),
  )
  t.true(hasCode(error, 'commitments-root'))
  t.is(world.asked.length, 0)
})

test('fifty peers that claim everything and stall do not outweigh four validators', async (t) => {
  const sybils = Array.from({ length: 50 }, (_, i) => peerOf(`sybil-${i}`, allColumns))
  const world = simulate([...sybils, ...validators], (peer) => (peer.startsWith('sybil') ? forever : good))
  const result = await world.timers.until(
    createSampler(init, world.components).sample(root, announcementOf(ROWS), { signal: never }),
  )
  t.is(result.verdict, 'available')
  t.true(result.ms < 7_000, `${result.ms} ms`)
})

test('with a secret of its own a node draws the same tiles after a restart, and nobody else does', async (t) => {
  const secret = (fill: number) => new Uint8Array(32).fill(fill)
  const drawOf = async (drawSecret: Uint8Array, of: Uint8Array, seed: number) => {
    const world = simulate(validators, () => good, seed)
    const sampler = createSampler({ ...init, drawSecret }, world.components)
    return places(
      (await world.timers.until(sampler.sample(of, announcementOf(ROWS), { signal: never }))).outcomes,
    )
  }
  const first = await drawOf(secret(1), root, 1)
  t.deepEqual(await drawOf(secret(1), root, 2), first)
  t.notDeepEqual(await drawOf(secret(2), root, 1), first)
  t.notDeepEqual(await drawOf(secret(1), new Uint8Array(32).fill(8), 1), first)
})
