import test from 'ava'
import { hasCode } from '../../src/base/error.ts'
import { KIND, ZERO_ROOT } from '../../src/chain/signing.ts'
import { createOwnVotes } from '../../src/node/own-votes.ts'
import { openStore, rootOf } from '../store/helpers.ts'
import { temporaryFolder, testChain, testFullNode, until } from './support.ts'

const vote = (kind: number, height: number, root: Uint8Array, validator = 2) => ({
  kind,
  height,
  root,
  validator,
  signature: new Uint8Array(96),
})

test('a vote of the own key that is not recorded is told of, once; all others are not', async (t) => {
  const store = await openStore(t)
  await store.putSigningRecord({ height: 8, nil: false, notarised: rootOf(1) })
  const told: number[] = []
  const watch = createOwnVotes({ validator: 2 }, { store, onForeign: ({ data }) => told.push(data.height) })
  await watch(vote(KIND.notarise, 8, rootOf(1)))
  await watch(vote(KIND.nil, 8, ZERO_ROOT, 1))
  await createOwnVotes(
    { validator: undefined },
    { store, onForeign: () => t.fail() },
  )(vote(KIND.nil, 8, ZERO_ROOT))
  t.deepEqual(told, [])
  await store.raiseSigningFloor(8)
  await watch(vote(KIND.nil, 7, ZERO_ROOT))
  t.deepEqual(told, [])
  await watch(vote(KIND.nil, 8, ZERO_ROOT))
  await watch(vote(KIND.nil, 9, ZERO_ROOT))
  t.deepEqual(told, [8])
})

test('a validator whose key runs elsewhere too stops signing and says why', async (t) => {
  t.timeout(90_000)
  const folder = await temporaryFolder()
  t.teardown(folder.remove)
  // A chain of two, of which only the first runs, twice: nothing becomes certain, and both go on voting.
  const chain = await testChain(2, { timeoutMs: 1_000, maxTimeoutMs: 1_000, idleIntervalMs: 300 })
  const { secretKey, peerKey } = chain.validators[0]!
  const first = await testFullNode(chain, {
    dataDir: `${folder.path}/one`,
    validator: { secretKey, peerKey },
  })
  t.teardown(() => first.node.stop())
  await first.node.start()
  const { addresses } = await first.node.status()
  const second = await testFullNode(chain, {
    dataDir: `${folder.path}/two`,
    validator: { secretKey, peerKey: chain.validators[1]!.peerKey },
    bootnodes: addresses,
  })
  t.teardown(() => second.node.stop())
  await second.node.start()
  const { node } = await until('one to stop', 60_000, () =>
    [first, second].find(({ node: { failed } }) => failed.aborted),
  )
  t.true(hasCode(node.failed.reason, 'key-in-use'))
})
