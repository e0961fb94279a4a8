// The engine on a real worker thread: the same answers as the functions give, errors with their codes, abort, close,
// and the thread's border.

import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { createByteRoom } from '../../src/base/byte-room.ts'
import { hasCode, type WeftError } from '../../src/base/error.ts'
import { compact, compactInPlace, compactPaced, spread } from '../../src/grid/compact.ts'
import { createGridEngine } from '../../src/grid/create-engine.ts'
import { encodeBlock } from '../../src/grid/encode.ts'
import { engineOf } from '../../src/grid/jobs.ts'
import { createNativeKzg } from '../../src/kzg/backends/node-eth-kzg.ts'
import { blobsForRows, createTestComponents, flipped, replaced } from './support.ts'

const params = { maxRows: 64, maxBands: 2 }
const components = await createTestComponents(createNativeKzg)
const engine = createGridEngine({ ...params, threads: 2, backend: 'kernels' })
test.after.always(() => engine.close())

test('a block goes through encode, columns, tiles and restore on threads', async (t) => {
  const blobs = blobsForRows(3)
  const block = await engine.encode(blobs)
  const expected = encodeBlock(components, params, blobs)
  t.deepEqual(block.header, expected.header)
  t.true(isDeepStrictEqual(block, expected))
  t.true(block.columns[0]!.cells[0]!.buffer.byteLength < 10_000)
  const columns = replaced(block.columns.slice(60, 64), 1, (column) => ({
    ...column,
    cells: replaced(column.cells, 2, (cell) => flipped(cell, 1)),
  }))
  const verdicts = [
    { verdict: 'accept' },
    { verdict: 'reject', code: 'path' },
    { verdict: 'accept' },
    { verdict: 'accept' },
  ]
  t.deepEqual(await engine.checkColumns(block.header, columns), verdicts as never)
  t.deepEqual(
    (await engine.checkColumnProofs(block, columns)).map(({ verdict }) => verdict),
    ['accept', 'reject', 'accept', 'accept'],
  )
  const tiles = await engine.makeTiles(block, block.columns[99]!, [0, 1, 2, 3])
  t.deepEqual(await engine.checkTiles([{ ...block, tiles }]), [
    tiles.map(() => ({ verdict: 'accept' })),
  ] as never)
  const restored = await engine.restore(block, { columns: block.columns.slice(64) })
  t.true(isDeepStrictEqual(restored, { verdict: 'accept', columns: block.columns, entries: block.entries }))
  const data = await engine.restoreData(block.header, { columns: block.columns.slice(1, 64) })
  t.deepEqual(data, { verdict: 'reject', code: 'incomplete' })
})

test('errors keep their codes across the thread’s border', async (t) => {
  const [blob] = blobsForRows(1)
  const error = await t.throwsAsync(engine.encode([blob!, { ...blob!, flags: 64 }]))
  t.true(hasCode(error, 'flags-unknown'))
  t.deepEqual((error as WeftError).data, { index: 1 })
  const block = await engine.encode(blobsForRows(1))
  await t.throwsAsync(engine.makeTiles(block, block.columns[0]!, [2]), { instanceOf: RangeError })
})

test('an engine that only verifies judges and restores, and cannot encode', async (t) => {
  const verifier = createGridEngine({ ...params, backend: 'kernels', role: 'verifier' })
  const blobs = blobsForRows(2)
  const block = encodeBlock(components, params, blobs)
  const tiles = await verifier.makeTiles(block, block.columns[7]!, [1, 2])
  t.deepEqual(await verifier.checkTiles([{ ...block, tiles }]), [
    [{ verdict: 'accept' }, { verdict: 'accept' }],
  ])
  t.is((await verifier.restore(block, { columns: block.columns.slice(32, 96) })).verdict, 'accept')
  t.true(hasCode(await t.throwsAsync(verifier.encode(blobs)), 'backend-unavailable'))
  await verifier.close()
})

test('a call whose signal has aborted is refused with its reason', async (t) => {
  const reason = new Error('enough')
  t.is(await t.throwsAsync(engine.encode([], { signal: AbortSignal.abort(reason) })), reason)
  const controller = new AbortController()
  const pending = engine.encode(blobsForRows(3), { signal: controller.signal })
  controller.abort(reason)
  t.is(await t.throwsAsync(pending), reason)
})

test('a closed engine refuses, and closing twice is no error', async (t) => {
  const other = createGridEngine(params)
  await other.close()
  await other.close()
  t.true(hasCode(await t.throwsAsync(other.encode([])), 'pool-stopped'))
})

test('numbers of threads outside the limits are refused', (t) => {
  for (const threads of [0, 65, 1.5]) {
    t.throws(() => createGridEngine({ ...params, threads }), { instanceOf: RangeError })
  }
})

test('compacted data is the same data in one buffer, without what its views were cut from', async (t) => {
  const large = new Uint8Array(1_000_000).fill(7)
  const once = large.subarray(10, 20)
  const data = {
    a: [once, once],
    b: { c: large.subarray(0, 3), d: undefined, e: 'text', g: 7n },
    f: [new Uint8Array(), new Uint8Array()],
    h: [large.subarray(1, 2), large.subarray(5, 6), large.subarray(3, 5)],
    i: [],
  }
  for (const { value, buffer } of [compact(data), await compactPaced(data)]) {
    const again = spread(structuredClone(value, { transfer: [buffer] }))
    t.deepEqual(again, data)
    t.is(again.b.c.buffer.byteLength, 17)
    t.is(again.a[0]!.byteOffset, again.a[1]!.byteOffset)
  }
})

test('lists of byte strings of one length cross as one of them all', (t) => {
  const cells = Array.from({ length: 100 }, (_, i) => new Uint8Array(20).fill(i))
  const { value } = compact({ columns: [{ index: 3, cells }] })
  let views = 0
  JSON.stringify(value, (_, member) => {
    if (!(member instanceof Uint8Array)) return member
    views += 1
    return undefined
  })
  t.is(views, 1)
  t.deepEqual(spread(value), { columns: [{ index: 3, cells }] })
})

test('what fills its buffer crosses without a copy, anything else does not', (t) => {
  const all = Uint8Array.from({ length: 60 }, (_, i) => i)
  const parts = [all.subarray(0, 20), all.subarray(20, 40), all.subarray(40, 60)]
  const { value, buffer } = compactInPlace(parts)!
  t.is(buffer, all.buffer)
  t.deepEqual(spread(value), parts)
  const others: readonly (readonly Uint8Array[])[] = [
    [],
    [all],
    parts.slice(1),
    parts.toReversed(),
    [...parts.slice(0, 2), all.slice(40)],
    [all.subarray(0, 30), all.subarray(30, 45), all.subarray(45)],
  ]
  for (const other of others) t.is(compactInPlace(other), undefined)
})

test('while much is compacted, others have their turns', async (t) => {
  const much = Array.from({ length: 200_000 }, (_, i) => new Uint8Array(32).fill(i))
  let turns = 0
  let isDone = false
  const count = () => {
    turns += 1
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  const { value } = await compactPaced(much)
  isDone = true
  t.true(turns >= 2, `${turns} turns`)
  t.true(
    spread(value).every((bytes, i) => bytes.length === 32 && bytes[0] === i % 256 && bytes[31] === i % 256),
  )
})

test('arguments are copied for a thread when there is room for them, in the order of the calls', async (t) => {
  const underWay: { readonly bytes: number; readonly end: (error: Error) => void }[] = []
  const pool = {
    room: createByteRoom(10_000_000),
    run: (_: string, __: unknown, options: { readonly transfer?: readonly unknown[] } = {}) =>
      new Promise<never>((_, end) => {
        const [buffer] = options.transfer as readonly [ArrayBuffer]
        underWay.push({ bytes: buffer.byteLength, end })
      }),
  }
  const engine = engineOf({ short: pool, long: pool }, async () => {})
  const blobOf = (length: number) => ({ ...blobsForRows(1)[0]!, data: new Uint8Array(length) })
  const stop = new AbortController()
  const sizes = [6_000_000, 5_000_000, 1_000_000]
  const calls = sizes.map((size, i) =>
    engine
      .encode([blobOf(size)], i === 1 ? { signal: stop.signal } : {})
      .catch((error: Error) => error.message),
  )
  const reached = async (count: number) => {
    while (underWay.length < count) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 50))
    return underWay.map(({ bytes }) => Math.floor(bytes / 1_000_000))
  }
  t.deepEqual(await reached(1), [6])
  // Who gives up makes way for those behind.
  stop.abort(new Error('given up'))
  t.is(await calls[1], 'given up')
  t.deepEqual(await reached(2), [6, 1])
  const last = engine.encode([blobOf(9_500_000)]).catch((error: Error) => error.message)
  t.deepEqual(await reached(2), [6, 1])
  for (const { end } of underWay) end(new Error('ended'))
  t.deepEqual(await reached(3), [6, 1, 9])
  underWay[2]!.end(new Error('ended too'))
  t.deepEqual(await Promise.all([calls[0], calls[2], last]), ['ended', 'ended', 'ended too'])
})
