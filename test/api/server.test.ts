import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { createClient } from '../../src/api/client.ts'
import { createFullApi, createLightApi } from '../../src/api/node-api.ts'
import { silent } from '../../src/base/log.ts'
import type { NodeEvent } from '../../src/node/types.ts'
import { createHub, fullNode, lightNode, status } from './support.ts'

// Never, unless a call hangs.
const signal = AbortSignal.timeout(240_000)

const serve = async (t: ExecutionContext, node = fullNode({}), readiness = () => ({ ready: true })) => {
  const api = createFullApi({ host: '127.0.0.1', port: 0, maxRows: 1 }, { node, log: silent, readiness })
  t.teardown(() => api.stop())
  return { api, url: await api.start() }
}

const nilAt = (height: number): NodeEvent => ({ type: 'vote', kind: 'nil', height, root: '00'.repeat(32) })

test("the status is the node's own", async (t) => {
  const { url } = await serve(t)
  t.deepEqual(await createClient(url).status({ signal }), status)
})

test('healthz answers while the node is not ready, readyz says what is missing', async (t) => {
  const { url } = await serve(t, fullNode({}), () => ({ ready: false, reason: 'no peers' }))
  t.is((await fetch(`${url}/healthz`)).status, 200)
  const response = await fetch(`${url}/readyz`)
  t.is(response.status, 503)
  t.deepEqual(await response.json(), { code: 'not-ready', message: 'no peers' })
})

test('an unknown path is no blob that is absent', async (t) => {
  const { url } = await serve(t)
  const response = await fetch(`${url}/v2/blobs/x`)
  t.is(response.status, 404)
  t.is(((await response.json()) as { code: string }).code, 'no-such-route')
})

test('on loopback a request for another host name is refused', async (t) => {
  const { url } = await serve(t)
  const { port } = new URL(url)
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write('GET /v1/status HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n\r\n')
    })
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
  t.regex(answer, /^HTTP\/1\.1 403 /)
  t.regex(answer, /bad-host/)
})

test('a light node gives verdicts and has no blobs', async (t) => {
  const root = 'ee'.repeat(32)
  const api = createLightApi(
    { host: '127.0.0.1', port: 0 },
    {
      node: lightNode({ verdict: async (asked) => (asked[0] === 0xee ? 'unavailable' : undefined) }),
      log: silent,
      readiness: () => ({ ready: true }),
    },
  )
  t.teardown(() => api.stop())
  const client = createClient(await api.start())
  t.deepEqual(await client.verdict(root, { signal }), { root, verdict: 'unavailable' })
  t.is((await client.verdict('11'.repeat(32), { signal })).verdict, 'undecided')
  t.is((await client.status({ signal })).role, 'light')
  await t.throwsAsync(client.blobState(root, { signal }), { code: 'error-answer' })
})

test('events come as they happen, only of the types that were asked for', async (t) => {
  const hub = createHub()
  const { url } = await serve(t, fullNode({ events: hub.events }))
  const end = new AbortController()
  const seen: NodeEvent[] = []
  const all = (async () => {
    for await (const event of createClient(url).events({ signal: end.signal, types: ['vote'] })) {
      seen.push(event)
      if (seen.length === 2) end.abort()
    }
  })()
  while (hub.listeners.size === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  hub.emit(nilAt(1))
  hub.emit({ type: 'sampling', height: 1, root: '', samples: 3 })
  hub.emit(nilAt(2))
  await all.catch(() => {})
  t.deepEqual(seen, [nilAt(1), nilAt(2)])
})

test('a type of events that there is not is refused, not waited for in vain', async (t) => {
  const { url } = await serve(t)
  const response = await fetch(`${url}/v1/events?types=final,finals`)
  t.is(response.status, 400)
  t.regex(((await response.json()) as { message: string }).message, /sampled, got "finals"$/)
})

test('a listener that goes away is forgotten', async (t) => {
  const hub = createHub()
  const { url } = await serve(t, fullNode({ events: hub.events }))
  const end = new AbortController()
  const response = await fetch(`${url}/v1/events`, { signal: end.signal })
  t.is(response.headers.get('content-type'), 'text/event-stream')
  t.is(hub.listeners.size, 1)
  end.abort()
  while (hub.listeners.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  t.is(hub.listeners.size, 0)
})

test('a slow listener loses the oldest events, is told how many, and costs no more memory', async (t) => {
  const hub = createHub()
  const { url } = await serve(t, fullNode({ events: hub.events }))
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  socket.pause()
  while (hub.listeners.size === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const large = 'f'.repeat(4_096)
  const sent = 12_000
  for (let height = 1; height <= sent; height++) {
    hub.emit({ type: 'vote', kind: 'nil', height, root: large })
    if (height % 500 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  let text = ''
  const lastCame = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      text += data
      if (text.includes(`"height":${sent},`)) resolve()
    })
  })
  socket.resume()
  await lastCame
  socket.destroy()
  const came = text.match(/"type":"vote"/g)?.length ?? 0
  const lost = [...text.matchAll(/"lost":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
  t.true(lost > 0)
  t.is(came + lost, sent)
})

test('the seventeenth listener is refused', async (t) => {
  const { url } = await serve(t)
  const end = new AbortController()
  // Kept, because a response that nobody refers to is closed.
  const kept: Response[] = []
  for (let i = 0; i < 16; i++) kept.push(await fetch(`${url}/v1/events`, { signal: end.signal }))
  t.true(kept.every((response) => response.status === 200))
  t.is((await fetch(`${url}/v1/events`)).status, 503)
  end.abort()
})

test('a request behind another on one connection, before that was answered, ends the connection', async (t) => {
  const hub = createHub()
  const { url } = await serve(t, fullNode({ events: hub.events }))
  const { port } = new URL(url)
  const events = 'GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n'
  // More than there is room for: those that were refused with the connection hold none.
  for (let i = 0; i < 20; i++) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(events + events))
      socket.on('data', () => {})
      socket.on('error', reject)
      socket.on('close', () => resolve())
    })
  }
  const gone = new AbortController()
  t.is((await fetch(`${url}/v1/events`, { signal: gone.signal })).status, 200)
  gone.abort()
  // One after the other is what clients do.
  for (let i = 0; i < 3; i++) t.is((await fetch(`${url}/healthz`)).status, 200)
})

test('stopping ends open event streams, and twice is once', async (t) => {
  const { api, url } = await serve(t)
  const response = await fetch(`${url}/v1/events`)
  const all = response.text()
  await Promise.all([api.stop(), api.stop()])
  t.true((await all).startsWith(': weft'))
  await t.throwsAsync(createClient(url).status({ signal }), { code: 'no-node' })
})

test('a server that is no node is named as such', async (t) => {
  const server = createServer((_request, response) => response.end('<html>'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await t.throwsAsync(createClient(url).status({ signal }), { code: 'not-weft' })
  await t.throwsAsync(createClient(url).read('ab'.repeat(32), { signal }), { code: 'not-weft' })
})

test("a client's call ends by its signal", async (t) => {
  const { url } = await serve(t, fullNode({ status: () => new Promise(() => {}) }))
  const error = await t.throwsAsync(createClient(url).status({ signal: AbortSignal.timeout(50) }))
  t.is(error?.name, 'TimeoutError')
})

test('answers that nobody takes are bounded in all, and their readers are cut', async (t) => {
  const data = new Uint8Array(16 * 2 ** 20)
  const blobId = new Uint8Array(32).fill(0xab)
  const entry = { namespace: new Uint8Array(29), startCell: 0, length: data.length, flags: 0, blobId }
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1, stallMs: 1_000 },
    {
      node: fullNode({
        read: async () => ({ found: true, data, entry, height: 1, root: blobId, source: 'store' }),
      }),
      log: silent,
      readiness: () => ({ ready: true }),
    },
  )
  t.teardown(() => api.stop())
  const url = await api.start()
  const path = `/v1/blobs/${'ab'.repeat(32)}/data`
  const sockets = Array.from({ length: 24 }, () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    socket.pause()
    return socket
  })
  t.teardown(() => sockets.forEach((socket) => void socket.destroy()))
  // 16 of them fill the room.
  let answer = await fetch(`${url}${path}`)
  while (answer.status === 200) {
    await answer.arrayBuffer()
    answer = await fetch(`${url}${path}`)
  }
  t.is(answer.status, 503)
  t.is(((await answer.json()) as { code: string }).code, 'busy')
  // Whoever reads is answered when they are gone.
  while (answer.status === 503) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    answer = await fetch(`${url}${path}`)
  }
  t.is((await answer.arrayBuffer()).byteLength, data.length)
})
