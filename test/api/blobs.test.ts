import test, { type ExecutionContext } from 'ava'
import { createClient, type Refusal } from '../../src/api/client.ts'
import { createFullApi } from '../../src/api/node-api.ts'
import { READS_AT_ONCE } from '../../src/api/read-routes.ts'
import { fromHex, toHex } from '../../src/base/bytes.ts'
import { WeftError } from '../../src/base/error.ts'
import { silent } from '../../src/base/log.ts'
import { headerRoot, KIND } from '../../src/chain/signing.ts'
import { blobIdOf } from '../../src/grid/blob.ts'
import { commitmentsRootOf, entriesRootOf } from '../../src/grid/roots.ts'
import type { BlobInput, ReadAnswer } from '../../src/node/types.ts'
import { certificateOf, fixtureChain, headerOf } from '../chain/fixture.ts'
import { fullNode } from './support.ts'

const namespace = `${'00'.repeat(19)}${'61'.repeat(10)}`
const blobId = '5e'.repeat(32)
const root = new Uint8Array(32).fill(7)
// Never, unless a call hangs.
const signal = AbortSignal.timeout(240_000)

const serve = async (t: ExecutionContext, node: Parameters<typeof fullNode>[0], maxRows = 1) => {
  const api = createFullApi(
    { host: '127.0.0.1', port: 0, maxRows },
    { node: fullNode(node), log: silent, readiness: () => ({ ready: true }) },
  )
  t.teardown(() => api.stop())
  return api.start()
}

const taking = () => {
  const taken: BlobInput[] = []
  const submit = async (blob: BlobInput) => {
    taken.push(blob)
    return { blobId: fromHex(blobId) as Uint8Array, state: { state: 'accepted' } as const, isNew: true }
  }
  return { taken, submit }
}

const refusalOf = async (t: ExecutionContext, call: Promise<unknown>): Promise<Refusal> => {
  const error = await t.throwsAsync(call, { instanceOf: WeftError, code: 'error-answer' })
  return error?.data as Refusal
}

test('publishing bytes answers 202 with a ticket, and the node gets exactly these bytes', async (t) => {
  const { taken, submit } = taking()
  const url = await serve(t, { submit })
  const data = Uint8Array.from({ length: 5_000 }, (_, i) => i % 251)
  const response = await fetch(`${url}/v1/blobs?namespace=${namespace}&flags=1`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: data,
  })
  t.is(response.status, 202)
  t.deepEqual(await response.json(), { blobId, state: 'accepted' })
  t.deepEqual(taken[0]?.data, data)
  t.is(toHex(taken[0]?.namespace as Uint8Array), namespace)
  t.is(taken[0]?.flags, 1)
})

test('publishing JSON in base64 is the same publication', async (t) => {
  const { taken, submit } = taking()
  const url = await serve(t, { submit })
  const response = await fetch(`${url}/v1/blobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ namespace, data: 'AQID' }),
  })
  t.is(response.status, 202)
  t.deepEqual(taken[0], {
    namespace: fromHex(namespace) as Uint8Array,
    flags: 0,
    data: Uint8Array.of(1, 2, 3),
  })
})

test('namespace and flags can come in headers', async (t) => {
  const { taken, submit } = taking()
  const url = await serve(t, { submit })
  const response = await fetch(`${url}/v1/blobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'weft-namespace': namespace, 'weft-flags': '3' },
    body: new Uint8Array(1),
  })
  t.is(response.status, 202)
  t.is(taken[0]?.flags, 3)
})

const bad: readonly (readonly [string, string, RequestInit, number, string])[] = [
  ['a namespace that is too short', '?namespace=abcd', bytes(), 400, 'bad-namespace'],
  ['no namespace', '', bytes(), 400, 'bad-namespace'],
  ['flags that are no number', `?namespace=${namespace}&flags=aligned`, bytes(), 400, 'bad-request'],
  ['an unknown query', `?namespace=${namespace}&nonsense=1`, bytes(), 400, 'bad-request'],
  ['a body of another type', '', { method: 'POST', body: 'text' }, 415, 'bad-media-type'],
  ['JSON that is none', '', json('{'), 400, 'bad-request'],
  [
    'JSON with an unknown field',
    '',
    json(JSON.stringify({ namespace, data: '', more: 1 })),
    400,
    'bad-request',
  ],
  ['JSON without data', '', json(JSON.stringify({ namespace })), 400, 'bad-request'],
  ['base64 that is none', '', json(JSON.stringify({ namespace, data: '!!!' })), 400, 'bad-request'],
  ['more bytes than any block holds', `?namespace=${namespace}`, bytes(200_000), 413, 'blob-too-large'],
]

function bytes(length = 1): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(length),
  }
}

function json(body: string): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body }
}

for (const [what, query, request, status, code] of bad) {
  test(`publishing ${what} is refused as ${code} before the node sees it`, async (t) => {
    const { taken, submit } = taking()
    const url = await serve(t, { submit })
    const response = await fetch(`${url}/v1/blobs${query}`, request)
    const body = (await response.json()) as { code: string; message: string }
    t.is(response.status, status)
    t.is(body.code, code)
    t.is(typeof body.message, 'string')
    t.is(taken.length, 0)
  })
}

test("a node's refusal keeps its code, and a full queue asks to come again", async (t) => {
  const url = await serve(t, {
    submit: async () => {
      throw new WeftError('queue-full', 'expected room', undefined)
    },
  })
  const response = await fetch(`${url}/v1/blobs?namespace=${namespace}`, bytes())
  t.is(response.status, 429)
  t.is(response.headers.get('retry-after'), '2')
  t.is(((await response.json()) as { code: string }).code, 'queue-full')
})

test('a fault of the node is 500 without its message', async (t) => {
  const url = await serve(t, {
    ticket: async () => {
      throw new Error('secret path /home/someone')
    },
  })
  const response = await fetch(`${url}/v1/blobs/${blobId}`)
  const body = await response.text()
  t.is(response.status, 500)
  t.false(body.includes('secret'))
})

test('the state of a blob names its block once it is in one', async (t) => {
  const url = await serve(t, {
    ticket: async (id) => ({ blobId: id, state: { state: 'certified', height: 5, root } }),
  })
  t.deepEqual(await createClient(url).blobState(blobId, { signal }), {
    blobId,
    state: 'certified',
    height: 5,
    root: toHex(root),
  })
})

test('reading gives the bytes, their place and their source', async (t) => {
  const data = Uint8Array.from({ length: 70_000 }, (_, i) => i % 253)
  const entry = {
    namespace: fromHex(namespace) as Uint8Array,
    startCell: 0,
    length: data.length,
    flags: 1,
    blobId: blobIdOf({ namespace: fromHex(namespace) as Uint8Array, flags: 1, data }),
  }
  const url = await serve(t, {
    read: async () => ({ found: true, data, entry, height: 5, root, source: 'peers' }),
  })
  const seen: number[] = []
  const client = createClient(url)
  const answer = await client.read(toHex(entry.blobId), { signal, onProgress: (done) => seen.push(done) })
  const length = data.length
  t.deepEqual(answer, { data, namespace, flags: 1, length, height: 5, root: toHex(root), source: 'peers' })
  t.is(seen.at(-1), data.length)
  // Under another name they are not taken.
  await t.throwsAsync(client.read(blobId, { signal }), { code: 'wrong-answer' })
})

const answers: readonly (readonly [Extract<ReadAnswer, { found: false }>['reason'], number])[] = [
  ['absent', 404],
  ['pruned', 410],
  ['unreachable', 503],
]
for (const [reason, status] of answers) {
  test(`a blob that is ${reason} is answered with ${status}`, async (t) => {
    const url = await serve(t, { read: async () => ({ found: false, reason }) })
    t.deepEqual(await refusalOf(t, createClient(url).read(blobId, { signal })), {
      status,
      code: reason,
      ...(status === 503 && { retryAfterMs: 2_000 }),
    })
  })
}

test('a read ends by its deadline as unreachable, never as absent', async (t) => {
  const url = await serve(t, {
    read: (_id, { signal: limit }) =>
      new Promise((_, reject) => limit.addEventListener('abort', () => reject(limit.reason), { once: true })),
  })
  const refusal = await refusalOf(t, createClient(url).read(blobId, { signal, timeoutMs: 50 }))
  t.deepEqual(refusal, { status: 503, code: 'unreachable', retryAfterMs: 2_000 })
})

test('a read ends when its reader goes away', async (t) => {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const begun = Promise.withResolvers<void>()
  const url = await serve(t, {
    read: (_id, { signal: limit }) => {
      begun.resolve()
      return new Promise((_, reject) =>
        limit.addEventListener('abort', () => {
          resolve(limit.reason)
          reject(limit.reason)
        }),
      )
    },
  })
  const gone = new AbortController()
  const call = createClient(url).read(blobId, { signal: gone.signal })
  await begun.promise
  gone.abort(new Error('enough'))
  await t.throwsAsync(call, { message: 'enough' })
  t.regex(String(await promise), /went away/)
})

test('reads beyond the places wait in line, each until its own deadline, and get their turn', async (t) => {
  let release = (_: ReadAnswer) => {}
  let under = 0
  const answer = new Promise<ReadAnswer>((resolve) => {
    release = resolve
  })
  const url = await serve(t, {
    read: () => {
      under++
      return answer
    },
  })
  const client = createClient(url)
  const waiting = Array.from({ length: READS_AT_ONCE + 4 }, () =>
    refusalOf(t, client.read(blobId, { signal })),
  )
  while (under < READS_AT_ONCE) await new Promise((resolve) => setTimeout(resolve, 10))
  const late = await refusalOf(t, client.read(blobId, { signal, timeoutMs: 50 }))
  t.is(late.code, 'unreachable')
  t.is(under, READS_AT_ONCE)
  release({ found: false, reason: 'absent' })
  for (const { status } of await Promise.all(waiting)) t.is(status, 404)
  t.is(under, READS_AT_ONCE + 4)
})

const entry = {
  namespace: fromHex(namespace) as Uint8Array,
  startCell: 0,
  length: 12,
  flags: 0,
  blobId: fromHex(blobId) as Uint8Array,
}
const other = { ...entry, namespace: fromHex(`${'00'.repeat(19)}${'62'.repeat(10)}`) as Uint8Array }
const commitments = [new Uint8Array(48)]
const chain = fixtureChain()
const header = headerOf(chain, 5, {
  rowCount: 1,
  entriesCell: 2,
  entriesRoot: entriesRootOf([entry, other]),
  commitmentsRoot: commitmentsRootOf(commitments),
})

test('a block lists its entries, by namespace where asked, with all of them for a proof, and says honestly what it is not', async (t) => {
  const root = headerRoot(header)
  const block = { height: 5, root, header, commitments, entries: [entry, other] }
  const url = await serve(t, {
    block: async (height) => {
      if (height === 5) return { found: true, ...block }
      if (height === 4) return { found: false, reason: 'empty', next: block }
      return { found: false, reason: height === 3 ? 'pruned' : height === 6 ? 'future' : 'unreachable' }
    },
    finality: async () => ({
      headers: [header],
      certificate: certificateOf(chain, [0, 1, 2], KIND.finalize, 5, root),
    }),
  })
  const client = createClient(url)
  const whole = await client.block(5, { signal })
  t.is(whole.root, toHex(root))
  t.deepEqual(whole.entries[0], { blobId, namespace, startCell: 0, length: 12, flags: 0 })
  t.is(whole.entries.length, 2)
  t.is(whole.allEntries, undefined)
  t.is(whole.finality, undefined)
  const proven = await client.block(5, { signal, namespace, proof: true })
  t.is(proven.entries.length, 1)
  t.is(proven.allEntries?.length, 2)
  t.is(proven.header.dataRoot, toHex(header.dataRoot))
  t.is(proven.finality?.certificate.signers, '1110')
  t.deepEqual(proven.finality?.headers, [])
  const codes = [3, 4, 6, 7].map(async (height) => {
    const { status, code } = await refusalOf(t, client.block(height, { signal }))
    return [status, code]
  })
  t.deepEqual(await Promise.all(codes), [
    [410, 'pruned'],
    [404, 'empty-height'],
    [503, 'not-final-yet'],
    [503, 'unreachable'],
  ])
})

test('a row is read whole: a part of it is refused, not ignored', async (t) => {
  const url = await serve(t, {})
  const response = await fetch(`${url}/v1/rows/${blobId}/data?offset=1&length=2`)
  t.is(response.status, 400)
})

test('genesis holds no block, for ever', async (t) => {
  const url = await serve(t, {})
  for (const path of ['blocks/0', 'headers/0']) {
    const response = await fetch(`${url}/v1/${path}`)
    t.is(response.status, 404)
    t.is(((await response.json()) as { code: string }).code, 'empty-height')
  }
})

test('what a schema refuses is said in one sentence that names it', async (t) => {
  const url = await serve(t, {})
  const messageOf = async (path: string, init?: RequestInit) =>
    ((await (await fetch(`${url}${path}`, init)).json()) as { message: string }).message
  const id = `/v1/blobs/${blobId}`
  t.is(await messageOf(`${id}?wait=accepted`), 'expected wait in the query to be included or certified')
  t.is(await messageOf(`${id}?foo=1`), 'expected no "foo" in the query')
  t.is(await messageOf('/v1/blobs', json('{"data":"AA=="}')), 'expected "namespace" in the body')
  t.regex(await messageOf(`${id}?timeoutMs=1s`), /^expected timeoutMs in the query otherwise: it must match/)
})

test('heights and blobIds that are none are refused with one sentence', async (t) => {
  const url = await serve(t, {})
  for (const path of [
    '/v1/blobs/zz',
    '/v1/blobs/zz/data',
    '/v1/blocks/-1',
    '/v1/blocks/1e3',
    '/v1/blocks/x',
  ]) {
    const response = await fetch(`${url}${path}`)
    t.is(response.status, 400, path)
    t.regex(((await response.json()) as { message: string }).message, /^expected .* got /)
  }
})
