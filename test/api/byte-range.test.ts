// The header Range and its like, as parts of a blob.

import test from 'ava'
import { parseRange } from '../../src/api/byte-range.ts'

test('a range is a part from an offset on, or so many bytes from the end', (t) => {
  t.deepEqual(parseRange({ range: 'bytes=0-99' }), { offset: 0, length: 100 })
  t.deepEqual(parseRange({ range: 'bytes=5-' }), { offset: 5 })
  t.deepEqual(parseRange({ range: 'bytes=-7' }), { last: 7 })
  t.is(parseRange({ range: 'bytes=0-1,3-4' }), undefined)
})

test('a range of nothing cannot be satisfied', (t) => {
  for (const range of ['bytes=-0', 'bytes=5-4']) t.throws(() => parseRange({ range }), { code: 'bad-range' })
})
