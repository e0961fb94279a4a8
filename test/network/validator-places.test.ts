// Validators among many nodes: whoever has no key keeps a few of them, and a validator keeps places for the others.

import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import test from 'ava'
import { silent } from '../../src/base/log.ts'
import { dialTargets } from '../../src/network/connect.ts'
import { createDialer } from '../../src/network/dialer.ts'
import { defaultLimits } from '../../src/network/limits.ts'
import { createCounters, makeNode, until } from './support.ts'

const identities = async (count: number) =>
  Promise.all(
    Array.from({ length: count }, async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519'))),
  )

/** Peers that a dialer of `self` is connected to once they are `count`, and some time later. */
const reached = async (
  validators: Awaited<ReturnType<typeof identities>>,
  self: (typeof validators)[number],
  count: number,
  bootnodes: readonly string[] = [],
) => {
  const connected = new Set<string>()
  const dialer = createDialer(
    { ...defaultLimits, redialMinMs: 1, redialMaxMs: 2 },
    dialTargets(bootnodes, validators, self),
    {
      log: silent,
      dial: async ({ peer }) => void connected.add(peer),
      isConnected: (peer) => connected.has(peer),
      isBanned: () => false,
      knowsAddress: async () => true,
      connections: () => connected.size,
    },
  )
  dialer.start()
  await until(() => connected.size >= count, 'so many')
  await new Promise((resolve) => setTimeout(resolve, 700))
  const first = new Set(connected)
  // One of them goes: another takes its place.
  const [lost] = connected
  if (lost !== undefined) connected.delete(lost)
  await until(() => connected.size >= first.size, 'as many again')
  dialer.stop()
  return first
}

test('a node without a key keeps three validators, others than its neighbour; a validator keeps all; bootnodes are kept besides', async (t) => {
  const validators = await identities(20)
  const neighbours = await identities(6)
  const [a] = neighbours
  const [ofValidator, ...ofNeighbours] = await Promise.all([
    reached(validators, validators[0]!, 19),
    ...neighbours.map((id) => reached(validators, id, 3)),
  ])
  for (const of of ofNeighbours) t.is(of.size, 3)
  t.true(new Set(ofNeighbours.map((of) => [...of].sort().join())).size > 1)
  t.is(ofValidator.size, 19)
  const bootnodes = validators.slice(0, 8).map((id) => `/ip4/127.0.0.1/tcp/1/p2p/${id}`)
  const withBootnodes = await reached(validators, a!, 11, bootnodes)
  t.is(withBootnodes.size, 11)
  for (const id of validators.slice(0, 8)) t.true(withBootnodes.has(id.toString()))
})

test('a validator whose other places are taken still lets validators in', async (t) => {
  const [first, second, third] = await Promise.all([0, 1, 2].map(() => generateKeyPair('Ed25519')))
  const ids = [first, second, third].map((key) => peerIdFromPrivateKey(key!))
  const validators = ids.map((id) => id.toMultihash().bytes)
  const metrics = createCounters()
  const validator = await makeNode({
    privateKey: first!,
    validators,
    metrics,
    limits: { maxConnections: 4 },
  })
  await validator.start()
  t.teardown(() => validator.stop())
  const bootnodes = validator.addresses()
  const nodes = []
  for (let i = 0; i < 4; i++) {
    const node = await makeNode({ validators, bootnodes: [...bootnodes] })
    await node.start()
    t.teardown(() => node.stop())
    nodes.push(node)
  }
  await until(
    () => metrics.total('weft_network_connections_denied_total', { reason: 'reserved' }) > 0,
    'refusals',
  )
  await until(() => validator.peers().length === 2, 'two without a key')
  for (const privateKey of [second!, third!]) {
    const other = await makeNode({ privateKey, validators, bootnodes: [...bootnodes] })
    await other.start()
    t.teardown(() => other.stop())
  }
  await until(() => validator.peers().filter((peer) => peer.isValidator).length === 2, 'both validators')
  await until(() => validator.peers().length === 4, 'two of each')
  t.is(validator.peers().filter((peer) => !peer.isValidator).length, 2)
})
