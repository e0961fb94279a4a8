// The external DA provider as Nitro's client speaks to it, by a generic JSON-RPC client against a real chain: names,
// capitals, encodings and the texts that the client acts on.

import test from 'ava'
import { SignJWT } from 'jose'
import { keccak256, toHex as viemHex } from 'viem'
import { createNitroApi } from '../../../src/api/nitro/api.ts'
import { FALLBACK, INVALID_CERTIFICATE } from '../../../src/api/nitro/errors.ts'
import { NITRO_NAMESPACE_ID } from '../../../src/api/nitro/methods.ts'
import { concat, fromHex, toHex, u64be } from '../../../src/base/bytes.ts'
import { WeftError } from '../../../src/base/error.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import { LAYER_BYTE } from '../../../src/rollups/locator.ts'
import { bytesOf } from '../../rollups/support.ts'
import { errorOf, httpClient } from '../json-rpc/support.ts'
import { startApi, startChain } from '../stacks/support.ts'
import { fullNode, status } from '../support.ts'

const namespace = namespaceOf(NITRO_NAMESPACE_ID)
const hex = (bytes: Uint8Array) => `0x${toHex(bytes)}`
const number = (value: number) => `0x${value.toString(16)}`
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
/** The client passes a time after which it wants no more, a fortnight ahead. */
const timeout = number(Math.floor(Date.now() / 1000) + 1_209_600)
const sequencerMsg = (certificate: Uint8Array) => hex(concat(new Uint8Array(40).fill(7), certificate))
const reading = (certificate: Uint8Array) => ['0x1', `0x${'11'.repeat(32)}`, sequencerMsg(certificate)]

/** What the client sends as signature where it has no key. */
const signed = (bytes: Uint8Array, ...numbers: number[]) => keccak256(concat(bytes, ...numbers.map(u64be)))

test('a poster stores, whole and in chunks, and a node recovers, at another node too', async (t) => {
  const chain = await startChain(t)
  const init = { chain: chain.facts, namespace }
  const { url } = await startApi(t, createNitroApi, init, chain.validator)
  const call = httpClient(url)

  t.deepEqual(await call('daprovider_getSupportedHeaderBytes', []), { headerBytes: '0x01' })
  t.deepEqual(
    await call('daprovider_getSupportedHeaderBytes'),
    { headerBytes: '0x01' },
    'geth sends no params',
  )
  const { maxSize } = (await call('daprovider_getMaxMessageSize', [])) as { maxSize: number }
  t.is(maxSize, (8 * 64 - 1) * 1_984)

  // Whole.
  const batch = bytesOf(20_000, 1)
  const stored = (await call('daprovider_store', [hex(batch), timeout])) as Record<string, string>
  t.deepEqual(Object.keys(stored), ['serialized-da-cert'])
  const certificate = fromHex(stored['serialized-da-cert']!)!
  t.is(certificate[0], 1)
  t.is(certificate[1], LAYER_BYTE)
  t.deepEqual(await call('daprovider_store', [hex(batch), timeout]), stored, 'the same batch again')

  t.deepEqual(await call('daprovider_recoverPayload', reading(certificate)), { Payload: base64(batch) })
  const Preimages = { 3: { [keccak256(certificate)]: base64(batch) } }
  t.deepEqual(await call('daprovider_collectPreimages', reading(certificate)), { Preimages })
  t.deepEqual(await call('daprovider_recoverPayloadAndPreimages', reading(certificate)), {
    Payload: base64(batch),
    Preimages,
  })

  // In chunks, out of order, one of them twice, as a client that lost an answer does.
  const large = bytesOf(250_000, 2)
  const size = 100_000
  const now = Math.floor(Date.now() / 1000)
  const opening = [now, 3, size, large.length, 99]
  const { MessageId } = (await call('daprovider_startChunkedStore', [
    ...opening.map(number),
    signed(new Uint8Array(), ...opening),
  ])) as { MessageId: string }
  t.regex(MessageId, /^0x[1-9a-f][0-9a-f]*$/)
  const id = BigInt(MessageId)
  const chunkSigned = (bytes: Uint8Array, index: number) =>
    keccak256(concat(bytes, fromHex(id.toString(16).padStart(16, '0'))!, u64be(index)))
  for (const index of [2, 0, 0, 1]) {
    const chunk = large.slice(index * size, (index + 1) * size)
    const params = [MessageId, number(index), hex(chunk), chunkSigned(chunk, index)]
    t.is(await call('daprovider_sendChunk', params), null)
  }
  const bad = [MessageId, '0x0', hex(large.slice(1, size + 1)), chunkSigned(large.slice(0, size), 0)]
  t.regex((await errorOf(call('daprovider_sendChunk', bad))).message, /signature does not match/)
  // A real signature is 65 bytes and is not ours to check.
  const commit = [MessageId, viemHex(new Uint8Array(65))]
  const committed = await Promise.all([
    call('daprovider_commitChunkedStore', commit),
    call('daprovider_commitChunkedStore', commit),
  ])
  t.deepEqual(committed[0], committed[1])
  const second = fromHex((committed[0] as Record<string, string>)['serialized-da-cert']!)!
  t.deepEqual(await call('daprovider_recoverPayload', reading(second)), { Payload: base64(large) })

  // What the client acts on.
  const tooLarge = await errorOf(call('daprovider_store', [hex(new Uint8Array(maxSize + 1)), timeout]))
  t.regex(tooLarge.message, /message too large for current DA backend/)
  t.is(tooLarge.code, -32_000)
  const announced = [now, 2_000, 1_000, 2_000_000, 99]
  const announcing = call('daprovider_startChunkedStore', [
    ...announced.map(number),
    signed(new Uint8Array(), ...announced),
  ])
  t.regex((await errorOf(announcing)).message, /message too large for current DA backend/)
  for (const forged of [
    certificate.with(42, certificate[42]! ^ 1),
    certificate.with(10, certificate[10]! - 1),
    certificate.subarray(0, 40),
    concat(Uint8Array.of(1, 0x63), certificate.subarray(2)),
  ]) {
    const error = await errorOf(call('daprovider_recoverPayload', reading(forged)))
    t.true(error.message.includes(INVALID_CERTIFICATE), error.message)
  }
  const ahead = certificate.with(8, 0xff)
  t.false(
    (await errorOf(call('daprovider_recoverPayload', reading(ahead)))).message.includes(INVALID_CERTIFICATE),
  )
  for (const [method, params] of [
    ['daprovider_generateReadPreimageProof', ['0x0', hex(certificate)]],
    ['daprovider_generateCertificateValidityProof', [hex(certificate)]],
  ] as const) {
    t.regex((await errorOf(call(method, params))).message, /^unsupported: /)
  }

  const { url: other } = await startApi(t, createNitroApi, init, await chain.addFullNode('full'))
  for (let i = 0; ; i++) {
    try {
      t.deepEqual(await httpClient(other)('daprovider_recoverPayload', reading(certificate)), {
        Payload: base64(batch),
      })
      break
    } catch (error) {
      // Until it has caught up it says so, and nothing worse.
      t.false((error as Error).message.includes(INVALID_CERTIFICATE))
      if (i === 40) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
})

const facts = { chainId: status.chainId, genesisMs: 0, maxRows: 1, blockIntervalMs: 2_000 }

test('a chain that cannot take a batch now asks for the next writer; reading never fails for ever by that', async (t) => {
  const { url } = await startApi(
    t,
    createNitroApi,
    { chain: facts, namespace },
    fullNode({
      submit: async () => {
        throw new WeftError('queue-full', 'on command', undefined)
      },
      block: async () => ({ found: false, reason: 'unreachable' }),
    }),
  )
  const call = httpClient(url)
  t.true((await errorOf(call('daprovider_store', ['0x01', timeout]))).message.includes(FALLBACK))
  const certificate = fromHex(`0177000000000000000005${'ab'.repeat(32)}`)!
  const { message } = await errorOf(call('daprovider_recoverPayload', reading(certificate)))
  t.false(message.includes(INVALID_CERTIFICATE))
})

test('chunks are bounded in number, in bytes and in size', async (t) => {
  const { url } = await startApi(t, createNitroApi, { chain: facts, namespace }, fullNode({}))
  const call = httpClient(url)
  const open = (chunks: number, size: number, total: number) => {
    const numbers = [1, chunks, size, total, 1]
    return call('daprovider_startChunkedStore', [
      ...numbers.map(number),
      signed(new Uint8Array(), ...numbers),
    ]) as Promise<{ MessageId: string }>
  }
  t.regex((await errorOf(open(2, 10, 10))).message, /chunks/)
  t.regex((await errorOf(open(10_000, 1, 10_000))).message, /chunks/)
  t.regex((await errorOf(open(0, 0, 0))).message, /chunks/)
  const { MessageId } = await open(2, 10, 15)
  const chunk = (index: number, length: number) =>
    call('daprovider_sendChunk', [MessageId, number(index), hex(new Uint8Array(length)), '0x'])
  t.regex((await errorOf(chunk(1, 10))).message, /expected 5 bytes/)
  t.regex((await errorOf(chunk(2, 5))).message, /below 2/)
  t.is(await chunk(1, 5), null)
  t.regex((await errorOf(call('daprovider_commitChunkedStore', [MessageId, '0x']))).message, /chunk 0/)
  t.regex((await errorOf(call('daprovider_commitChunkedStore', ['0x7', '0x']))).message, /unknown message/)
  for (let i = 1; i < 10; i++) await open(1, 10, 10)
  const { message } = await errorOf(open(1, 10, 10))
  t.regex(message, /10 messages/)
  t.true(message.includes(FALLBACK), 'or the poster would stop')
})

test('with a secret only fresh tokens of it are let in', async (t) => {
  const jwtSecret = bytesOf(32, 1)
  const { url } = await startApi(t, createNitroApi, { chain: facts, namespace, jwtSecret }, fullNode({}))
  const token = (secret: Uint8Array, ageS: number, alg = 'HS256') =>
    new SignJWT({})
      .setProtectedHeader({ alg })
      .setIssuedAt(Math.floor(Date.now() / 1000) - ageS)
      .sign(secret)
  const ask = async (authorization: string | undefined) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    return httpClient(url, headers)('daprovider_getSupportedHeaderBytes', [])
  }
  t.deepEqual(await ask(`Bearer ${await token(jwtSecret, 0)}`), { headerBytes: '0x01' })
  for (const refused of [
    undefined,
    'Bearer x',
    `Bearer ${await token(bytesOf(32, 2), 0)}`,
    `Bearer ${await token(jwtSecret, 120)}`,
    `Bearer ${await token(bytesOf(64, 1), 0, 'HS512')}`,
  ]) {
    await t.throwsAsync(ask(refused), { message: 'HTTP 401' })
  }
})
