// Celestia's node API as ev-node calls it, by a generic JSON-RPC client over HTTP and WebSocket against a real chain:
// positional params, its commitments, its error texts, channels as go-jsonrpc frames them.

import test from 'ava'
import { Value } from 'typebox/value'
import { createCelestiaApi } from '../../../src/api/celestia/api.ts'
import { blobMethods } from '../../../src/api/celestia/blob-methods.ts'
import { utf8 } from '../../../src/base/bytes.ts'
import { WeftError } from '../../../src/base/error.ts'
import { blobIdOf, namespaceOf } from '../../../src/grid/blob.ts'
import { until } from '../../node/support.ts'
import { slowCommitment } from '../../rollups/celestia/slow-commitment.ts'
import { bytesOf } from '../../rollups/support.ts'
import { errorOf, httpClient, socketClient } from '../json-rpc/support.ts'
import { startApi, startChain } from '../stacks/support.ts'
import { fullNode, status } from '../support.ts'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const own = namespaceOf(utf8('ev-data'))
const ns = base64(own)
const other = base64(namespaceOf(utf8('ev-headers')))

/** As ev-node's client makes and marshals it. */
const blobOf = (data: Uint8Array, namespace = own) => ({
  namespace: base64(namespace),
  data: base64(data),
  share_version: 0,
  commitment: base64(slowCommitment({ namespace, data, shareVersion: 0 })),
  index: -1,
})
const options = { gas_price: 0.1, is_gas_price_set: true, key_name: 'my_celes_key' }

interface Got {
  readonly commitment: string
  readonly data: string
}
interface HeaderJson {
  readonly header: { readonly height: string; readonly time: string; readonly chain_id: string }
  readonly commit: { readonly height: string; readonly block_id: { readonly hash: string } }
}

/** What Go keeps of an nmt.Proof that it decodes and encodes again: protobuf fields, zeros left out. */
const throughGo = (proof: unknown) =>
  (proof as Record<string, unknown>[]).map(({ start, end, nodes }) => ({
    ...(start !== 0 && { start }),
    ...(end !== 0 && { end }),
    nodes,
  }))

test('ev-node submits, gets, proves, follows and reads headers', async (t) => {
  const chain = await startChain(t)
  const { url } = await startApi(t, createCelestiaApi, { chain: chain.facts }, chain.validator)
  const call = httpClient(url, { authorization: 'Bearer whatever' })
  const socket = await socketClient(url)
  t.teardown(() => socket.close())

  // From before anything is published.
  const subscription = socket.nextId()
  const channel = await socket.call('blob.Subscribe', [ns])
  t.is(channel, 1)
  const headers = await socket.call('header.Subscribe', [])
  t.is(headers, 2)

  const blobs = [bytesOf(1_000, 1), bytesOf(40_000, 2), bytesOf(100_000, 3)].map((data) => blobOf(data))
  const height = (await call('blob.Submit', [blobs, options])) as number
  t.true(Number.isSafeInteger(height) && height > 0)
  t.is(await call('blob.Submit', [blobs, options]), height, 'the same blobs again')

  // By commitment, at the height that Submit gave: one for all of them.
  for (const { commitment, data } of blobs) {
    const got = (await call('blob.Get', [height, ns, commitment])) as Got
    t.is(got.data, data)
    t.is(got.commitment, commitment)
  }

  const all = (await call('blob.GetAll', [height, [other, ns]])) as Got[]
  t.deepEqual(
    all.map(({ commitment }) => commitment),
    blobs.map(({ commitment }) => commitment),
    'complete, and in the order of the call',
  )
  t.is(await call('blob.GetAll', [height, [other]]), null, 'none is null, as a nil slice of Go')

  // A proof survives the client's decoding, and only the right one is believed.
  const { commitment } = blobs[1]!
  const proof = throughGo(await call('blob.GetProof', [height, ns, commitment])) as { nodes: string[] }[]
  t.is(proof[0]!.nodes.length, 17)
  t.true(await call('blob.Included', [height, ns, proof, commitment]))
  t.true(await call('blob.Included', [height, ns, proof, blobs[2]!.commitment]), 'of the same publication')
  const wrong = (change: (nodes: string[]) => string[]) => [
    { ...proof[0]!, nodes: change([...proof[0]!.nodes]) },
  ]
  const flip = (place: number) => (nodes: string[]) =>
    nodes.with(place, base64(new Uint8Array(Buffer.from(nodes[place]!, 'base64')).map((byte) => byte ^ 1)))
  const lies: readonly (readonly [string, unknown[]])[] = [
    ['another header', [height, ns, wrong(flip(0)), commitment]],
    ['another entry', [height, ns, wrong(flip(1)), commitment]],
    ['another path', [height, ns, wrong(flip(2)), commitment]],
    ['another length of the list', [height, ns, wrong(flip(16)), commitment]],
    ['a short path', [height, ns, wrong((nodes) => nodes.slice(0, 16)), commitment]],
    ['another place', [height, ns, [{ ...proof[0]!, start: 9_999 }], commitment]],
    ['no proof', [height, ns, [], commitment]],
    ["another blob's commitment", [height, ns, proof, blobOf(bytesOf(1_000, 7)).commitment]],
    ['another namespace', [height, other, proof, commitment]],
    ['a height below its block', [1, ns, proof, commitment]],
  ]
  for (const [what, params] of lies) {
    if (what === 'a height below its block' && height === 1) continue
    t.false(await call('blob.Included', params).catch(() => false), what)
  }

  // Texts that clients match.
  const nobody = base64(bytesOf(32, 9))
  t.regex((await errorOf(call('blob.Get', [height, ns, nobody]))).message, /blob: not found/)
  t.regex((await errorOf(call('blob.GetProof', [height, ns, nobody]))).message, /blob: not found/)
  for (const [method, params] of [
    ['blob.GetAll', [height + 1_000_000, [ns]]],
    ['blob.Get', [height + 1_000_000, ns, commitment]],
    ['header.GetByHeight', [height + 1_000_000]],
  ] as const) {
    t.regex((await errorOf(call(method, params))).message, /given height is from the future/)
  }
  const tooLarge = await errorOf(call('blob.Submit', [[blobOf(new Uint8Array(1_014_000))], options]))
  t.regex(tooLarge.message, /blob: over size limit/)
  t.is(tooLarge.code, 1)
  for (const given of [
    { ...blobs[0]!, commitment: nobody },
    { ...blobs[0]!, namespace: base64(new Uint8Array(29)) },
    { ...blobs[0]!, data: '' },
    { ...blobs[0]!, share_version: 1 },
    { ...blobs[0]!, signer: base64(new Uint8Array(20)) },
    { ...blobs[0]!, share_version: 2, commitment: null },
  ]) {
    t.is((await errorOf(call('blob.Submit', [[given], options]))).code, -32_602)
  }

  // Headers: height is a string, time RFC 3339.
  const head = (await call('header.NetworkHead', [])) as HeaderJson
  t.deepEqual(Object.keys(head), Object.keys((await call('header.LocalHead')) as object))
  const at = (await call('header.GetByHeight', [height])) as HeaderJson
  t.is(at.header.height, String(height))
  t.is(at.commit.height, String(height))
  t.is(at.header.chain_id, chain.facts.chainId)
  t.is(at.header.time, new Date(at.header.time).toISOString())
  t.is(at.commit.block_id.hash.toLowerCase(), (await rootAt(chain.validator, height)) ?? '')
  const next = Number(head.header.height) + 2
  const waited = (await call('header.WaitForHeight', [next])) as HeaderJson
  t.true(Number(waited.header.height) >= next)
  const state = (await call('header.SyncState', [])) as Record<string, unknown>
  t.is(state.height, state.to_height)

  // The channel brought one value a block, with and without blobs, in order.
  const values = () =>
    socket.notifications
      .filter(({ method, params }) => method === 'xrpc.ch.val' && params[0] === channel)
      .map(({ params }) => params[1] as { blobs: Got[] | null; height: number })
  await until('the subscription', 30_000, () => values().some((value) => value.height > height))
  const heard = values()
  t.deepEqual(
    heard
      .flatMap((value) => value.blobs ?? [])
      .map((blob) => blob.commitment)
      .sort(),
    blobs.map((blob) => blob.commitment).sort(),
  )
  t.true(heard.some((value) => value.blobs === null))
  t.deepEqual(
    heard.map((value) => value.height),
    heard.map((value) => value.height).toSorted((a, b) => a - b),
  )

  // Cancelling names the request, and ends this channel alone.
  socket.send({ jsonrpc: '2.0', method: 'xrpc.cancel', params: [subscription] })
  await until('the end of the channel', 10_000, () =>
    socket.notifications.some(({ method, params }) => method === 'xrpc.ch.close' && params[0] === channel),
  )
  const count = values().length
  const later = socket.notifications.length
  await until('more headers', 30_000, () => socket.notifications.length > later + 1)
  t.is(values().length, count)
  t.regex((await errorOf(call('blob.Subscribe', [ns]))).message, /WebSocket/)

  // What is answered is what the document says.
  const { methods } = (await call('rpc.discover', [])) as {
    methods: { name: string; result: { schema: object } }[]
  }
  const schemaOf = (name: string) => methods.find((method) => method.name === name)!.result.schema
  t.true(Value.Check(schemaOf('header.GetByHeight') as never, at))
  t.true(Value.Check(schemaOf('blob.Get') as never, await call('blob.Get', [height, ns, commitment])))
  t.true(Value.Check(schemaOf('header.SyncState') as never, state))

  // Any node answers the same: nothing of this is kept beside the chain.
  const full = await chain.addFullNode('full')
  const { url: elsewhere } = await startApi(t, createCelestiaApi, { chain: chain.facts }, full)
  const there = await until('the other node to know', 40_000, () =>
    httpClient(elsewhere)('blob.Get', [height, ns, commitment]).catch(() => undefined),
  )
  t.is((there as Got).data, blobs[1]!.data)
  t.true(await httpClient(elsewhere)('blob.Included', [height, ns, proof, commitment]))
})

test('a signer of share version 1 is kept, and blobs of two namespaces in one call are all refused', async (t) => {
  const chain = await startChain(t)
  const { url } = await startApi(t, createCelestiaApi, { chain: chain.facts }, chain.validator)
  const call = httpClient(url)

  // The published commitment of lumina's tests (types/src/blob.rs), signer and all.
  const signed = {
    namespace: 'AAAAAAAAAAAAAAAAAAAAAAAAALwwSWpxCuQb5+A=',
    data: 'lQnnMKE=',
    share_version: 1,
    signer: 'Yjc3XldhbdYke5i8aSlggYxCCLE=',
    commitment: 'dujykaNN+Ey7ET3QNdPG0g2uveriBvZusA3fLSOdMKU=',
  }
  const height = (await call('blob.Submit', [[signed], options])) as number
  const got = (await call('blob.Get', [height, signed.namespace, signed.commitment])) as typeof signed
  t.like(got, signed)
  const proof = throughGo(await call('blob.GetProof', [height, signed.namespace, signed.commitment]))
  t.true(await call('blob.Included', [height, signed.namespace, proof, signed.commitment]))

  const apart = [blobOf(bytesOf(100, 4)), blobOf(bytesOf(100, 5), namespaceOf(utf8('ev-headers')))]
  t.is((await errorOf(call('blob.Submit', [apart, options]))).code, -32_602)
  t.is((await chain.validator.status()).pendingBlobs, 0, 'nothing was taken')
  for (const { namespace, data } of apart) {
    const id = blobIdOf({
      namespace: new Uint8Array(Buffer.from(namespace, 'base64')),
      data: new Uint8Array(Buffer.from(data, 'base64')),
      flags: 0,
    })
    t.is((await chain.validator.blobState(id)).state, 'unknown')
  }
})

const rootAt = async (
  node: { headerAt(height: number): Promise<{ root: Uint8Array } | undefined> },
  height: number,
) => {
  const found = await node.headerAt(height)
  return found && Buffer.from(found.root).toString('hex')
}

const facts = { chainId: status.chainId, genesisMs: 1_700_000_000_000, maxRows: 1, blockIntervalMs: 2_000 }
const blobId = new Uint8Array(32)
const parentRoot = new Uint8Array(32).fill(5)
const nextHeader = {
  height: 9,
  root: blobId,
  header: { parentHeight: 0, parentRoot },
  commitments: [],
} as never

test('a GET that is no upgrade is told what is expected, in the form of all refusals', async (t) => {
  const { url } = await startApi(t, createCelestiaApi, { chain: facts }, fullNode({}))
  const response = await fetch(url)
  t.is(response.status, 400)
  const { code, message } = (await response.json()) as { code: string; message: string }
  t.is(code, 'bad-request')
  t.regex(message, /POST, or an upgrade to WebSocket/)
})

test('a height at which no block can be final is an empty block with the time of the one before', async (t) => {
  const { url } = await startApi(
    t,
    createCelestiaApi,
    { chain: facts },
    fullNode({
      block: async () => ({ found: false, reason: 'empty', next: nextHeader }),
      headerAt: async () => undefined,
    }),
  )
  const call = httpClient(url)
  t.is(await call('blob.GetAll', [4, [ns]]), null)
  t.regex((await errorOf(call('blob.Get', [4, ns, base64(blobId)]))).message, /blob: not found/)
  const { header } = (await call('header.GetByHeight', [4])) as HeaderJson
  t.is(header.height, '4')
  t.is(header.time, new Date(facts.genesisMs).toISOString())
})

for (const [code, text] of [
  ['not-yet', 'timed out waiting for tx to be included in a block'],
  ['too-large', 'blob: over size limit'],
  ['busy', 'no room now'],
] as const) {
  test(`a publication that ends with ${code} says so in the words that clients know`, async (t) => {
    const publish = async (): Promise<never> => {
      throw new WeftError(code, 'on command', undefined)
    }
    const [submit] = blobMethods({
      node: fullNode({}),
      mapping: { publish } as never,
      blocks: {} as never,
    })
    const signal = new AbortController().signal
    const error = await t.throwsAsync(
      submit!.call([[blobOf(bytesOf(10, 1))], null], {
        signal,
        authorizeNamespace: () => {},
      }) as Promise<unknown>,
    )
    t.true(error?.message.includes(text))
  })
}
