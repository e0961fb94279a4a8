// Bodies of bytes over real connections: whole, in pieces, of no stated length, too long, and shorter than was stated.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import test from 'ava'
import { fastify } from 'fastify'
import { readOctets } from '../../src/api/octets.ts'

const LIMIT = 300_000
const app = fastify({ bodyLimit: LIMIT })
app.addContentTypeParser('application/octet-stream', readOctets)
let handled = 0
app.post('/', async ({ body }) => {
  handled++
  return { hex: Buffer.from(body as Uint8Array).toString('hex') }
})
let port = 0
test.before(async () => {
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})
test.after.always(() => app.close())

const post = (body: BodyInit) =>
  fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body,
    duplex: 'half',
  } as RequestInit)

const streamed = (bytes: Uint8Array) =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 7_001) controller.enqueue(bytes.subarray(at, at + 7_001))
      controller.close()
    },
  })

test.serial('a body comes as it was sent, of a stated length or not', async (t) => {
  for (const length of [1, 65_536, LIMIT]) {
    const bytes = new Uint8Array(randomBytes(length))
    for (const body of [bytes, streamed(bytes)]) {
      const answer = await post(body)
      t.is(answer.status, 200)
      t.deepEqual(((await answer.json()) as { hex: string }).hex, Buffer.from(bytes).toString('hex'))
    }
  }
})

test.serial('a body beyond the limit is refused, of a stated length or not', async (t) => {
  const bytes = new Uint8Array(LIMIT + 1)
  for (const body of [bytes, streamed(bytes)]) {
    const answer = await post(body)
    t.is(answer.status, 413)
    t.is(((await answer.json()) as { code: string }).code, 'FST_ERR_CTP_BODY_TOO_LARGE')
  }
})

test.serial('a body that ends before its stated length makes no request', async (t) => {
  const before = handled
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/octet-stream\r\ncontent-length: 10\r\n\r\n12345',
  )
  socket.end()
  const [chunk] = await Promise.race([once(socket, 'data'), once(socket, 'close')])
  if (chunk instanceof Uint8Array) t.regex(Buffer.from(chunk).toString(), /^HTTP\/1.1 400/)
  t.is(handled, before)
  t.is((await post(new Uint8Array([1]))).status, 200)
})
