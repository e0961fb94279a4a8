// Publishing over HTTP with node processes as users run them: what was acknowledged survives a SIGKILL, in its order; an
// answer that got lost on the way does not publish twice; a full queue says when to come again; a failure says why.

import test, { type ExecutionContext } from 'ava'
import { createClient, type Refusal } from '../../src/api/client.ts'
import { toHex, utf8 } from '../../src/base/bytes.ts'
import { WeftError } from '../../src/base/error.ts'
import { blobIdOf, namespaceOf } from '../../src/grid/blob.ts'
import { createProcessNet, type GenesisPace } from '../faults/support/processes.ts'
import { temporaryFolder } from '../node/support.ts'

const space = namespaceOf(utf8('published'))
const namespace = toHex(space)
const idOf = (data: Uint8Array) => toHex(blobIdOf({ namespace: space, data, flags: 0 }))

/** A validator and a full node of one chain, none of them running. */
const netOf = async (t: ExecutionContext, genesis: GenesisPace = {}) => {
  t.timeout(240_000)
  const folder = await temporaryFolder()
  const net = await createProcessNet({
    folder: folder.path,
    nodes: [
      { name: 'validator', role: 'validator' },
      { name: 'full', role: 'full' },
    ],
    genesis: { maxRows: 8, maxBands: 2, blockIntervalMs: 300, idleIntervalMs: 1_000, ...genesis },
  })
  t.teardown(async () => {
    await net.close()
    await folder.remove()
  })
  return net
}

const post = (api: string, data: Uint8Array, query = '') =>
  fetch(`${api}/v1/blobs?namespace=${namespace}${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: data as Uint8Array<ArrayBuffer>,
  })

test('what was acknowledged is there after a SIGKILL, and is certified in its order once leaders come', async (t) => {
  const signal = AbortSignal.timeout(200_000)
  const net = await netOf(t)
  // No leader runs yet: what is acknowledged now is on this node's disk and nowhere else.
  const first = await net.start('full')
  const blobs = Array.from({ length: 12 }, (_, i) => utf8(`batch ${i}`))
  for (const [i, data] of blobs.entries()) {
    const response =
      i % 2 === 0
        ? await post(first.api, data, '&ordered=true')
        : await fetch(`${first.api}/v1/blobs`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ namespace, data: Buffer.from(data).toString('base64'), ordered: true }),
          })
    t.is(response.status, 202)
    t.deepEqual(await response.json(), {
      blobId: idOf(data),
      state: 'accepted',
      ...(i > 0 && { after: idOf(blobs[i - 1]!) }),
    })
  }
  await first.kill()

  const second = await net.start('full')
  for (const [i, data] of blobs.entries()) {
    const ticket = await second.client.blobState(idOf(data), { signal })
    t.is(ticket.state, 'accepted')
    t.is(ticket.after, i === 0 ? undefined : idOf(blobs[i - 1]!))
  }
  const again = await post(second.api, blobs[3]!)
  t.is(again.status, 200, 'the same publication')
  // The time for a wait is over before there is a leader: the ticket as it stands, and no failure.
  const waited = await fetch(`${second.api}/v1/blobs/${idOf(blobs[0]!)}?wait=certified&timeoutMs=300`)
  t.is(waited.status, 200)
  t.is(((await waited.json()) as { state: string }).state, 'accepted')

  const streamed: string[] = []
  const following = (async () => {
    for await (const { state } of second.client.states(idOf(blobs[11]!), { signal })) streamed.push(state)
  })()
  await net.start('validator')
  for (const data of blobs)
    t.is((await second.client.waitFor(idOf(data), 'certified', { signal })).state, 'certified')
  await following
  t.deepEqual([streamed[0], streamed.at(-1)], ['accepted', 'certified'])
  const found: string[] = []
  for await (const { entries } of second.client.subscribe(namespace, { signal, from: 1 })) {
    found.push(...entries.map(({ blobId }) => blobId))
    if (found.length >= blobs.length) break
  }
  t.deepEqual(found, blobs.map(idOf))
})

test('answers that get lost do not publish twice, and a full queue takes the rest when it has room', async (t) => {
  const signal = AbortSignal.timeout(200_000)
  const net = await netOf(t)
  const { api, client } = await net.start('full', { args: ['--mempool-bytes', '20000'] })
  let lost = 2
  const careless = createClient(api, {
    fetch: async (...args) => {
      const response = await fetch(...args)
      if (lost-- > 0) throw new TypeError('fetch failed')
      return response
    },
  })
  const data = new Uint8Array(5_000).fill(1)
  t.is((await careless.publish({ namespace, data }, { signal })).state, 'accepted')
  t.true(lost < 0, 'it was sent three times')
  t.is((await client.status({ signal })).pendingBlobs, 1)

  const refused = await (async () => {
    for (let i = 2; i < 10; i++) {
      const response = await post(api, new Uint8Array(5_000).fill(i))
      if (response.status !== 202) return response
    }
    throw new Error('expected the queue to be full at some time')
  })()
  t.is(refused.status, 429)
  t.regex(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  t.is(((await refused.json()) as { code: string }).code, 'queue-full')
  t.is((await client.status({ signal })).pendingBlobs, 4, 'what was taken before is kept')
  const late = { namespace, data: new Uint8Array(5_000).fill(99) }
  const once = createClient(api, { attempts: 1 })
  const error = await t.throwsAsync(once.publish(late, { signal }), { instanceOf: WeftError })
  t.like(error?.data as Refusal, { status: 429, code: 'queue-full' })

  // The client comes again by itself, and there is room when a leader has taken what waits.
  const coming = createClient(api, { attempts: 60 }).publish(late, { signal })
  await net.start('validator')
  const { blobId } = await coming
  t.is((await client.waitFor(blobId, 'certified', { signal })).state, 'certified')
})

test('a publication that fails says why, at once to those who wait, and begins anew when it is published again', async (t) => {
  const signal = AbortSignal.timeout(200_000)
  // Nobody leads this chain, and it keeps nothing for longer than a few seconds.
  const net = await netOf(t, { retentionMs: 5_000 })
  const { api, client } = await net.start('full')
  const [one, two] = [utf8('one'), utf8('two')]
  await client.publish({ namespace, data: one }, { signal, ordered: true })
  const states: string[] = []
  const following = (async () => {
    for await (const { state, code } of client.states(idOf(one), { signal })) states.push(code ?? state)
  })()
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  await client.publish({ namespace, data: two }, { signal, ordered: true })
  const response = await fetch(`${api}/v1/blobs/${idOf(one)}?wait=certified&timeoutMs=60000`)
  t.like(await response.json(), { state: 'failed', code: 'expired' })
  await following
  t.deepEqual(states, ['accepted', 'expired'])
  t.like(await client.waitFor(idOf(two), 'certified', { signal }), {
    state: 'failed',
    code: 'predecessor-failed',
  })
  const behind = await post(api, utf8('three'), `&after=${idOf(one)}`)
  t.is(behind.status, 409)
  t.is(((await behind.json()) as { code: string }).code, 'predecessor-failed')
  const unknown = await post(api, utf8('three'), `&after=${'5e'.repeat(32)}`)
  t.is(unknown.status, 409)
  t.is(((await unknown.json()) as { code: string }).code, 'predecessor-unknown')
  t.is((await post(api, one)).status, 202)
  t.is((await client.blobState(idOf(one), { signal })).state, 'accepted')
})
