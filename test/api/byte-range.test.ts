// Parts of a blob over HTTP: Range as RFC 9110 has it, offset and length, and what the answer says of it.

import test, { type ExecutionContext } from 'ava'
import { parseRange } from '../../src/api/byte-range.ts'
import { createFullApi } from '../../src/api/node-api.ts'
import { WeftError } from '../../src/base/error.ts'
import { silent } from '../../src/base/log.ts'
import type { ByteRange } from '../../src/node/types.ts'
import { fullNode } from './support.ts'

const data = Uint8Array.from({ length: 100 }, (_, i) => i)
const entry = {
  namespace: new Uint8Array(29),
  startCell: 0,
  length: 100,
  flags: 0,
  blobId: new Uint8Array(32),
}

/** A node that answers ranges as the real one does (test/node/finding.test.ts). */
const serve = async (t: ExecutionContext) => {
  const partOf = (range: ByteRange = { offset: 0 }): Uint8Array => {
    if ('last' in range) return range.last === 0 ? new Uint8Array() : data.subarray(-range.last)
    const length = 'atMost' in range ? range.atMost : (range.length ?? 100)
    return data.subarray(range.offset, range.offset + length)
  }
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1 },
    {
      node: fullNode({
        read: async (_id, { range }) => {
          const part = partOf(range)
          if (part.length === 0) throw new WeftError('bad-range', 'outside', { length: 100 })
          return { found: true, data: part, entry, height: 5, root: entry.blobId, source: 'store' }
        },
      }),
      log: silent,
      readiness: () => ({ ready: true }),
    },
  )
  t.teardown(() => api.stop())
  const url = await api.start()
  return (headers: Record<string, string>, query = '') =>
    fetch(`${url}/v1/blobs/${'00'.repeat(32)}/data${query}`, { headers })
}

const ranges: readonly (readonly [string, number, string | null, number])[] = [
  ['bytes=0-9', 206, 'bytes 0-9/100', 10],
  ['bytes=90-', 206, 'bytes 90-99/100', 10],
  ['bytes=90-999999', 206, 'bytes 90-99/100', 10],
  ['bytes=0-999999', 206, 'bytes 0-99/100', 100],
  ['bytes=-7', 206, 'bytes 93-99/100', 7],
  ['bytes=-999999', 206, 'bytes 0-99/100', 100],
  ['bytes=100-', 416, 'bytes */100', 0],
  ['bytes=100-200', 416, 'bytes */100', 0],
  ['bytes=-0', 416, 'bytes */100', 0],
  // Others than one range of bytes are ignored, as a server may.
  ['bytes=0-1,5-6', 200, null, 100],
  ['lines=0-1', 200, null, 100],
  ['bytes=-', 200, null, 100],
]
test('a Range is answered with what there is of it', async (t) => {
  const get = await serve(t)
  for (const [range, status, contentRange, length] of ranges) {
    const response = await get({ range })
    t.is(response.status, status, range)
    t.is(response.headers.get('content-range'), contentRange, range)
    const body = new Uint8Array(await response.arrayBuffer())
    if (status !== 416) t.is(body.length, length, range)
    if (status === 206) t.is(body[0], Number(contentRange?.match(/\d+/)?.[0]), range)
  }
})

test('offset and length are exactly that part, and win over a Range', async (t) => {
  const get = await serve(t)
  const part = await get({ range: 'bytes=0-1' }, '?offset=10&length=5')
  t.is(part.status, 206)
  t.is(part.headers.get('content-range'), 'bytes 10-14/100')
  for (const query of ['?offset=-1', '?length=0', '?offset=1e3', '?length=99999999999999999999'])
    t.is((await get({}, query)).status, 400, query)
})

test('what is asked of the node', (t) => {
  t.is(parseRange({}), undefined)
  t.deepEqual(parseRange({ offset: '3' }), { offset: 3 })
  t.deepEqual(parseRange({ length: '3' }), { offset: 0, length: 3 })
  t.deepEqual(parseRange({ range: 'bytes=3-5' }), { offset: 3, atMost: 3 })
  t.throws(() => parseRange({ range: 'bytes=5-3' }), { code: 'bad-range' })
})
