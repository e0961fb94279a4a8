// The engine on a real worker thread: the same answers as the functions give, errors with their codes, abort, close,
// and the thread's border.

import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { hasCode, type WeftError } from '../../src/base/error.ts'
import { compact, compactPaced } from '../../src/grid/compact.ts'
import { createGridEngine } from '../../src/grid/create-engine.ts'
import { encodeBlock } from '../../src/grid/encode.ts'
import { blobsForRows, createTestComponents, flipped, replaced } from './support.ts'

const params = { maxRows: 64, maxBands: 2 }
const components = await createTestComponents()
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
    b: { c: large.subarray(0, 3), d: undefined, e: 'text' },
    f: new Uint8Array(),
  }
  for (const { value, buffer } of [compact(data), await compactPaced(data)]) {
    t.deepEqual(value, data)
    t.is(buffer.byteLength, 13)
    t.is(value.a[0], value.a[1])
    t.is(value.b.c.buffer, buffer)
  }
})

test('while much is compacted, others have their turns', async (t) => {
  const much = Array.from({ length: 20_000 }, (_, i) => new Uint8Array(2_048).fill(i))
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
    value.every((bytes, i) => bytes.length === 2_048 && bytes[0] === i % 256 && bytes[2_047] === i % 256),
  )
})
