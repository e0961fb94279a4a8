// Readers that ask and do not take the answer: what they hold is bounded in bytes and in time, and others are answered.

import { connect, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { createFullApi, type NodeApiInit } from '../../src/api/node-api.ts'
import { silent } from '../../src/base/log.ts'
import { fullNode } from './support.ts'

const MiB = 2 ** 20
const blobId = '5e'.repeat(32)

/** A node whose every blob has so many bytes. */
const serve = async (t: ExecutionContext, length: number, init: Partial<NodeApiInit> = {}) => {
  // One for all: what is counted is what would be held.
  const data = new Uint8Array(length)
  const entry = { namespace: new Uint8Array(29), startCell: 0, length, flags: 0, blobId: new Uint8Array(32) }
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1, ...init },
    {
      node: fullNode({
        read: async () => ({ found: true, data, entry, height: 5, root: entry.blobId, source: 'store' }),
      }),
      log: silent,
      readiness: () => ({ ready: true }),
    },
  )
  t.teardown(() => api.stop())
  return api.start()
}

/** Asks, and reads the head of the answer only. */
const askAndStop = async (t: ExecutionContext, url: string): Promise<Socket> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(`GET /v1/blobs/${blobId}/data HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  await new Promise((resolve) => socket.once('readable', resolve))
  return socket
}

test('what slow readers have not taken is bounded, and there is room again when they are gone', async (t) => {
  const url = await serve(t, 60 * MiB)
  const slow = await Promise.all([1, 2, 3, 4].map(() => askAndStop(t, url)))
  const refused = await fetch(`${url}/v1/blobs/${blobId}/data`)
  t.is(refused.status, 503)
  t.is(refused.headers.get('retry-after'), '2')
  t.is(((await refused.json()) as { code: string }).code, 'busy')
  slow[0]?.destroy()
  for (let i = 0; i < 100; i++) {
    const response = await fetch(`${url}/v1/blobs/${blobId}/data`)
    const { byteLength } = await response.arrayBuffer()
    if (response.status === 200) return t.is(byteLength, 60 * MiB)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  t.fail('expected room after a reader was gone')
})

test('a reader that takes nothing is cut', async (t) => {
  const url = await serve(t, 60 * MiB, { stallMs: 500 })
  const socket = await askAndStop(t, url)
  // A socket that is not read from does not hear of its end: what was on its way is read first.
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  let bytes = 0
  socket.on('data', (part) => {
    bytes += part.length
  })
  await new Promise((resolve) => socket.once('close', resolve))
  t.true(bytes < 60 * MiB)
})
