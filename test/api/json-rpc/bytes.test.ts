// Bytes as the clients of JSON-RPC write them: what is none is refused, and the largest blobs of a chain go through.

import test, { type ExecutionContext } from 'ava'
import { Compile } from 'typebox/compile'
import { createCelestiaApi } from '../../../src/api/celestia/api.ts'
import { Base64, bytesOfBase64, bytesOfHex, HexBytes } from '../../../src/api/json-rpc/bytes.ts'
import { createNitroApi } from '../../../src/api/nitro/api.ts'
import { decodeBase64 } from '../../../src/api/parse.ts'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import { startApi } from '../stacks/support.ts'
import { fullNode, status } from '../support.ts'
import { httpClient } from './support.ts'

const namespace = namespaceOf(utf8('large'))
const blobId = new Uint8Array(32).fill(1)
const facts = { chainId: status.chainId, genesisMs: 0, maxRows: 64, blockIntervalMs: 2_000 }
const large = Uint8Array.from({ length: 6_000_000 }, (_, i) => (i * 7) % 251)

test('what is no hex or no base64 is refused, whatever Buffer makes of it', (t) => {
  const hex = Compile(HexBytes)
  for (const text of ['0x', '0x00', '0xabCD']) t.true(hex.Check(text), text)
  for (const text of ['', '00', '0x0', '0x0g', '0xag00', '0x 00', '0x00 ', 1, null]) t.false(hex.Check(text))
  t.deepEqual([...bytesOfHex('0xabCD')], [0xab, 0xcd])
  const base64 = Compile(Base64)
  for (const text of ['', 'AA==', 'AAA=', 'AAAA', '+/+/']) t.true(base64.Check(text), text)
  for (const text of [
    'A',
    'AA',
    'AAA',
    '-_-_',
    'AA=A',
    'A===',
    '====',
    'AAAA=',
    ' AAAA',
    'AAA\n',
    'AAéA',
    '!!!!',
    1,
  ])
    t.false(base64.Check(text), String(text))
  t.deepEqual([...bytesOfBase64('AQI=')], [1, 2])
  // In the node's own API padding may be left out.
  t.deepEqual([...decodeBase64('AQI')!], [1, 2])
  for (const text of ['A', 'A_', 'A!I']) t.is(decodeBase64(text), undefined, text)
})

const serve = async (t: ExecutionContext, create: typeof createCelestiaApi | typeof createNitroApi) => {
  const sizes: number[] = []
  const { url } = await startApi(
    t,
    create as typeof createNitroApi,
    { chain: facts, namespace },
    fullNode({
      submit: async ({ data }) => {
        sizes.push(data.length)
        return { blobId, state: { state: 'accepted' } }
      },
      waitFor: async () => ({ state: 'certified', height: 5, root: blobId }),
    }),
  )
  return { call: httpClient(url), sizes }
}

test("a blob of megabytes goes through Celestia's interface", async (t) => {
  const { call, sizes } = await serve(t, createCelestiaApi)
  const blob = {
    namespace: Buffer.from(namespace).toString('base64'),
    data: Buffer.from(large).toString('base64'),
  }
  t.is(await call('blob.Submit', [[blob]]), 5)
  t.deepEqual(sizes, [large.length])
})

test("a batch of megabytes goes through Nitro's interface", async (t) => {
  const { call, sizes } = await serve(t, createNitroApi)
  t.truthy(await call('daprovider_store', [`0x${toHex(large)}`, '0x1']))
  t.deepEqual(sizes, [large.length])
})
