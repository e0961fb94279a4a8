// "Absent" is said only when sure: not of what is on its way, nor while a final block is not on disk yet.

import test from 'ava'
import { silent } from '../../src/base/log.ts'
import { chainOf } from '../../src/chain/chain.ts'
import { createFullAnswers, type FullAnswersComponents } from '../../src/node/full-answers.ts'
import { staleAfterMs } from '../../src/node/restore-state.ts'
import type { BlobState } from '../../src/node/types.ts'
import { createWatchers } from '../../src/node/watchers.ts'
import { testChain } from './support.ts'

const { genesis } = await testChain(1)
const chain = chainOf(genesis)
const chainOfMany = chainOf((await testChain(4)).genesis)
const NOW_MS = genesis.timestamp + 1_000
const TIP = { height: 5, root: new Uint8Array(32).fill(5) }

const reading = async (
  state: BlobState['state'],
  finalHeight: number,
  earliestHeight = 0,
  isWhole = true,
) => {
  const answers = createFullAnswers({ chain, validator: 0, custody: [] }, {
    // Only what a read of an unknown blob touches.
    store: {
      locateBlob: async () => undefined,
      finalTip: async () => TIP,
      earliestHeight: async () => earliestHeight,
    },
    network: { peers: () => [] },
    headers: { get: async () => ({ message: { timestamp: NOW_MS } }) },
    tickets: { stateOf: async () => ({ state }), ticketOf: async () => undefined },
    isWhole: () => isWhole,
    watchers: createWatchers(),
    height: () => finalHeight + 1,
    finalHeight: () => finalHeight,
    life: new AbortController().signal,
    clock: { now: () => NOW_MS },
    log: silent,
  } as unknown as FullAnswersComponents)
  const answer = await answers.read(new Uint8Array(32), { signal: AbortSignal.timeout(5_000) })
  return answer.found ? 'found' : answer.reason
}

test('a blob that nobody here knows is absent where the node has every final block', async (t) => {
  t.is(await reading('unknown', TIP.height), 'absent')
  t.is(await reading('failed', TIP.height), 'absent')
})

test('while the disk is known to have lost something nothing is called absent or pruned', async (t) => {
  t.is(await reading('unknown', TIP.height, 0, false), 'unreachable')
  t.is(await reading('unknown', TIP.height, 3, false), 'unreachable')
})

test('while the newest final block is not on disk nothing is called absent', async (t) => {
  t.is(await reading('unknown', TIP.height + 1), 'unreachable')
})

test('a blob that is on its way is neither absent nor pruned', async (t) => {
  for (const state of ['accepted', 'included', 'certified'] as const)
    t.is(await reading(state, TIP.height), 'unreachable')
  t.is(await reading('accepted', TIP.height, 3), 'unreachable')
  t.is(await reading('certified', TIP.height, 3), 'pruned')
})

/** A node of a chain of four validators over the store and the rest that a test gives. */
const answersOf = (given: object) =>
  createFullAnswers({ chain: chainOfMany, validator: 0, custody: [] }, {
    network: { peers: () => [{ status: { finalHeight: TIP.height } }] },
    headers: { get: async () => ({ message: { timestamp: NOW_MS } }) },
    tickets: { stateOf: async () => ({ state: 'unknown' }), ticketOf: async () => undefined },
    isWhole: () => true,
    watchers: createWatchers(),
    height: () => TIP.height + 1,
    finalHeight: () => TIP.height,
    life: new AbortController().signal,
    clock: { now: () => NOW_MS },
    log: silent,
    ...given,
  } as unknown as FullAnswersComponents)
const signal = AbortSignal.timeout(60_000)

test('a node that hears of nobody calls nothing absent: others may have made it final', async (t) => {
  const store = {
    locateBlob: async () => undefined,
    finalTip: async () => TIP,
    earliestHeight: async () => 0,
  }
  const reasonOf = async (answers: ReturnType<typeof answersOf>) => {
    const answer = await answers.read(new Uint8Array(32), { signal })
    return answer.found ? 'found' : answer.reason
  }
  t.is(await reasonOf(answersOf({ store })), 'absent')
  t.is(await reasonOf(answersOf({ store, network: { peers: () => [] } })), 'unreachable')
  t.is(
    await reasonOf(answersOf({ store, network: { peers: () => [{ id: 'no status yet' }] } })),
    'unreachable',
  )
})

test('a peer that states what nobody comes to keeps a node from answering for a while only', async (t) => {
  const store = {
    locateBlob: async () => undefined,
    finalTip: async () => TIP,
    earliestHeight: async () => 0,
  }
  const honest = { id: 'honest', status: { finalHeight: TIP.height } }
  const liar = { id: 'liar', status: { finalHeight: 2 ** 40 } }
  let nowMs = NOW_MS
  const answers = answersOf({
    store,
    network: { peers: () => [honest, liar] },
    // New blocks become final all the time.
    headers: { get: async () => ({ message: { timestamp: nowMs } }) },
    clock: { now: () => nowMs },
  })
  t.false(await answers.isCurrent())
  nowMs += staleAfterMs(chainOfMany)
  liar.status = { finalHeight: 2 ** 41 }
  t.false(await answers.isCurrent())
  nowMs += 1
  t.true(await answers.isCurrent())
  // One that is further, and whose height is reached, is believed again.
  honest.status = { finalHeight: TIP.height + 1 }
  t.false(await answers.isCurrent())
})

test('what becomes final between the look at the index and the answer is not called absent', async (t) => {
  const entry = { blobId: new Uint8Array(32) }
  const place = { height: 6, root: new Uint8Array(32), entry, row: 0, commitment: new Uint8Array(48) }
  let looks = 0
  // Not there at the first look; the tip, read behind it, is the block that holds it.
  const afterwards = async () => (looks++ === 0 ? undefined : place)
  const answers = answersOf({
    store: {
      locateVersionedHash: afterwards,
      locateBlob: afterwards,
      finalTip: async () => ({ ...TIP, height: 6 }),
      earliestHeight: async () => 0,
      getProposal: async () => undefined,
    },
  })
  const located = await answers.locate({ versionedHash: new Uint8Array(32) })
  t.true(located.found)
  looks = 0
  const receipt = await answers.receipt(new Uint8Array(32))
  t.is(receipt.found ? 'found' : receipt.reason, 'unreachable')
})

test('rows of a height above the newest final block are not absent', async (t) => {
  const answers = answersOf({
    store: {
      finalRootAt: async () => undefined,
      finalTip: async () => TIP,
      earliestHeight: async () => 0,
      async *finalRoots() {},
    },
  })
  const answer = await answers.rowsAt(TIP.height + 1, [0], { signal })
  t.is(answer.found ? 'found' : answer.reason, 'unreachable')
})

test('waits that are over leave nobody to be woken', async (t) => {
  const watchers = createWatchers()
  const blobId = new Uint8Array(32)
  const answers = answersOf({
    watchers,
    tickets: { stateOf: async () => ({ state: 'certified', height: 5, root: TIP.root }) },
    store: { async *finalRoots() {}, earliestHeight: async () => 0 },
  })
  for (let i = 0; i < 3; i++) {
    t.is((await answers.waitFor(blobId, 'certified', { signal })).state, 'certified')
    for await (const { state } of answers.states(blobId, { signal })) t.is(state, 'certified')
  }
  t.is(watchers.size, 0)
})
