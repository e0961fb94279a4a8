import test from 'ava'
import type { Column } from '../../src/chain/containers.ts'
import { createColumnCache, MAX_CACHED_COLUMNS } from '../../src/node/column-cache.ts'

const columnOf = (index: number, rows: number): Column => ({
  header: {} as Column['header'],
  index,
  cells: Array.from({ length: rows }, () => new Uint8Array(2_048)),
  branch: [],
})

test('columns stay until their bytes are too many, those used longest ago go first', (t) => {
  const cache = createColumnCache(4 * 2_048)
  for (const index of [0, 1]) cache.put('a', { column: columnOf(index, 2), isLocal: true })
  t.is(cache.bytes, 4 * 2_048)
  t.is(cache.get('a', 0)?.column.index, 0)
  cache.put('b', { column: columnOf(1, 2), isLocal: false })
  t.is(cache.get('a', 1), undefined, 'not used since')
  t.truthy(cache.get('a', 0))
  t.is(cache.get('b', 1)?.isLocal, false)
  cache.put('b', { column: columnOf(1, 1), isLocal: true })
  t.is(cache.bytes, 3 * 2_048, 'the same again takes the place of the first')
  cache.put('c', { column: columnOf(9, 5), isLocal: true })
  t.is(cache.bytes, 0, 'larger than everything')
})

test('of small columns only so many stay, however little their cells are', (t) => {
  const cache = createColumnCache(2 ** 30)
  for (let i = 0; i <= MAX_CACHED_COLUMNS; i++)
    cache.put(`block ${i}`, { column: columnOf(0, 1), isLocal: true })
  t.is(cache.bytes, MAX_CACHED_COLUMNS * 2_048)
  t.is(cache.get('block 0', 0), undefined)
  t.truthy(cache.get(`block ${MAX_CACHED_COLUMNS}`, 0))
})
