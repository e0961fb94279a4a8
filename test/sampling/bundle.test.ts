import test from 'ava'
import { WeftError } from '../../src/base/error.ts'
import type { Tile, TilesRequest } from '../../src/chain/containers.ts'
import { createBundle } from '../../src/sampling/bundle.ts'
import { createClock } from './clock.ts'
import { never, tileOf } from './helpers.ts'

const ROOT = new Uint8Array(32).fill(3)
const place = (column: number, weightBytes = 3_000) => ({ band: 0, column, weightBytes })
const tile = ({ band, column }: { readonly band: number; readonly column: number }): Tile =>
  tileOf(8, 8, band, column)

const world = (answer: (request: TilesRequest, peer: string) => readonly Tile[]) => {
  const timers = createClock()
  const sent: { peer: string; columns: number[]; maxBytes: number | undefined }[] = []
  const bundle = createBundle(ROOT, {
    timers,
    request: {
      async tiles(peer, request, { signal, maxBytes }) {
        sent.push({ peer, columns: request.tiles.map(({ column }) => column), maxBytes })
        await timers.sleep(10, signal)
        return answer(request, peer)
      },
    },
  })
  return { timers, sent, bundle }
}

test('tiles asked of one peer at one moment are one request, of others others, later ones later', async (t) => {
  const { timers, sent, bundle } = world(({ tiles }) => tiles.map(tile))
  const first = [
    bundle.ask('a', place(1), never),
    bundle.ask('b', place(2), never),
    bundle.ask('a', place(3), never),
  ]
  const answers = await timers.until(Promise.all(first))
  t.deepEqual(
    answers.map((each) => each.tile?.column),
    [1, 2, 3],
  )
  await timers.until(bundle.ask('a', place(4), never))
  t.deepEqual(sent, [
    { peer: 'a', columns: [1, 3], maxBytes: 6_000 },
    { peer: 'b', columns: [2], maxBytes: 3_000 },
    { peer: 'a', columns: [4], maxBytes: 3_000 },
  ])
})

test('large tiles go in several requests, and never more than 32 tiles in one', async (t) => {
  const { timers, sent, bundle } = world(({ tiles }) => tiles.map(tile))
  const columns = Array.from({ length: 40 }, (_, i) => i)
  await timers.until(Promise.all(columns.map((column) => bundle.ask('a', place(column, 30_000), never))))
  t.deepEqual(new Set(sent.map((each) => each.columns.length)), new Set([2]))
  sent.length = 0
  await timers.until(Promise.all(columns.map((column) => bundle.ask('a', place(column, 100), never))))
  t.deepEqual(
    sent.map((each) => each.columns.length),
    [32, 8],
  )
})

test('an answer is shared out by what is in it: what is missing is missing, what nobody asked for is told once', async (t) => {
  const { timers, bundle } = world(() => [tile({ band: 0, column: 3 }), tile({ band: 0, column: 77 })])
  const [first, second, third] = await timers.until(
    Promise.all([1, 3, 5].map((column) => bundle.ask('a', place(column), never))),
  )
  t.is(first?.tile, undefined)
  t.true(first?.hasUnasked)
  t.is(second?.tile?.column, 3)
  t.false(second?.hasUnasked)
  t.is(third?.tile, undefined)
  t.false(third?.hasUnasked)
  t.is(third?.bytes, 0)
})

test('a request fails for all that are in it, and lasts while one of them waits', async (t) => {
  const failing = world(() => {
    throw new WeftError('refused', 'no', {})
  })
  const results = await failing.timers.until(
    Promise.allSettled([failing.bundle.ask('a', place(1), never), failing.bundle.ask('a', place(2), never)]),
  )
  t.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  const { timers, bundle } = world(({ tiles }) => tiles.map(tile))
  const own = new AbortController()
  const gone = bundle.ask('a', place(1), own.signal)
  const stays = bundle.ask('a', place(2), never)
  void timers.sleep(5).then(() => own.abort(new Error('enough')))
  await t.throwsAsync(timers.until(gone), { message: 'enough' })
  t.is((await timers.until(stays)).tile?.column, 2)
})
