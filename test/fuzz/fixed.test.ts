// What the fuzzer found, cut down: messages that were once judged otherwise than the page says.

import test from 'ava'
import { fromHex } from '../../src/base/bytes.ts'
import { ColumnsRequestType, TilesRequestType } from '../../src/chain/containers.ts'
import { decode } from '../../src/network/codec.ts'
import { messageBytes, streamProtocols } from '../../src/network/protocols.ts'

const bounds = { maxRows: 8, maxBands: 4, validators: 4 }
const protocols = streamProtocols(bounds)
const root = 'e08a562dd7af84f433ab77662a15d781ef7d8f20da290da2ce3742ec7f974590'
const bytesOf = (text: string) => fromHex(text, text.length / 2)!

test('a request for a column that no block has is out of bounds', (t) => {
  const request = decode(ColumnsRequestType, bytesOf(`${root}24000000002580`))!
  t.deepEqual([...request.indices], [0, 37, 128])
  t.is(protocols.columns.maxItems(request), 0)
  t.is(protocols.columns.maxItems({ ...request, indices: [0, 37, 127] }), 3)
})

test('a request for a tile that no block of the chain has is out of bounds, not a fault of the server', (t) => {
  const request = decode(TilesRequestType, bytesOf(`${root}240000000725024a0800`))!
  t.deepEqual(request.tiles, [
    { band: 7, column: 37 },
    { band: 2, column: 74 },
    { band: 8, column: 0 },
  ])
  t.is(protocols.tiles.maxItems(request), 0)
  t.is(protocols.tiles.maxItems({ ...request, tiles: request.tiles.slice(0, 2) }), 2)
  t.is(protocols.tiles.maxItems({ ...request, tiles: [{ band: 0, column: 128 }] }), 0)
})

test('a message is bounded by the chain, not by its SSZ type', (t) => {
  t.is(messageBytes(bounds).certificate, 142)
  t.true(messageBytes(bounds).proposal < 2 ** 17)
})
