// What no client should send: it is refused in the one form of all refusals, costs nothing for longer than it takes, and
// never is the node's fault.

import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { createFullApi } from '../../src/api/node-api.ts'
import { silent } from '../../src/base/log.ts'
import { createHub, fullNode } from './support.ts'

const namespace = `${'00'.repeat(19)}${'61'.repeat(10)}`

const serve = async (t: ExecutionContext, corsOrigins: readonly string[] = []) => {
  const hub = createHub()
  const submitted: number[] = []
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1, corsOrigins },
    {
      node: fullNode({
        events: hub.events,
        submit: async ({ data }) => {
          submitted.push(data.length)
          return { blobId: new Uint8Array(32), state: { state: 'accepted' }, isNew: true }
        },
      }),
      log: silent,
      readiness: () => ({ ready: true }),
    },
  )
  t.teardown(() => api.stop())
  return { url: await api.start(), hub, submitted, api }
}

/** The answer to these bytes, as they come until the server has closed. */
const send = (url: string, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (data) => {
      answer += data
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })

const refusalIn = (t: ExecutionContext, answer: string) => {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const refusal = JSON.parse(body) as { code: string; message: string }
  t.deepEqual(Object.keys(refusal), ['code', 'message'])
  return [Number(/^HTTP\/1\.1 (\d+) /.exec(head)?.[1]), refusal.code]
}

const end = 'Host: localhost\r\nConnection: close\r\n\r\n'
const bytes = `POST /v1/blobs?namespace=${namespace} HTTP/1.1\r\nContent-Type: application/octet-stream\r\n`
const raw: readonly (readonly [string, string, number, string])[] = [
  ['no HTTP', 'hello\r\n\r\n', 400, 'bad-request'],
  ['a method that there is not', `NONSENSE /v1/status HTTP/1.1\r\n${end}`, 400, 'bad-request'],
  ['headers without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}`, 431, 'header-too-large'],
  ['a URL without end', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n${end}`, 431, 'header-too-large'],
  ['a length below zero', `${bytes}Content-Length: -1\r\n${end}`, 400, 'bad-request'],
  ['a length that is no number', `${bytes}Content-Length: all\r\n${end}`, 400, 'bad-request'],
  ['a length beyond every blob', `${bytes}Content-Length: 99999999999\r\n${end}`, 413, 'blob-too-large'],
  ['two lengths', `${bytes}Content-Length: 1\r\nContent-Length: 2\r\n${end}x`, 400, 'bad-request'],
  [
    'a length and chunks',
    `${bytes}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n${end}0\r\n\r\n`,
    400,
    'bad-request',
  ],
  ['chunks that are none', `${bytes}Transfer-Encoding: chunked\r\n${end}zz\r\n\r\n`, 400, 'bad-request'],
  ['an escape that is none', `GET /v1/blobs/%zz HTTP/1.1\r\n${end}`, 400, 'bad-request'],
  ['a name longer than any', `GET /v1/blobs/${'a'.repeat(1_000)} HTTP/1.1\r\n${end}`, 400, 'bad-request'],
  ['another version', `GET /v1/status HTTP/9.9\r\n${end}`, 400, 'bad-request'],
]
for (const [what, text, status, code] of raw) {
  test(`a request with ${what} is ${status} ${code}`, async (t) => {
    const { url, submitted } = await serve(t)
    t.deepEqual(refusalIn(t, await send(url, text)), [status, code])
    t.deepEqual(submitted, [])
  })
}

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

test('a publication without a body, or a type, is refused, never a fault', async (t) => {
  const { url, submitted } = await serve(t)
  const path = `${url}/v1/blobs?namespace=${namespace}`
  const none = await fetch(path, { method: 'POST' })
  t.is(none.status, 400)
  t.is(await codeOf(none), 'blob-empty')
  const post = (type: string | undefined, body: string) =>
    fetch(path, { method: 'POST', headers: type === undefined ? {} : { 'content-type': type }, body })
  t.is(await codeOf(await post(undefined, 'x')), 'bad-media-type')
  t.is(await codeOf(await post('text/plain', 'x')), 'bad-media-type')
  t.is(await codeOf(await post('multipart/form-data; boundary=x', 'x')), 'bad-media-type')
  t.is(await codeOf(await post('no type at all', 'x')), 'bad-media-type')
  for (const body of [
    '',
    'null',
    '[]',
    '1',
    '"text"',
    '{}',
    '{"namespace":null,"data":null}',
    `{"namespace":"${namespace}","data":7}`,
    `{"namespace":"${namespace}","data":"AA==","flags":-1}`,
    `{"namespace":"${namespace}","data":"AA==","flags":1e300}`,
    `{"namespace":"${namespace}","data":"AA==","flags":0.5}`,
    `{"namespace":"${namespace}","data":"AA==","ordered":"yes"}`,
    `{"namespace":"${namespace}","data":"AA==","after":"zz"}`,
    `{"namespace":"${namespace}","data":"AA==","__proto__":{}}`,
    '['.repeat(100_000),
  ]) {
    for (const type of ['application/json', 'Application/JSON', 'application/json; charset=utf-8']) {
      const response = await post(type, body)
      t.is(response.status, 400, `${type} ${body.slice(0, 60)}`)
      t.is(await codeOf(response), 'bad-request')
    }
  }
  t.deepEqual(submitted, [])
})

test('a body that breaks off is not published, and its room is free again', async (t) => {
  const { url, submitted } = await serve(t)
  const port = Number(new URL(url).port)
  // More than may be under way at once, one after the other.
  for (let round = 0; round < 600; round += 100) {
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.write(`${bytes}Content-Length: 1000\r\n${end}half`)
          setTimeout(() => socket.destroy(), 50)
        })
        await new Promise((resolve) => socket.once('close', resolve))
      }),
    )
  }
  const response = await fetch(`${url}/v1/blobs?namespace=${namespace}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: Uint8Array.of(1, 2, 3),
  })
  t.is(response.status, 202)
  t.deepEqual(submitted, [3])
})

test('a HEAD of a stream is refused and listens to nothing', async (t) => {
  const { url, hub } = await serve(t)
  for (const path of [
    '/v1/events',
    `/v1/namespaces/${namespace}/blobs`,
    `/v1/blobs/${'00'.repeat(32)}/events`,
  ]) {
    t.is((await fetch(`${url}${path}`, { method: 'HEAD' })).status, 404, path)
  }
  t.is(hub.listeners.size, 0)
})

test('what the API does not have is 404 no-such-route, by every method', async (t) => {
  const { url } = await serve(t)
  for (const [method, path] of [
    ['PUT', '/v1/blobs'],
    ['DELETE', `/v1/blobs/${'00'.repeat(32)}`],
    ['PATCH', '/v1/status'],
    ['POST', '/v1/status'],
    ['OPTIONS', '/v1/blobs'],
    ['GET', '/v1/blobs'],
    ['GET', '/v1//status'],
    ['GET', '/V1/status'],
    ['GET', '/'],
  ] as const) {
    const response = await fetch(`${url}${path}`, { method })
    t.is(response.status, 404, `${method} ${path}`)
    t.is(await codeOf(response), 'no-such-route')
  }
})

test('a page of another origin cannot publish here by a form, unless its origin is named', async (t) => {
  const publish = (url: string, origin: string) =>
    fetch(`${url}/v1/blobs?namespace=${namespace}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', origin },
      body: Uint8Array.of(1),
    })
  const { url, submitted } = await serve(t)
  for (const origin of ['https://evil.example', 'null']) {
    const response = await publish(url, origin)
    t.is(response.status, 403, origin)
    t.is(await codeOf(response), 'bad-origin')
  }
  t.deepEqual(submitted, [])
  t.is((await publish(url, url)).status, 202, 'its own')
  const named = await serve(t, ['https://app.example'])
  t.is((await publish(named.url, 'https://app.example')).status, 202)
  t.is((await publish(named.url, 'https://evil.example')).status, 403)
})
