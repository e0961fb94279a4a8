// Passing trouble at the alt-DA server: a node on command that is busy, slow, behind or pruned. None of it may be 404.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { createAltDaApi } from '../../../src/api/altda/api.ts'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { WeftError } from '../../../src/base/error.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import type { FullNode } from '../../../src/node/types.ts'
import { keccakCommitment } from '../../../src/rollups/keccak.ts'
import { encodeLocator } from '../../../src/rollups/locator.ts'
import { startApi } from '../stacks/support.ts'
import { fullNode, status } from '../support.ts'

const namespace = namespaceOf(utf8('trouble'))
const blobId = new Uint8Array(32).fill(9)
const data = new Uint8Array(100).fill(1)
const keccak = `0x${toHex(keccakCommitment(data))}`
const generic = `0x${toHex(encodeLocator({ height: 5, blobId }))}`
const facts = { chainId: status.chainId, genesisMs: 0, maxRows: 1, blockIntervalMs: 2_000 }

const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))

async function* silence(_from: unknown, { signal }: { signal: AbortSignal }): AsyncGenerator<never> {
  yield await forever(signal)
}

const serve = async (t: ExecutionContext, node: Partial<FullNode>) => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-altda-'))
  const { url } = await startApi(
    t,
    createAltDaApi,
    { chain: facts, namespace, indexLocation: join(folder, 'index') },
    fullNode({ subscribe: silence, blobState: async () => ({ state: 'unknown' }), ...node }),
  )
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return url
}
const put = (url: string, path = 'put/') =>
  fetch(`${url}/${path}`, { method: 'POST', body: data as Uint8Array<ArrayBuffer> })

const refusing = (code: string) => ({
  submit: async (): Promise<never> => {
    throw new WeftError(code, 'on command', undefined)
  },
})
for (const [code, expected] of [
  ['queue-full', 503],
  ['blob-too-large', 413],
  ['bad-namespace', 400],
  ['something-else', 500],
] as const) {
  test(`a PUT that the node refuses with ${code} is ${expected}`, async (t) => {
    const url = await serve(t, refusing(code))
    t.is((await put(url)).status, expected)
    t.is((await put(url, `put/${keccak}`)).status, expected)
  })
}

test('a hash that the index has not come to is 503, and nothing is said about it', async (t) => {
  const url = await serve(t, { isCurrent: async () => true })
  t.is((await fetch(`${url}/get/${keccak}`)).status, 503)
})

test('a hash that is unknown while the node is behind is 503', async (t) => {
  // Its index has come to all that it has, and what it has is not old; but others are further.
  let isCurrent = true
  const url = await serve(t, {
    status: async () => ({ ...status, final: { height: 0, root: status.chainId, timestampMs: Date.now() } }),
    isCurrent: async () => isCurrent,
  })
  t.is((await fetch(`${url}/get/${keccak}`)).status, 404)
  isCurrent = false
  t.is((await fetch(`${url}/get/${keccak}`)).status, 503)
})

test('data that waits for a block is 503 until it is in one', async (t) => {
  let state: 'accepted' | 'included' = 'accepted'
  const url = await serve(t, {
    submit: async () => ({ blobId, state: { state: 'accepted' } }),
    waitFor: async (_id, _goal, { signal }) => forever(signal),
    read: async () => ({ found: false, reason: 'absent' }),
    isCurrent: async () => true,
    blobState: async () =>
      state === 'accepted' ? { state } : { state: 'included', height: 5, root: blobId },
  })
  const gone = new AbortController()
  const putting = fetch(`${url}/put/${keccak}`, { method: 'POST', body: data, signal: gone.signal })
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.is((await fetch(`${url}/get/${keccak}`)).status, 503)
  state = 'included'
  t.is((await fetch(`${url}/get/${keccak}`)).status, 503)
  gone.abort()
  await t.throwsAsync(putting)
})

const block = (reason: 'future' | 'pruned' | 'unreachable') => ({
  block: async () => ({ found: false, reason }) as const,
})
for (const [reason, expected] of [
  ['future', 503],
  ['unreachable', 503],
  ['pruned', 410],
] as const) {
  test(`a generic commitment at a height that is ${reason} is ${expected}`, async (t) => {
    const url = await serve(t, block(reason))
    t.is((await fetch(`${url}/get/${generic}`)).status, expected)
    t.is((await fetch(`${url}/get/${generic}?l1_inclusion_block_number=1`)).status, expected)
  })
}
