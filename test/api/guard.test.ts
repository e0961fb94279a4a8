// Who may ask and how much: tokens, rights, namespaces, rates, other machines, pages of other origins.

import { networkInterfaces } from 'node:os'
import test, { type ExecutionContext } from 'ava'
import { createFullApi, type NodeApiInit } from '../../src/api/node-api.ts'
import { createToken, findToken, type TokenRecord } from '../../src/api/tokens.ts'
import { silent } from '../../src/base/log.ts'
import { blobIdOf } from '../../src/grid/blob.ts'
import { fullNode } from './support.ts'

const namespace = `${'00'.repeat(19)}${'61'.repeat(10)}`
const other = `${'00'.repeat(19)}${'62'.repeat(10)}`

const serve = async (
  t: ExecutionContext,
  tokens: readonly TokenRecord[] | (() => readonly TokenRecord[]),
  init: Partial<NodeApiInit> = {},
) => {
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1, ...init },
    {
      node: fullNode({
        submit: async (blob) => ({ blobId: blobIdOf(blob), state: { state: 'accepted' }, isNew: true }),
      }),
      log: silent,
      readiness: () => ({ ready: true }),
      tokens: typeof tokens === 'function' ? tokens : () => tokens,
    },
  )
  t.teardown(() => api.stop())
  return api.start()
}

const make = (about: Partial<Parameters<typeof createToken>[0]> = {}) =>
  createToken({ name: 'test', right: 'write', createdMs: 1, ...about })

const publish = (url: string, token?: string, where = namespace) =>
  fetch(`${url}/v1/blobs?namespace=${where}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/octet-stream',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: Uint8Array.of(1),
  })

const status = (url: string, token?: string) =>
  fetch(`${url}/v1/status`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

test('a token is found by its secret only, and its hash alone is kept', (t) => {
  const { text, record } = make()
  t.is(findToken(text, [make().record, record]), record)
  const last = text.at(-1) === 'A' ? 'B' : 'A'
  t.is(findToken(`${text.slice(0, -1)}${last}`, [record]), undefined)
  t.is(findToken(text.replace(record.id, '000000000000'), [record]), undefined)
  t.is(findToken('', [record]), undefined)
  t.false(JSON.stringify(record).includes(text.slice(18)))
})

test('without tokens this machine may all; with one everybody needs one, and rights hold', async (t) => {
  const open = await serve(t, [])
  t.is((await publish(open)).status, 202)

  const reader = make({ right: 'read' })
  const writer = make()
  const url = await serve(t, [reader.record, writer.record])
  const none = await publish(url)
  t.is(none.status, 401)
  t.is(none.headers.get('www-authenticate'), 'Bearer')
  t.is(await codeOf(none), 'token-wanted')
  t.is(await codeOf(await status(url, make().text)), 'bad-token')
  t.is((await status(url, reader.text)).status, 200)
  const refused = await publish(url, reader.text)
  t.is(refused.status, 403)
  t.is(await codeOf(refused), 'right-wanted')
  t.is((await publish(url, writer.text)).status, 202)
  t.is((await status(url, writer.text)).status, 200)
  // Health is for everybody.
  t.is((await fetch(`${url}/healthz`)).status, 200)
})

test('a revoked token is refused at once', async (t) => {
  const { text, record } = make()
  const another = make()
  let tokens = [record, another.record]
  const url = await serve(t, () => tokens)
  t.is((await publish(url, text)).status, 202)
  tokens = [another.record]
  t.is((await publish(url, text)).status, 401)
})

test('what a token follows ends when it is revoked, what others follow does not', async (t) => {
  const { text, record } = make()
  const another = make()
  let tokens = [record, another.record]
  const url = await serve(t, () => tokens)
  const gone = new AbortController()
  const follow = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const { body } = await fetch(`${url}/v1/events`, { headers, signal: gone.signal })
    const ended = (async () => {
      for await (const _ of body!);
    })().then(
      () => 'ended',
      () => 'cut',
    )
    return { ended }
  }
  const [one, other] = [await follow(text), await follow(another.text)]
  tokens = [another.record]
  t.is(await one.ended, 'cut')
  const later = new Promise((resolve) => setTimeout(resolve, 2_500, 'open'))
  t.is(await Promise.race([other.ended, later]), 'open')
  gone.abort()
})

test('namespaces, rate, bodies and requests at once of a token are bounded', async (t) => {
  const narrow = make({ namespaces: [namespace] })
  const slow = make({ ratePerMinute: 3 })
  const small = make({ maxBodyBytes: 1 })
  const url = await serve(t, [narrow.record, slow.record, small.record])
  t.is((await publish(url, narrow.text)).status, 202)
  const elsewhere = await publish(url, narrow.text, other)
  t.is(elsewhere.status, 403)
  t.is(await codeOf(elsewhere), 'namespace-not-allowed')
  for (let i = 0; i < 3; i++) t.is((await status(url, slow.text)).status, 200)
  const limited = await status(url, slow.text)
  t.is(limited.status, 429)
  t.true(Number(limited.headers.get('retry-after')) > 30, 'until the minute is over')
  t.is(await codeOf(limited), 'rate-limited')
  // One caller's rate is not another's.
  t.is((await status(url, narrow.text)).status, 200)
  t.is((await publish(url, small.text)).status, 202)
  const large = await fetch(`${url}/v1/blobs?namespace=${namespace}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', authorization: `Bearer ${small.text}` },
    body: new Uint8Array(2),
  })
  t.is(large.status, 413)

  const one = make({ atOnce: 1 })
  const second = await serve(t, [one.record])
  const gone = new AbortController()
  const stream = await fetch(`${second}/v1/events`, {
    headers: { authorization: `Bearer ${one.text}` },
    signal: gone.signal,
  })
  t.is(await codeOf(await status(second, one.text)), 'too-many-at-once')
  gone.abort()
  await stream.text().catch(() => {})
  for (let i = 0; i < 100 && (await status(second, one.text)).status !== 200; i++)
    await new Promise((resolve) => setTimeout(resolve, 20))
  t.is((await status(second, one.text)).status, 200)
})

test('from another address nothing is answered without a token, unless that is wanted', async (t) => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address
  if (outside === undefined) {
    t.log('skipped: this machine has no address but loopback')
    return t.pass()
  }
  const at = (url: string) => url.replace(/\/\/[^:/]+/, `//${outside}`)
  const closed = at(await serve(t, [], { host: outside }))
  t.is(await codeOf(await status(closed)), 'token-wanted')
  t.is((await fetch(`${closed}/healthz`)).status, 200)
  const reading = at(await serve(t, [], { host: outside, anonymous: 'read' }))
  t.is((await status(reading)).status, 200)
  t.is(await codeOf(await publish(reading)), 'right-wanted')
})

test('pages of other origins may not read answers unless their origin is named', async (t) => {
  const preflight = (url: string, origin: string) =>
    fetch(`${url}/v1/blobs`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    })
  const closed = await serve(t, [])
  const none = await fetch(`${closed}/v1/status`, { headers: { origin: 'https://app.example' } })
  t.is(none.headers.get('access-control-allow-origin'), null)
  t.not((await preflight(closed, 'https://app.example')).status, 204)
  const url = await serve(t, [make().record], { corsOrigins: ['https://app.example'] })
  const allowed = await preflight(url, 'https://app.example')
  t.is(allowed.status, 204)
  t.is(allowed.headers.get('access-control-allow-origin'), 'https://app.example')
  const stranger = await preflight(url, 'https://evil.example')
  t.not(stranger.headers.get('access-control-allow-origin'), 'https://evil.example')
})
