// The beacon endpoints as op-node and Nitro ask them, against a real chain with rows packed by viem, OP and Nitro, which
// were handed over raw and must come back bit for bit; viem computes commitments and versioned hashes.

import test from 'ava'
import { blobsToCommitments, commitmentsToVersionedHashes, fromBlobs, toBlobs } from 'viem'
import { prefersOctets } from '../../../src/api/beacon/accept.ts'
import { createBeaconApi } from '../../../src/api/beacon/api.ts'
import { concat, equal, fromHex, utf8 } from '../../../src/base/bytes.ts'
import { FLAG_ALIGNED, FLAG_RAW, namespaceOf } from '../../../src/grid/blob.ts'
import { createKzg } from '../../../src/kzg/index.ts'
import { packNitro, unpackNitro } from '../../../src/rollups/packings/nitro.ts'
import { packOp, unpackOp } from '../../../src/rollups/packings/op.ts'
import { bytesOf } from '../../rollups/support.ts'
import { startApi, startChain } from '../stacks/support.ts'
import { fullNode, status } from '../support.ts'

const namespace = namespaceOf(utf8('blobs'))
const version = '1.2.3'
const kzg = await createKzg({ role: 'committer' })
const hashesOf = (rows: readonly Uint8Array[]) =>
  commitmentsToVersionedHashes({ commitments: blobsToCommitments({ blobs: [...rows], kzg }), to: 'hex' })

interface Blobs {
  readonly execution_optimistic: boolean
  readonly finalized: boolean
  readonly data: readonly string[]
}
const rowsIn = async (response: Response) => {
  const { data } = (await response.json()) as Blobs
  return data.map((hex) => fromHex(hex)!)
}
const areRows = (got: readonly Uint8Array[], wanted: readonly Uint8Array[]) =>
  got.length === wanted.length && got.every((row, i) => equal(row, wanted[i]!))

test('rows handed over raw come back by versioned hash with the packing that they had', async (t) => {
  const { validator, facts } = await startChain(t, { maxRows: 16 })
  const { url } = await startApi(t, createBeaconApi, { chain: facts, version }, validator)
  const signal = AbortSignal.timeout(120_000)
  // While a block is final and not on disk yet nothing is surely absent: 503, which means that one asks again.
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> => {
    const response = await fetch(`${url}${path}`, { headers, signal })
    if (response.status !== 503) return response
    await new Promise((resolve) => setTimeout(resolve, 50))
    return get(path, headers)
  }

  const payload = bytesOf(140_000, 1)
  const viem = toBlobs({ data: payload, to: 'bytes' })
  const op = [packOp(payload.subarray(0, 100_000))]
  const nitro = packNitro(payload)
  const rows = [...viem, ...op, ...nitro]
  const places: { readonly height: number; readonly root: Uint8Array }[] = []
  for (const packed of [viem, op, nitro]) {
    const { blobId } = await validator.submit({
      namespace,
      data: concat(...packed),
      flags: FLAG_ALIGNED | FLAG_RAW,
    })
    const state = await validator.waitFor(blobId, 'certified', { signal })
    if (state.state !== 'certified') throw new Error(state.state)
    places.push(state)
  }
  const hashes = hashesOf(rows)
  t.is(new Set(hashes).size, 5)

  // Repeated, with commas, and both: always in the order of the request.
  const mixed = [4, 0, 2, 1, 3]
  const asked = mixed.map((i) => hashes[i]!)
  for (const query of [
    asked.map((hash) => `versioned_hashes=${hash}`).join('&'),
    `versioned_hashes=${asked.join(',')}`,
    `versioned_hashes=${asked.slice(0, 2).join(',')}&versioned_hashes=${asked.slice(2).join('%2C')}`,
  ]) {
    const response = await get(`/eth/v1/beacon/blobs/head?${query}`)
    t.is(response.status, 200)
    t.true(
      areRows(
        await rowsIn(response),
        mixed.map((i) => rows[i]!),
      ),
    )
  }
  // Whatever slot a client comes to from another chain's clock.
  const slot = await get(`/eth/v1/beacon/blobs/99999999?versioned_hashes=${hashes[2]}`)
  const [row] = await rowsIn(slot)
  t.true(equal(unpackOp(row!), payload.subarray(0, 100_000)))
  const both = await rowsIn(await get(`/eth/v1/beacon/blobs/head?versioned_hashes=${hashes[3]},${hashes[4]}`))
  t.true(equal(unpackNitro(both), payload))
  t.is(hashesOf(both).join(), [hashes[3], hashes[4]].join(), 'op-node recomputes what it got')

  // Without hashes: a block's rows in its order, by slot, by root, and by name.
  const [first, , last] = places as [(typeof places)[0], unknown, (typeof places)[0]]
  const whole = await get(`/eth/v1/beacon/blobs/${first.height}`)
  t.is(whole.headers.get('eth-consensus-version'), 'fulu')
  const body = (await whole.clone().json()) as Blobs
  t.is(body.finalized, true)
  t.is(body.execution_optimistic, false)
  t.true(equal(fromBlobs({ blobs: (await rowsIn(whole)).slice(0, 2), to: 'bytes' }), payload))
  const root = `0x${Buffer.from(last.root).toString('hex')}`
  const byRoot = await rowsIn(await get(`/eth/v1/beacon/blobs/${root}`))
  t.true(areRows(byRoot.slice(-2), nitro) || areRows(byRoot, rows))
  for (const name of ['head', 'finalized']) t.is((await get(`/eth/v1/beacon/blobs/${name}`)).status, 200)
  t.deepEqual(await rowsIn(await get('/eth/v1/beacon/blobs/genesis')), [])

  // SSZ: blobs one after the other.
  const ssz = await get(`/eth/v1/beacon/blobs/head?versioned_hashes=${hashes[0]},${hashes[1]}`, {
    accept: 'application/octet-stream;q=1.0,application/json;q=0.9',
  })
  t.is(ssz.headers.get('content-type'), 'application/octet-stream')
  t.true(equal(new Uint8Array(await ssz.arrayBuffer()), concat(...viem)))

  // What is nowhere is left out; if nothing is left, 404 with code and message.
  const nobody = `0x01${'ab'.repeat(31)}`
  const partly = await get(`/eth/v1/beacon/blobs/head?versioned_hashes=${nobody},${hashes[0]}`)
  t.true(areRows(await rowsIn(partly), [rows[0]!]))
  const none = await get(`/eth/v1/beacon/blobs/head?versioned_hashes=${nobody}`)
  t.is(none.status, 404)
  const { code, message } = (await none.json()) as { code: number; message: string }
  t.is(code, 404)
  t.is(typeof message, 'string')
  const future = await get('/eth/v1/beacon/blobs/999999')
  t.is(future.status, 404)
  t.is(((await future.json()) as { code: number }).code, 404)
  t.is((await get(`/eth/v1/beacon/blobs/0x${'00'.repeat(32)}`)).status, 404)
  for (const bad of [
    'latest',
    '-1',
    '0x12',
    `head?versioned_hashes=0x02${'00'.repeat(31)}`,
    'head?versioned_hashes=x',
  ]) {
    t.is((await get(`/eth/v1/beacon/blobs/${bad}`)).status, 400, bad)
  }
  t.is((await get('/eth/v1/beacon/blob_sidecars/head')).status, 410)
  // Clients decode the code as a number, of a path that there is not too.
  const unknown = await get('/eth/v1/beacon/headers/head')
  t.is(unknown.status, 404)
  t.is(((await unknown.json()) as { code: number }).code, 404)

  // What clients ask for first.
  const { data: genesis } = (await (await get('/eth/v1/beacon/genesis')).json()) as {
    data: Record<string, string>
  }
  t.is(genesis.genesis_time, String(Math.floor(facts.genesisMs / 1000)))
  const { data: spec } = (await (await get('/eth/v1/config/spec')).json()) as { data: Record<string, string> }
  t.is(spec.SECONDS_PER_SLOT, '1')
  const { data: node } = (await (await get('/eth/v1/node/version')).json()) as { data: { version: string } }
  t.is(node.version, 'Weft/v1.2.3')
})

const facts = { chainId: status.chainId, genesisMs: 0, maxRows: 1, blockIntervalMs: 2_000 }
for (const [reason, expected] of [
  ['absent', 404],
  ['pruned', 410],
  ['unreachable', 503],
] as const) {
  test(`a versioned hash that is ${reason} is ${expected}`, async (t) => {
    const { url } = await startApi(
      t,
      createBeaconApi,
      { chain: facts, version },
      fullNode({ locate: async () => ({ found: false, reason }) }),
    )
    const response = await fetch(`${url}/eth/v1/beacon/blobs/1?versioned_hashes=0x01${'00'.repeat(31)}`)
    t.is(response.status, expected)
    t.is(((await response.json()) as { code: number }).code, expected)
  })
}

test('a node that is behind, or has no block yet, says that of nothing that it is not there', async (t) => {
  const { url } = await startApi(
    t,
    createBeaconApi,
    { chain: facts, version },
    fullNode({
      block: async () => ({ found: false, reason: 'future' }),
      newestHeader: async () => undefined,
      heightOf: async () => undefined,
      isCurrent: async () => false,
    }),
  )
  for (const id of ['head', 'finalized', '77', `0x${'ab'.repeat(32)}`]) {
    const response = await fetch(`${url}/eth/v1/beacon/blobs/${id}`)
    t.is(response.status, 503, id)
    t.is(response.headers.get('retry-after'), '2')
    t.is(((await response.json()) as { code: number }).code, 503)
  }
})

test('octets are sent where they are wanted more than JSON', (t) => {
  t.false(prefersOctets(undefined))
  t.false(prefersOctets('*/*'))
  t.false(prefersOctets('application/json'))
  t.true(prefersOctets('application/octet-stream'))
  t.true(prefersOctets('application/octet-stream;q=1, application/json;q=0.9'))
  t.false(prefersOctets('application/octet-stream;q=0.5,application/json'))
  t.true(prefersOctets('application/octet-stream, */*;q=0.1'))
})
