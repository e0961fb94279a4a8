// The mapping onto the native API, with a node on command: which outcome is which, and that every wait ends.

import test from 'ava'
import { createMapping } from '../../../src/api/stacks/mapping.ts'
import { WeftError } from '../../../src/base/error.ts'
import type { BlobState, FullNode } from '../../../src/node/types.ts'
import { fullNode } from '../support.ts'

// Signals that time out keep no process alive, and nothing else runs here.
const alive = setInterval(() => {}, 1_000)
test.after.always(() => clearInterval(alive))

const signal = new AbortController().signal
const blobId = new Uint8Array(32).fill(3)
const root = new Uint8Array(32).fill(4)
const blob = { namespace: new Uint8Array(29), data: Uint8Array.of(1), flags: 0 }
const mappingOf = (node: Partial<FullNode>) =>
  createMapping({ publishMs: 100, readMs: 100 }, { node: fullNode(node) })

const forever = (limit: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (limit.aborted) reject(limit.reason)
    limit.addEventListener('abort', () => reject(limit.reason), { once: true })
  })
const accepting = (state: BlobState | 'never') => ({
  submit: async () => ({ blobId, state: { state: 'accepted' } as const }),
  waitFor: async (_id: Uint8Array, _goal: unknown, options: { signal: AbortSignal }) =>
    state === 'never' ? forever(options.signal) : state,
})

test('a publication is its height and blobId once it is certified', async (t) => {
  const mapping = mappingOf(accepting({ state: 'certified', height: 7, root }))
  t.deepEqual(await mapping.publish(blob, signal), { blobId, height: 7, root })
})

test('a publication that is not certified in time is not yet, never failed', async (t) => {
  await t.throwsAsync(mappingOf(accepting('never')).publish(blob, signal), { code: 'not-yet' })
})

test('a publication ends with its caller', async (t) => {
  const caller = new AbortController()
  const publishing = mappingOf(accepting('never')).publish(blob, caller.signal)
  caller.abort(new Error('the caller went away'))
  await t.throwsAsync(publishing, { message: 'the caller went away' })
})

test('a publication that failed is refused, with its code', async (t) => {
  const mapping = mappingOf(accepting({ state: 'failed', code: 'expired' }))
  await t.throwsAsync(mapping.publish(blob, signal), { code: 'refused', message: /expired/ })
})

for (const [given, code] of [
  ['queue-full', 'busy'],
  ['blob-too-large', 'too-large'],
  ['not-canonical', 'refused'],
  ['disk-full', 'disk-full'],
] as const) {
  test(`a node's ${given} is ${code}`, async (t) => {
    const mapping = mappingOf({
      submit: async () => {
        throw new WeftError(given, 'on command', undefined)
      },
    })
    await t.throwsAsync(mapping.publish(blob, signal), { code })
  })
}

const reading = (reason: 'absent' | 'pruned' | 'unreachable', state: BlobState['state']) => ({
  read: async () => ({ found: false, reason }) as const,
  blobState: async () => ({ state }) as BlobState,
})
for (const [reason, state, expected] of [
  ['absent', 'unknown', 'absent'],
  ['absent', 'failed', 'absent'],
  ['absent', 'accepted', 'unreachable'],
  ['absent', 'included', 'unreachable'],
  ['pruned', 'unknown', 'pruned'],
  ['unreachable', 'unknown', 'unreachable'],
] as const) {
  test(`a read that is ${reason} of a blob that is ${state} is ${expected}`, async (t) => {
    t.deepEqual(await mappingOf(reading(reason, state)).read(blobId, signal), {
      found: false,
      reason: expected,
    })
  })
}

test('a read that hangs is unreachable', async (t) => {
  const mapping = mappingOf({ read: async (_id, options) => forever(options.signal) })
  t.deepEqual(await mapping.read(blobId, signal), { found: false, reason: 'unreachable' })
})

const at = (answer: object) =>
  mappingOf({ block: async () => answer as never, ...reading('absent', 'unknown') })
for (const [what, answer, expected] of [
  ['an empty height', { found: false, reason: 'empty' }, 'absent'],
  ['a height to come', { found: false, reason: 'future' }, 'unreachable'],
  ['a pruned height', { found: false, reason: 'pruned' }, 'pruned'],
  ['a height that cannot be had', { found: false, reason: 'unreachable' }, 'unreachable'],
  ['a block without the blob', { found: true, entries: [] }, 'absent'],
  ['a block that has the blob, which is not found', { found: true, entries: [{ blobId }] }, 'unreachable'],
] as const) {
  test(`a locator of ${what} is ${expected}`, async (t) => {
    t.deepEqual(await at(answer).readAt({ height: 5, blobId }, signal), { found: false, reason: expected })
  })
}

test('nothing is at genesis', async (t) => {
  t.deepEqual(await mappingOf({}).readAt({ height: 0, blobId }, signal), { found: false, reason: 'absent' })
})
