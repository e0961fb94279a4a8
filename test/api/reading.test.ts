// Reading over HTTP from real nodes, each answer where it is true: found, surely not there, no longer kept, not now. And
// a subscription and a receipt from a node that has of the block only what came over the network.

import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createClient, verifyReceipt } from '../../src/api/client.ts'
import { createFullApi } from '../../src/api/node-api.ts'
import { equal, toHex, utf8 } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { genesisToJson } from '../../src/chain/genesis-json.ts'
import { serializeReceipt } from '../../src/chain/receipt.ts'
import { receiptFromJson } from '../../src/chain/receipt-json.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import type { FullNode } from '../../src/node/types.ts'
import { type TestChain, temporaryFolder, testChain, testFullNode, until } from '../node/support.ts'

const namespace = toHex(namespaceOf(utf8('read')))
const dataOf = (seed: number, length = 20_000) => new Uint8Array(length).map((_, i) => (i * seed) & 255)

const serve = async (t: ExecutionContext, node: FullNode, port = 0) => {
  const api = createFullApi(
    { host: '127.0.0.1', port, maxRows: 64 },
    { node, log: silent, readiness: () => ({ ready: true }) },
  )
  t.teardown(() => api.stop())
  return { api, url: await api.start() }
}

const networkOf = async (t: ExecutionContext, changes: Parameters<typeof testChain>[1] = {}) => {
  t.timeout(240_000)
  const folder = await temporaryFolder()
  t.teardown(() => folder.remove())
  const chain = await testChain(1, changes)
  const add = async (
    name: string,
    more: { bootnodes?: readonly string[]; validator?: TestChain['validators'][0] },
  ) => {
    const { node } = await testFullNode(chain, { dataDir: join(folder.path, name), ...more })
    t.teardown(() => node.stop())
    await node.start()
    return node
  }
  const validator = await add('validator', { validator: chain.validators[0]! })
  return { chain, validator, add }
}

const answerOf = async (response: Response) => {
  const { code } = (await response.json()) as { code?: string }
  return [response.status, code, response.headers.has('retry-after')]
}

test('every answer is the true one: found, absent, not now, by a deadline', async (t) => {
  const signal = AbortSignal.timeout(200_000)
  const { chain, validator, add } = await networkOf(t)
  const genesis: unknown = JSON.parse(JSON.stringify(genesisToJson(chain.genesis)))
  const { url: first } = await serve(t, validator)
  const publisher = createClient(first)
  const blobs = [dataOf(3), dataOf(5), dataOf(7)]
  const ids: string[] = []
  for (const data of blobs) {
    const { blobId } = await publisher.publish({ namespace, data }, { signal })
    await publisher.waitFor(blobId, 'certified', { signal })
    ids.push(blobId)
  }
  const [one, two, three] = ids as [string, string, string]

  const full = await add('full', { bootnodes: (await validator.status()).addresses })
  const { url } = await serve(t, full)
  const client = createClient(url)
  await until('the node to catch up', 60_000, async () => {
    const { state } = await client.blobState(three, { signal })
    return state === 'certified' && !(await full.status()).stale
  })

  // Found: over the network, verified.
  const read = await client.read(one, { signal })
  t.is(read.source, 'peers')
  t.true(equal(read.data, blobs[0]!))
  const part = await fetch(`${url}/v1/blobs/${one}/data`, { headers: { range: 'bytes=19990-30000' } })
  t.is(part.status, 206)
  t.is(part.headers.get('content-range'), 'bytes 19990-19999/20000')
  t.true(equal(new Uint8Array(await part.arrayBuffer()), blobs[0]!.subarray(19_990)))
  const beyond = await fetch(`${url}/v1/blobs/${one}/data?offset=19990&length=11`)
  t.is(beyond.headers.get('content-range'), 'bytes */20000')
  t.deepEqual(await answerOf(beyond), [416, 'bad-range', false])

  // Surely not there: this node knows every final block. The chain goes on, so that it is asked again while a block comes.
  const nothing = '5e'.repeat(32)
  for (const path of [`blobs/${nothing}/data`, `blobs/${nothing}/receipt`, `rows/01${'5e'.repeat(31)}`]) {
    const answer = await until('an answer from a node that is current', 20_000, async () => {
      const [status, code] = await answerOf(await fetch(`${url}/v1/${path}`))
      return status === 503 ? undefined : [status, code]
    })
    t.deepEqual(answer, [404, 'absent'], path)
  }
  t.deepEqual(await answerOf(await fetch(`${url}/v1/blocks/999999999`)), [503, 'not-final-yet', true])

  // A receipt, from whoever has the block's lists; SSZ and JSON say the same.
  const json = await client.receipt(two, { signal })
  const answer = verifyReceipt(json, genesis, { data: blobs[1]! })
  t.is(answer.verdict, 'accept')
  const asked = await fetch(`${url}/v1/blobs/${two}/receipt`, {
    headers: { accept: 'application/octet-stream' },
  })
  t.is(asked.headers.get('content-type'), 'application/octet-stream')
  const ssz = new Uint8Array(await asked.arrayBuffer())
  t.true(equal(ssz, serializeReceipt(receiptFromJson(json))))
  t.is(verifyReceipt(ssz, genesis, { data: blobs[0]! }).verdict, 'reject')

  // Not now: nobody else of the network is there, and the rest of the block is with the others.
  await validator.stop()
  const beganMs = Date.now()
  const late = await fetch(`${url}/v1/blobs/${two}/data?timeoutMs=1500`)
  t.deepEqual(await answerOf(late), [503, 'unreachable', true])
  t.true(Date.now() - beganMs < 20_000)

  // A node that knows nothing of the chain says nothing about it, and a blob that waits there has no receipt yet.
  const alone = await add('alone', {})
  const { url: dark } = await serve(t, alone)
  for (const path of [`blobs/${one}/data`, `blobs/${one}/receipt`, `rows/01${'5e'.repeat(31)}`])
    t.deepEqual(await answerOf(await fetch(`${dark}/v1/${path}`)), [503, 'unreachable', true], path)
  for (const path of ['blocks/1', 'blocks/final', 'headers/1', 'headers/final'])
    t.deepEqual(await answerOf(await fetch(`${dark}/v1/${path}`)), [503, 'not-final-yet', true], path)
  const waiting = await createClient(dark).publish({ namespace, data: utf8('waits') }, { signal })
  t.deepEqual(await answerOf(await fetch(`${dark}/v1/blobs/${waiting.blobId}/receipt`)), [
    409,
    'not-certified',
    false,
  ])
  t.deepEqual(await answerOf(await fetch(`${dark}/v1/blobs/${waiting.blobId}/data`)), [
    503,
    'unreachable',
    true,
  ])
})

test('what was deleted after the retention is pruned, by every name and to those who follow', async (t) => {
  const signal = AbortSignal.timeout(200_000)
  const { validator } = await networkOf(t, { retentionMs: 10_000, idleIntervalMs: 500 })
  const { url } = await serve(t, validator)
  const client = createClient(url)
  const { blobId } = await client.publish({ namespace, flags: 1, data: dataOf(3) }, { signal })
  const { height } = await client.waitFor(blobId, 'certified', { signal })
  const { commitments } = await client.header(height ?? 0, { signal })
  await until(
    'the block to go',
    60_000,
    async () => (await validator.status()).earliestHeight > (height ?? 0),
  )
  for (const path of [
    `blobs/${blobId}/data`,
    `blobs/${blobId}/receipt`,
    `rows/${commitments[0]}`,
    `rows/${commitments[0]}/data`,
    `blocks/${height}`,
    `headers/${height}`,
    `namespaces/${namespace}/blobs?from=${height}`,
  ]) {
    const answer = await until(`an answer for ${path}`, 20_000, async () => {
      const found = await answerOf(await fetch(`${url}/v1/${path}`))
      return found[0] === 503 ? undefined : found
    })
    t.deepEqual(answer, [410, 'pruned', false], path)
  }
})

test('a subscription goes on where it was when its node’s API comes back, and misses nothing', async (t) => {
  const signal = AbortSignal.timeout(200_000)
  const { validator } = await networkOf(t)
  const { api, url } = await serve(t, validator)
  const space = namespaceOf(utf8('read'))
  const put = async (i: number) => {
    const { blobId } = await validator.submit({ namespace: space, data: utf8(`blob ${i}`), flags: 0 })
    await validator.waitFor(blobId, 'certified', { signal })
    return toHex(blobId)
  }
  const published = [await put(0)]
  const heard: string[] = []
  const heights: number[] = []
  const following = (async () => {
    for await (const block of createClient(url, { attempts: 50 }).subscribe(namespace, { signal, from: 1 })) {
      heard.push(...block.entries.map(({ blobId }) => blobId))
      heights.push(block.height)
      if (heard.length >= 5) return
    }
  })()
  published.push(await put(1))
  await until('the first two', 30_000, () => heard.length === 2)
  await api.stop()
  published.push(await put(2), await put(3))
  await serve(t, validator, Number(new URL(url).port))
  published.push(await put(4))
  await following
  t.deepEqual(heard, published)
  t.deepEqual(
    heights,
    [...new Set(heights)].sort((a, b) => a - b),
  )
})
