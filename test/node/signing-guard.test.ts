// When a key without a signing record begins to sign. The peers and their statuses are given; what follows from them is
// what is tested.

import test from 'ava'
import { silent } from '../../src/base/log.ts'
import { peerIdText } from '../../src/chain/peer-id.ts'
import type { Peer } from '../../src/chain/ports.ts'
import { createSigningGuard } from '../../src/node/signing-guard.ts'
import { testChain, until } from './support.ts'

const chain = await testChain(4)
const peerIds = chain.genesis.validators.map(({ peerId }) => peerId)

const statusAt = (headHeight: number): NonNullable<Peer['status']> => ({
  chainId: new Uint8Array(32),
  finalHeight: 0,
  finalRoot: new Uint8Array(32),
  headHeight,
  custodyCount: 64,
  earliestHeight: 0,
})

/** The guard of validator 0, hearing of the others' heights (undefined: connected, and silent). */
const guarded = (patienceMs = 60_000) => {
  const state: {
    height: number
    heights: (number | undefined)[]
    floor?: number
    from?: number
    stranger?: number
  } = { height: 1, heights: [] }
  const guard = createSigningGuard(
    { validator: 0, weights: [1, 1, 1, 1], peerIds, patienceMs },
    {
      network: {
        peers: () => [
          ...state.heights.map((height, i) => ({
            id: peerIdText(peerIds[i + 1]!)!,
            custody: new Set<number>(),
            isValidator: true,
            ...(height !== undefined && { status: statusAt(height) }),
          })),
          ...(state.stranger === undefined
            ? []
            : [
                { id: 'x', custody: new Set<number>(), isValidator: false, status: statusAt(state.stranger) },
              ]),
        ],
      },
      store: {
        async raiseSigningFloor(height) {
          state.floor = height
        },
      },
      height: () => state.height,
      onSafe(height) {
        state.from = height
      },
      onError: (error) => {
        throw error
      },
      log: silent,
    },
  )
  return { guard, state }
}

const stays = async (probe: () => unknown): Promise<boolean> => {
  await new Promise((resolve) => setTimeout(resolve, 700))
  return probe() === undefined
}

test('it does not sign while a quorum has not told its height, whoever else has', async (t) => {
  const { guard, state } = guarded()
  t.teardown(guard.stop)
  state.heights = [7, undefined, undefined]
  state.height = 7
  state.stranger = 7
  guard.start()
  t.true(await stays(() => state.from))
  state.heights = [7, 6, undefined]
  t.is(await until('the floor', 5_000, () => state.from), 9)
  t.is(state.floor, 9)
})

test('it catches up with what the others say first', async (t) => {
  const { guard, state } = guarded()
  t.teardown(guard.stop)
  state.heights = [12, 11, 12]
  guard.start()
  t.true(await stays(() => state.from))
  state.height = 12
  t.is(await until('the floor', 5_000, () => state.from), 14)
})

test('at a chain of which nobody has a certificate it signs from the beginning', async (t) => {
  const { guard, state } = guarded()
  t.teardown(guard.stop)
  state.heights = [1, 1, undefined]
  guard.start()
  t.is(await until('the floor', 5_000, () => state.from), 0)
})

test('a height that nobody proves silences it for a while only', async (t) => {
  const { guard, state } = guarded(1_000)
  t.teardown(guard.stop)
  state.height = 5
  state.heights = [2 ** 40, 5, 5]
  guard.start()
  t.true(await stays(() => state.from))
  t.is(await until('the floor', 5_000, () => state.from), 7)
})

test('heights that a third of the weight states are caught up with, however long it takes', async (t) => {
  const { guard, state } = guarded(100)
  t.teardown(guard.stop)
  // One of the two at least is honest, and this node may have signed as far as that one is.
  state.heights = [12, 11, 1]
  guard.start()
  t.true(await stays(() => state.from))
  state.height = 11
  t.is(await until('the floor', 5_000, () => state.from), 13)
})
