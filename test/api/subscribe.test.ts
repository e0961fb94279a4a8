// Subscriptions that break off: whoever comes back with the id of its last event misses nothing and hears nothing twice,
// whether it is the client, a browser that sends Last-Event-ID by itself, or somebody with plain HTTP.

import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { createClient } from '../../src/api/client.ts'
import { createFullApi } from '../../src/api/node-api.ts'
import { fromHex } from '../../src/base/bytes.ts'
import { WeftError } from '../../src/base/error.ts'
import { silent } from '../../src/base/log.ts'
import type { NamespaceBlock } from '../../src/node/types.ts'
import { fixtureChain, headerOf } from '../chain/fixture.ts'
import { fullNode, status } from './support.ts'

const namespace = `${'00'.repeat(19)}${'61'.repeat(10)}`
const signal = AbortSignal.timeout(60_000)

/** Blocks of even heights hold a blob of the namespace. */
const blockAt = (height: number): NamespaceBlock => {
  const entry = {
    namespace: fromHex(namespace) as Uint8Array,
    startCell: 1,
    length: 12,
    flags: 0,
    blobId: new Uint8Array(32).fill(height),
  }
  const own = height % 2 === 0 ? [entry] : []
  const header = headerOf(fixtureChain(), height)
  return { height, root: new Uint8Array(32), header, commitments: [], entries: own, own }
}

/** A node whose streams end after so many blocks, by the node's fault or without a word. */
const serve = async (t: ExecutionContext, perStream: number, error?: unknown) => {
  const begun: number[] = []
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1 },
    {
      node: fullNode({
        status: async () => ({ ...status, earliestHeight: 1 }),
        newestHeader: async () => undefined,
        subscribe: async function* ({ height }) {
          begun.push(height)
          for (let at = height; at < height + perStream; at++) yield blockAt(at)
          if (error !== undefined) throw error
        },
      }),
      log: silent,
      readiness: () => ({ ready: true }),
    },
  )
  t.teardown(() => api.stop())
  return { url: await api.start(), begun }
}

const idsOf = async (response: Response) =>
  [...(await response.text()).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))

test('Last-Event-ID goes on behind the last event, whatever `from` says', async (t) => {
  const { url } = await serve(t, 3)
  const path = `${url}/v1/namespaces/${namespace}/blobs?from=5`
  t.deepEqual(await idsOf(await fetch(path)), [5, 6, 7])
  t.deepEqual(await idsOf(await fetch(path, { headers: { 'last-event-id': '7' } })), [8, 9, 10])
  const bad = await fetch(path, { headers: { 'last-event-id': 'seven' } })
  t.is(bad.status, 400)
})

for (const [what, error] of [
  ['without a word', undefined],
  ['with an error that passes', new WeftError('unreachable', 'not now', undefined)],
] as const) {
  test(`the client goes on where a stream ended ${what}, and hears every block once`, async (t) => {
    const { url, begun } = await serve(t, 3, error)
    const heard: number[] = []
    for await (const { height } of createClient(url).subscribe(namespace, { signal, from: 1 })) {
      heard.push(height)
      if (heard.length === 5) break
    }
    t.deepEqual(heard, [2, 4, 6, 8, 10])
    t.deepEqual(begun.slice(0, 4), [1, 4, 7, 10])
  })
}

test('a subscription to what is not kept any more is pruned, at once and while it runs', async (t) => {
  const { url } = await serve(t, 1, new WeftError('pruned', 'gone', { earliest: 40 }))
  const early = await fetch(`${url}/v1/namespaces/${namespace}/blobs?from=0`)
  t.is(early.status, 410)
  t.is(((await early.json()) as { code: string }).code, 'pruned')
  const text = await (await fetch(`${url}/v1/namespaces/${namespace}/blobs?from=2`)).text()
  t.regex(text, /event: error\ndata: \{"code":"pruned",.*"earliest":40/)
  const call = async () => {
    for await (const _ of createClient(url).subscribe(namespace, { signal, from: 2 }));
  }
  const error = await t.throwsAsync(call, { code: 'error-answer' })
  t.is((error as WeftError<string, { status: number }>).data.status, 410)
})

test('a reader that goes away while the disk is looked at for it keeps no place', async (t) => {
  let isSlow = true
  let asked = 0
  const listening = new Set<AbortSignal>()
  const wait = async (_what: unknown, { signal: own }: { readonly signal: AbortSignal }) => {
    listening.add(own)
    await new Promise<void>((resolve) => {
      if (own.aborted) resolve()
      else own.addEventListener('abort', () => resolve(), { once: true })
    })
    listening.delete(own)
  }
  const slowly = async () => {
    asked++
    if (isSlow) await new Promise((resolve) => setTimeout(resolve, 300))
  }
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows: 1 },
    {
      node: fullNode({
        status: async () => {
          await slowly()
          return { ...status, earliestHeight: 1 }
        },
        newestHeader: async () => undefined,
        // biome-ignore lint/correctness/useYield: nothing ever comes
        subscribe: async function* (what, options) {
          await wait(what, options)
        },
        ticket: async (blobId) => {
          await slowly()
          return { blobId, state: { state: 'accepted' } }
        },
        // biome-ignore lint/correctness/useYield: likewise
        states: async function* (what, options) {
          await wait(what, options)
        },
      }),
      log: silent,
      readiness: () => ({ ready: true }),
    },
  )
  t.teardown(() => api.stop())
  const url = new URL(await api.start())
  for (const path of [`/v1/namespaces/${namespace}/blobs?from=5`, `/v1/blobs/${'ab'.repeat(32)}/events`]) {
    const before = asked
    const socket = connect(Number(url.port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    while (asked === before) await new Promise((resolve) => setTimeout(resolve, 10))
    socket.destroy()
  }
  await new Promise((resolve) => setTimeout(resolve, 700))
  t.is(listening.size, 0)
  isSlow = false
})
