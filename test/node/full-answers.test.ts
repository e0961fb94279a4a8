// "Absent" is said only when sure: not of what is on its way, nor while a final block is not on disk yet.

import test from 'ava'
import { silent } from '../../src/base/log.ts'
import { chainOf } from '../../src/chain/chain.ts'
import { createFullAnswers, type FullAnswersComponents } from '../../src/node/full-answers.ts'
import type { BlobState } from '../../src/node/types.ts'
import { createWatchers } from '../../src/node/watchers.ts'
import { testChain } from './support.ts'

const { genesis } = await testChain(1)
const chain = chainOf(genesis)
const NOW_MS = genesis.timestamp + 1_000
const TIP = { height: 5, root: new Uint8Array(32).fill(5) }

const reading = async (state: BlobState['state'], finalHeight: number, earliestHeight = 0) => {
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

test('while the newest final block is not on disk nothing is called absent', async (t) => {
  t.is(await reading('unknown', TIP.height + 1), 'unreachable')
})

test('a blob that is on its way is neither absent nor pruned', async (t) => {
  for (const state of ['accepted', 'included', 'certified'] as const)
    t.is(await reading(state, TIP.height), 'unreachable')
  t.is(await reading('accepted', TIP.height, 3), 'unreachable')
  t.is(await reading('certified', TIP.height, 3), 'pruned')
})
