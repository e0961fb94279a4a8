// Tokens at the interfaces of other stacks: what reads, what writes, and in which namespace, is the same right as at the
// node's own API. A node on command is enough: refused calls must not reach it.

import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createAltDaApi } from '../../../src/api/altda/api.ts'
import { createBeaconApi } from '../../../src/api/beacon/api.ts'
import { createCelestiaApi } from '../../../src/api/celestia/api.ts'
import { createNitroApi } from '../../../src/api/nitro/api.ts'
import { createToken, type Right } from '../../../src/api/tokens.ts'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { silent } from '../../../src/base/log.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import { errorOf, httpClient, socketClient } from '../json-rpc/support.ts'
import { fullNode, status } from '../support.ts'

const namespace = namespaceOf(utf8('mine'))
const blobId = new Uint8Array(32).fill(1)
const chain = { chainId: status.chainId, genesisMs: 0, maxRows: 1, blockIntervalMs: 2_000 }
const token = (right: Right, namespaces?: string[]) =>
  createToken({ name: right, right, createdMs: 0, ...(namespaces && { namespaces }) })
const reader = token('read')
const writer = token('write', [toHex(namespace)])
const stranger = token('write', [toHex(namespaceOf(utf8('other')))])
const all = [reader, writer, stranger].map(({ record }) => record)

const serve = async (t: ExecutionContext, tokens = () => all) => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-tokens-'))
  const submitted: unknown[] = []
  const components = {
    log: silent,
    readiness: () => ({ ready: true }),
    tokens,
    node: fullNode({
      submit: async (blob) => {
        submitted.push(blob)
        return { blobId, state: { state: 'accepted' } }
      },
      waitFor: async () => ({ state: 'certified', height: 5, root: blobId }),
      newestHeader: async () => undefined,
      locate: async () => ({ found: false, reason: 'absent' }),
      async *subscribe() {},
    }),
  }
  const at = { host: '127.0.0.1', port: 0, chain }
  const apis = {
    altda: createAltDaApi({ ...at, namespace, indexLocation: join(folder, 'index') }, components),
    nitro: createNitroApi({ ...at, namespace }, components),
    celestia: createCelestiaApi(at, components),
    beacon: createBeaconApi({ ...at, version: '1' }, components),
  }
  t.teardown(async () => {
    for (const api of Object.values(apis)) await api.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const urls = {
    altda: await apis.altda.start(),
    nitro: await apis.nitro.start(),
    celestia: await apis.celestia.start(),
    beacon: await apis.beacon.start(),
  }
  return { urls, submitted }
}
const bearer = ({ text }: { readonly text: string }) => ({ authorization: `Bearer ${text}` })

test("without a token Celestia's clients, who can send one, are refused where there are tokens", async (t) => {
  const { urls } = await serve(t)
  await t.throwsAsync(httpClient(urls.celestia)('rpc.discover'), { message: 'HTTP 401' })
  await t.throwsAsync(socketClient(urls.celestia))
  for (const url of Object.values(urls)) {
    const wrong = { authorization: `Bearer ${reader.text.slice(0, -3)}abc` }
    t.is((await fetch(`${url}/openrpc.json`, { headers: wrong })).status, 401)
  }
})

test('clients that have no way to send a token are answered on this machine', async (t) => {
  const { urls, submitted } = await serve(t)
  t.is((await fetch(`${urls.altda}/put/`, { method: 'POST', body: 'x' })).status, 200)
  t.is((await fetch(`${urls.beacon}/eth/v1/node/version`)).status, 200)
  t.truthy(await httpClient(urls.nitro)('daprovider_store', ['0x01', '0x1']))
  t.is(submitted.length, 2)
})

test('a token to read reads, and publishes nothing', async (t) => {
  const { urls, submitted } = await serve(t)
  const headers = bearer(reader)
  t.is((await fetch(`${urls.altda}/put/`, { method: 'POST', body: 'x', headers })).status, 403)
  t.is((await fetch(`${urls.beacon}/eth/v1/node/version`, { headers })).status, 200)
  const nitro = httpClient(urls.nitro, headers)
  t.truthy(await nitro('daprovider_getMaxMessageSize'))
  t.is((await errorOf(nitro('daprovider_store', ['0x01', '0x1']))).code, -32_001)
  const blob = { namespace: Buffer.from(namespace).toString('base64'), data: 'AQ==' }
  t.is((await errorOf(httpClient(urls.celestia, headers)('blob.Submit', [[blob]]))).code, -32_001)
  t.deepEqual(submitted, [])
})

test('a token to write publishes in its own namespaces only', async (t) => {
  const { urls, submitted } = await serve(t)
  const put = (headers: Record<string, string>) =>
    fetch(`${urls.altda}/put/`, { method: 'POST', body: 'x', headers })
  const blob = { namespace: Buffer.from(namespace).toString('base64'), data: 'AQ==' }
  const refused = bearer(stranger)
  t.is((await put(refused)).status, 403)
  t.is((await errorOf(httpClient(urls.nitro, refused)('daprovider_store', ['0x01', '0x1']))).code, -32_001)
  t.is((await errorOf(httpClient(urls.celestia, refused)('blob.Submit', [[blob]]))).code, -32_001)
  t.deepEqual(submitted, [])
  const allowed = bearer(writer)
  t.is((await put(allowed)).status, 200)
  t.truthy(await httpClient(urls.nitro, allowed)('daprovider_store', ['0x01', '0x1']))
  t.is(await httpClient(urls.celestia, allowed)('blob.Submit', [[blob]]), 5)
  t.is(submitted.length, 3)
})

test('over a WebSocket a token has its limits too, and a revoked one is refused at once', async (t) => {
  const limited = createToken({
    name: 'limited',
    right: 'write',
    createdMs: 0,
    maxBodyBytes: 600,
    ratePerMinute: 6,
  })
  let known = [limited.record, reader.record]
  let submitted = 0
  const api = createCelestiaApi(
    { host: '127.0.0.1', port: 0, chain },
    {
      log: silent,
      readiness: () => ({ ready: true }),
      tokens: () => known,
      node: fullNode({
        submit: async () => {
          submitted++
          return { blobId, state: { state: 'accepted' } }
        },
        waitFor: async () => ({ state: 'certified', height: 5, root: blobId }),
      }),
    },
  )
  t.teardown(() => api.stop())
  const url = await api.start()
  const socket = await socketClient(url, bearer(limited))
  const submit = (bytes: number) =>
    socket.call('blob.Submit', [
      [
        {
          namespace: Buffer.from(namespace).toString('base64'),
          data: Buffer.alloc(bytes, 1).toString('base64'),
        },
      ],
    ])
  t.is(await submit(10), 5)
  t.is((await errorOf(submit(900))).code, -32_001)
  t.is(submitted, 1)
  for (let i = 0; i < 5; i++) await submit(10)
  t.is((await errorOf(submit(10))).code, -32_005)
  t.is(submitted, 6)
  // What is no JSON counts, too, and is then not even answered as such.
  t.is((await socket.raw('no JSON')).error.code, -32_005)

  const second = await socketClient(url, bearer(reader))
  t.truthy(await second.call('rpc.discover'))
  known = [limited.record]
  void second.call('rpc.discover').catch(() => {})
  t.is(await second.closed, 1008)

  // One that only listens is cut, too.
  known = [limited.record, reader.record]
  const third = await socketClient(url, bearer(reader))
  t.truthy(await third.call('rpc.discover'))
  known = [limited.record]
  t.is(await third.closed, 1006)
})

test('who may only read has short messages parsed, over HTTP and WebSocket', async (t) => {
  const { urls, submitted } = await serve(t)
  const many = `[${Array.from({ length: 30_000 }, () => '{}').join()}]`
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'blob.Included', params: [JSON.parse(many)] })
  const headers = { 'content-type': 'application/json', ...bearer(reader) }
  const over = (text: string) => fetch(urls.celestia, { method: 'POST', body: text, headers })
  for (const text of [body, many]) t.is((await (await over(text)).json()).error.code, -32_001)
  const socket = await socketClient(urls.celestia, bearer(reader))
  for (const text of [body, many]) t.is((await socket.raw(text)).error.code, -32_001)
  t.truthy(await socket.call('rpc.discover'))
  socket.close()
  const long = {
    namespace: Buffer.from(namespace).toString('base64'),
    data: Buffer.alloc(90_000, 1).toString('base64'),
  }
  const writing = await socketClient(urls.celestia, bearer(writer))
  t.is(await writing.call('blob.Submit', [[long]]), 5)
  writing.close()
  t.is(submitted.length, 1)
})

test('each call of a batch counts', async (t) => {
  const limited = createToken({ name: 'limited', right: 'read', createdMs: 0, ratePerMinute: 6 })
  const { urls } = await serve(t, () => [limited.record])
  const batch = async (calls: number) => {
    const body = Array.from({ length: calls }, (_, id) => ({ jsonrpc: '2.0', id, method: 'rpc.discover' }))
    const headers = { 'content-type': 'application/json', ...bearer(limited) }
    return (await fetch(urls.celestia, { method: 'POST', body: JSON.stringify(body), headers })).json()
  }
  t.is((await batch(4)).length, 4)
  // Three of the six are taken: the batch's first call is the request itself.
  t.is((await batch(5)).error.code, -32_005)
  t.is((await batch(4)).length, 4)
  t.is((await batch(2)).error.code, -32_005)
})

test('pages of other origins are refused where they could do harm: by forms and by WebSocket', async (t) => {
  const { urls, submitted } = await serve(t, () => [])
  const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' }
  const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'daprovider_store', params: ['0x01', '0x1'] })
  for (const url of [urls.nitro, urls.celestia])
    t.is((await fetch(url, { method: 'POST', body: call, headers })).status, 403)
  t.deepEqual(submitted, [])
  const own = await socketClient(urls.celestia, { origin: urls.celestia })
  own.close()
})

test('a page of another origin publishes nothing through a browser on this machine', async (t) => {
  const { urls, submitted } = await serve(t)
  // What needs no preflight: the browser sends it, and says whose page it was.
  const post = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${urls.altda}/put/`, { method: 'POST', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.once('error', reject)
      sent.end('x')
    })
  const evil = { origin: 'https://evil.example', 'content-type': 'text/plain' }
  t.is(await post({ ...evil, 'sec-fetch-site': 'cross-site' }), 403)
  t.is(await post(evil), 403)
  t.is(await post({ ...evil, origin: 'null' }), 403)
  await t.throwsAsync(socketClient(urls.celestia, { ...bearer(writer), origin: 'https://evil.example' }), {
    message: /403/,
  })
  t.deepEqual(submitted, [])
  // Programs, and a page of the server's own.
  t.is(await post({ 'content-type': 'text/plain' }), 200)
  t.is(await post({ origin: 'http://localhost' }), 200)
  t.is(await post({ origin: urls.altda, 'sec-fetch-site': 'same-origin' }), 200)
  t.is(submitted.length, 3)
})
