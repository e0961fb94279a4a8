// Reading blobs and parts of them out of rows, columns and tiles, against the bytes that went in.

import test from 'ava'
import fc from 'fast-check'
import type { GridTile } from '../../src/grid/block.ts'
import { lookupInRows } from '../../src/grid/cells.ts'
import { extendRows, treeOfColumns } from '../../src/grid/encode.ts'
import { packBlobs } from '../../src/grid/packing.ts'
import { lookupInColumns, lookupInTiles, readBlob, readRange, tilesOfRange } from '../../src/grid/read.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { makeTiles } from '../../src/grid/tiles.ts'
import { readEntries } from '../../src/grid/unpacking.ts'
import { createTestComponents, nodeSha256, randomBlob } from './support.ts'

const components = await createTestComponents()
const params = { maxRows: 64, maxBands: 4 }
const blobs = [
  randomBlob('a', 5_000),
  randomBlob('b', 300_000),
  randomBlob('c', 262_144, 3),
  randomBlob('d', 9, 1),
]
const packed = packBlobs(blobs, params, nodeSha256)
const shape = shapeOf(packed.rows.length, params.maxBands)
const { columns } = treeOfColumns(components, shape, extendRows(components.kernel, packed.rows))
const sheet = new Array<Uint8Array>(shape.bands * 128).fill(new Uint8Array(48))
const block = { header: { rowCount: packed.rows.length }, sheet }
const tilesAt = (
  places: readonly { readonly band: number; readonly column: number }[],
): readonly GridTile[] =>
  places.flatMap(({ band, column }) => makeTiles(components, params, block, columns[column]!, [band]))

test('a blob is read from rows and from the first 64 columns, and not where a cell is missing', (t) => {
  packed.entries.forEach((entry, i) => {
    t.deepEqual(readBlob(entry, lookupInRows(packed.rows)), blobs[i]!.data)
    t.deepEqual(readBlob(entry, lookupInColumns(columns.slice(0, 64).toReversed())), blobs[i]!.data)
  })
  t.is(readBlob(packed.entries[1]!, lookupInColumns(columns.filter(({ index }) => index !== 20))), undefined)
})

test('any range is read from the tiles that are named for it, and from no fewer', (t) => {
  fc.assert(
    fc.property(fc.nat(3), fc.nat(), fc.integer({ min: 1, max: 12_000 }), (which, at, size) => {
      const entry = packed.entries[which]!
      const offset = at % entry.length
      const length = Math.min(size, entry.length - offset)
      const places = tilesOfRange(shape, entry, offset, length)
      const tiles = tilesAt(places)
      const bytes = readRange(entry, offset, length, lookupInTiles(shape, tiles))
      const fewer = readRange(entry, offset, length, lookupInTiles(shape, tiles.slice(1)))
      const expected = blobs[which]!.data.subarray(offset, offset + length)
      return bytes !== undefined && Buffer.compare(bytes, expected) === 0 && fewer === undefined
    }),
    { numRuns: 60 },
  )
  t.pass()
})

test('ranges outside a blob are refused, an empty one needs no tile', (t) => {
  const entry = packed.entries[0]!
  const cellAt = lookupInRows(packed.rows)
  for (const [offset, length] of [
    [0, 5_001],
    [5_000, 1],
    [-1, 2],
    [0, -1],
    [0.5, 1],
  ] as const) {
    t.throws(() => readRange(entry, offset, length, cellAt), { instanceOf: RangeError })
    t.throws(() => tilesOfRange(shape, entry, offset, length), { instanceOf: RangeError })
  }
  t.deepEqual(readRange(entry, 5_000, 0, cellAt), new Uint8Array())
  t.deepEqual(tilesOfRange(shape, entry, 0, 0), [])
})

test('the list of entries is read from the tiles that hold it', (t) => {
  t.deepEqual(readEntries(lookupInColumns(columns), packed.rows.length, packed.entriesCell), [
    ...packed.entries,
  ])
  t.is(readEntries(lookupInColumns([]), packed.rows.length, packed.entriesCell), 'entries-length')
})
