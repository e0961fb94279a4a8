// The alt-DA server as op-batcher and op-node speak to it, against a real chain: what they send and what they take.

import { join } from 'node:path'
import test from 'ava'
import { createAltDaApi } from '../../../src/api/altda/api.ts'
import { ALT_DA_NAMESPACE_ID } from '../../../src/api/altda/routes.ts'
import { equal, toHex } from '../../../src/base/bytes.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import { keccakCommitment } from '../../../src/rollups/keccak.ts'
import { decodeLocator, encodeLocator, LAYER_BYTE } from '../../../src/rollups/locator.ts'
import { until } from '../../node/support.ts'
import { bytesOf } from '../../rollups/support.ts'
import { startApi, startChain } from '../stacks/support.ts'

const namespace = namespaceOf(ALT_DA_NAMESPACE_ID)

/** As op-alt-da's client sends it, and as op-batcher goes on: 503 is "not now", of a chain on a busy machine too. */
const put = (url: string, path: string, body: Uint8Array, query = '') =>
  whileBusy(() =>
    fetch(`${url}/${path}${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: body as Uint8Array<ArrayBuffer>,
    }),
  )
const get = (url: string, commitment: string, query = '') => fetch(`${url}/get/${commitment}${query}`)
const bytesIn = async (response: Response) => new Uint8Array(await response.arrayBuffer())

test('op-batcher puts and op-node gets, keccak and generic, at two nodes and after a restart', async (t) => {
  const chain = await startChain(t)
  const { validator, facts, path } = chain
  const indexLocation = join(path, 'index')
  const first = await startApi(t, createAltDaApi, { chain: facts, namespace, indexLocation }, validator)
  const { url } = first

  // Keccak: the client makes the commitment; the answer's status is all that counts.
  const frame = bytesOf(130_672, 1)
  const keccak = toHex(keccakCommitment(frame))
  const putting = await put(url, `put/0x${keccak}`, frame)
  t.is(putting.status, 200)
  for (const spelling of [`0x${keccak}`, keccak, `0x${keccak.toUpperCase()}`]) {
    const response = await get(url, spelling)
    t.is(response.status, 200)
    t.true(equal(await bytesIn(response), frame))
  }
  // op-batcher repeats what it is not sure of.
  t.is((await put(url, `put/0x${keccak}`, frame)).status, 200)

  // Generic: the answer is the commitment, raw bytes, whatever the specification says of hex.
  const body = bytesOf(5_000, 2)
  const made = await put(url, 'put/', body)
  t.is(made.status, 200)
  const commitment = await bytesIn(made)
  t.is(commitment[0], 1)
  t.is(commitment[1], LAYER_BYTE)
  const locator = decodeLocator(commitment)!
  t.true(equal(await bytesIn(await get(url, `0x${toHex(commitment)}`)), body))
  t.deepEqual(await bytesIn(await put(url, 'put', body)), commitment, 'without the slash, and again')

  // What surely is not there is 404; the forks, who say so by a query, are told to drop it.
  const nobody = toHex(keccakCommitment(bytesOf(10, 3)))
  t.is((await whileBusy(() => get(url, `0x${nobody}`))).status, 404)
  const otherHeight = toHex(encodeLocator({ ...locator, height: locator.height - 1 }))
  t.is((await get(url, `0x${otherHeight}`)).status, 404)
  const dropped = await get(url, `0x${otherHeight}`, '?l1_inclusion_block_number=7')
  t.is(dropped.status, 418)
  const { StatusCode, Msg } = (await dropped.json()) as { StatusCode: number; Msg: string }
  t.is(StatusCode, 3)
  t.is(typeof Msg, 'string')
  const unread = await get(url, `0x01${LAYER_BYTE.toString(16)}09`, '?l1_inclusion_block_number=7')
  t.is(unread.status, 418)
  t.is(((await unread.json()) as { StatusCode: number }).StatusCode, 1)
  t.is((await get(url, `0x${toHex(commitment)}`, '?l1_inclusion_block_number=7')).status, 200)
  // A height that is not final yet says nothing about its data.
  const future = toHex(encodeLocator({ ...locator, height: locator.height + 1_000_000 }))
  t.is((await get(url, `0x${future}`)).status, 503)

  // Another node learns the hash from the chain alone.
  const full = await chain.addFullNode('full')
  const second = await startApi(
    t,
    createAltDaApi,
    { chain: facts, namespace, indexLocation: join(path, 'index-2') },
    full,
  )
  const there = await whileBusy(() => get(second.url, `0x${keccak}`))
  t.is(there.status, 200)
  t.true(equal(await bytesIn(there), frame))
  t.is((await whileBusy(() => get(second.url, `0x${nobody}`))).status, 404)

  // The index is on disk: a new process on the same folder knows.
  await first.api.stop()
  const again = await startApi(t, createAltDaApi, { chain: facts, namespace, indexLocation }, validator)
  t.is((await get(again.url, `0x${keccak}`)).status, 200)
})

/** The first answer that is not "ask again". */
const whileBusy = async (ask: () => Promise<Response>): Promise<Response> => {
  for (let i = 0; i < 60; i++) {
    const response = await ask()
    if (response.status !== 503) return response
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error('waited in vain for an answer that is not 503')
}

test('an index that began when blocks had been deleted finds what is kept, and says 410 of the rest', async (t) => {
  const { validator, facts, path } = await startChain(t, {
    maxRows: 1,
    retentionMs: 10_000,
    idleIntervalMs: 500,
  })
  await until('blocks to be deleted', 60_000, async () => (await validator.status()).earliestHeight > 1)
  const indexLocation = join(path, 'index')
  const { url } = await startApi(t, createAltDaApi, { chain: facts, namespace, indexLocation }, validator)
  const nobody = toHex(keccakCommitment(bytesOf(10, 3)))
  for (const query of ['', '?l1_inclusion_block_number=7'])
    t.is((await whileBusy(() => get(url, `0x${nobody}`, query))).status, 410)
  const frame = bytesOf(1_000, 4)
  const keccak = toHex(keccakCommitment(frame))
  t.is((await put(url, `put/0x${keccak}`, frame)).status, 200)
  t.is((await whileBusy(() => get(url, `0x${keccak}`))).status, 200)
})

test('what no client should send is 400 or 413, never 404', async (t) => {
  const { validator, facts, path } = await startChain(t, { maxRows: 1 })
  const { url } = await startApi(
    t,
    createAltDaApi,
    { chain: facts, namespace, indexLocation: join(path, 'index') },
    validator,
  )
  const frame = bytesOf(100, 1)
  const other = `0x${toHex(keccakCommitment(bytesOf(100, 2)))}`
  t.is((await put(url, `put/${other}`, frame)).status, 400, 'bytes of another hash')
  t.is((await put(url, 'put/0xzz', frame)).status, 400, 'no hex')
  t.is((await put(url, `put/0x01${'ab'.repeat(32)}`, frame)).status, 400, 'a generic commitment')
  t.is((await put(url, 'put/', new Uint8Array())).status, 400, 'no bytes')
  t.is((await put(url, 'put/', bytesOf(130_000, 3))).status, 413, 'more than any block holds')
  t.is((await get(url, '0x')).status, 400)
  t.is((await get(url, '0xnothex')).status, 400)
  t.is((await get(url, `0x010c${'ab'.repeat(32)}`)).status, 400, "Celestia's")
  t.is((await get(url, `0x0100${'ab'.repeat(2_000)}`)).status, 400, "EigenDA's, which is long")
  t.is((await get(url, 'a/b')).status, 400)
  t.is((await fetch(`${url}/other`)).status, 400)
  t.is((await fetch(`${url}/get/0x00`, { method: 'POST' })).status, 400)
})
