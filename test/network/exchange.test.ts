// Peers that tell each other of peers: who is found by it, who is not, and what a false record costs.

import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { PeerRecord as Libp2pRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import test from 'ava'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { PeerRecordType } from '../../src/chain/containers.ts'
import type { Peer } from '../../src/chain/ports.ts'
import { createExchange } from '../../src/network/exchange.ts'
import { defaultLimits } from '../../src/network/limits.ts'
import { protocolName } from '../../src/network/names.ts'
import { createRawClient, joined, varint } from './raw-client.ts'
import { chainId, createCounters, makeNode, soon, until } from './support.ts'

const isConnected = (node: Awaited<ReturnType<typeof makeNode>>, to: { readonly peerId: string }) =>
  node.peers().some(({ id }) => id === to.peerId)

test('nodes that shared one acquaintance are connected without it when it has gone', async (t) => {
  const hub = await makeNode()
  await hub.start()
  const bootnodes = [...hub.addresses()]
  // Room for one connection more than the hub: they know each other, whether connected already or not.
  const [a, b] = await Promise.all([
    makeNode({ bootnodes, exchange: true }),
    makeNode({ bootnodes, exchange: true }),
  ])
  t.teardown(() => Promise.all([a.stop(), b.stop(), hub.stop()]))
  await Promise.all([a.start(), b.start()])
  await until(() => isConnected(a, b), 'a and b are connected')
  await hub.stop()
  await until(() => !isConnected(a, hub), 'the hub is gone')
  t.true(isConnected(a, b))
})

test('whoever reaches out is connected to nodes that it knew nothing of, and lets go of those it is done with', async (t) => {
  const hub = await makeNode()
  await hub.start()
  const bootnodes = [...hub.addresses()]
  const others = await Promise.all(
    Array.from({ length: 6 }, () => makeNode({ bootnodes, limits: { targetPeers: 1 } })),
  )
  // It only dials, as a phone does: it can be passed on to nobody.
  const silent = await makeNode({ bootnodes, listen: [], limits: { targetPeers: 1 } })
  const seeker = await makeNode({ bootnodes, limits: { targetPeers: 1, reachPeers: 5 } })
  const all = [...others, silent, seeker]
  t.teardown(() => Promise.all([...all, hub].map((node) => node.stop())))
  await Promise.all(all.map((node) => node.start()))
  await until(() => all.every((node) => isConnected(node, hub)), 'all know the hub')
  t.is(seeker.peers().length, 1)

  const quest = new AbortController()
  const reach = seeker.reach({ signal: quest.signal })
  await until(() => seeker.peers().length === 5, 'as many as it may have')
  const met = new Set(seeker.peers().map(({ id }) => id))
  // There are six, and places for four: the others come when these are let go.
  await until(() => {
    for (const { id } of seeker.peers()) {
      met.add(id)
      reach.finish(id)
    }
    return others.every(({ peerId }) => met.has(peerId))
  }, 'all six were met')
  t.true(isConnected(seeker, hub))
  t.false(met.has(silent.peerId))
  t.true(seeker.peers().length <= 6)
  quest.abort()
})

for (const lie of ['that is no envelope', 'that another peer signed'] as const) {
  test(`a record ${lie} costs the sender, and nobody is learnt of`, async (t) => {
    const metrics = createCounters()
    const node = await makeNode({ exchange: true, metrics, limits: { banPoints: 1_000 } })
    await node.start()
    t.teardown(() => node.stop())
    const liar = await createRawClient({ listen: true, chainId })
    t.teardown(() => liar.stop())
    const stranger = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toMultihash().bytes
    // A connection makes the liar sign a record of its own.
    const witness = await createRawClient()
    t.teardown(() => witness.stop())
    await witness.connect(liar.host.getMultiaddrs()[0]!.toString())
    const own = async () => (await witness.host.peerStore.get(liar.host.peerId)).peerRecordEnvelope
    while ((await own()) === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
    const envelope = lie === 'that is no envelope' ? new Uint8Array(100).fill(7) : (await own())!
    const record = PeerRecordType.serialize({ peerId: stranger, envelope })
    let asked = 0
    await liar.host.handle(protocolName(chainId, 'peers'), (stream) => {
      asked++
      stream.send(joined([0], varint(record.length), record))
      stream.close().catch(() => {})
    })
    await node.dial(liar.host.getMultiaddrs()[0]!.toString(), { signal: soon() })
    await until(() => asked > 0 && node.points(liar.id) > 0, 'the liar is blamed')
    t.is(metrics.total('weft_network_penalties_total', { code: 'peer-record' }), 1)
    t.is(metrics.total('weft_network_peers_learnt_total'), 0)
  })
}

test('of peers that nobody has met only so many are remembered', async (t) => {
  const own = await createRawClient()
  t.teardown(() => own.stop())
  const strangers = await Promise.all(
    Array.from({ length: 1_100 }, async () => {
      const privateKey = await generateKeyPair('Ed25519')
      const peerId = peerIdFromPrivateKey(privateKey)
      const multiaddrs = [multiaddr('/ip4/127.0.0.1/tcp/1')]
      const envelope = await RecordEnvelope.seal(new Libp2pRecord({ peerId, multiaddrs }), privateKey)
      return { peerId: peerId.toMultihash().bytes, envelope: envelope.marshal() }
    }),
  )
  const discovered: string[] = []
  const forgotten: string[] = []
  const exchange = createExchange(
    { limits: defaultLimits, always: true, privateAddresses: true },
    {
      host: own.host,
      dialer: {
        discovered: (peer) => void discovered.push(peer),
        widen: () => {},
        // The first is somebody whom the node was told to keep.
        forget: (peer) => forgotten.push(peer) > 1,
      },
      log: silent,
      metrics: noMetrics,
      ask: async () => strangers,
      peers: () => [{ id: 'liar', status: {} } as Peer],
      isBanned: () => false,
      penalize: () => t.fail(),
      letGo: () => {},
    },
  )
  t.teardown(() => exchange.stop())
  exchange.start()
  await until(() => discovered.length === 1_100, 'all were learnt of', 120_000)
  t.deepEqual(forgotten, discovered.slice(0, 76))
  t.is((await own.host.peerStore.all()).length, 1_025)
  t.true(await own.host.peerStore.has(peerIdFromString(discovered[0]!)))
  t.false(await own.host.peerStore.has(peerIdFromString(discovered[1]!)))
})

test('two that tell of one peer, whom nobody can dial from here, are both honest', async (t) => {
  const [stranger, witness, own] = await Promise.all([
    createRawClient({ listen: true }),
    createRawClient(),
    createRawClient(),
  ])
  t.teardown(() => Promise.all([stranger, witness, own].map((client) => client.stop())))
  await witness.connect(stranger.host.getMultiaddrs()[0]!.toString())
  const envelopeOf = async () => (await witness.host.peerStore.get(stranger.host.peerId)).peerRecordEnvelope
  while ((await envelopeOf()) === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
  const record = { peerId: stranger.host.peerId.toMultihash().bytes, envelope: (await envelopeOf())! }
  const { peerStore } = own.host
  /** A disk that answers now sooner, now later: some learn of the stranger while others let go of it. */
  const slowStore = {
    has: async (id: PeerId) => {
      await new Promise((resolve) => setTimeout(resolve, 50 * Math.random()))
      return peerStore.has(id)
    },
    get: peerStore.get.bind(peerStore),
    delete: peerStore.delete.bind(peerStore),
    patch: peerStore.patch.bind(peerStore),
    consumePeerRecord: peerStore.consumePeerRecord.bind(peerStore),
  } as typeof peerStore
  const blamed: string[] = []
  const asked: string[] = []
  const exchange = createExchange(
    { limits: defaultLimits, always: true, privateAddresses: false },
    {
      host: { peerId: own.host.peerId, peerStore: slowStore, getConnections: () => [] },
      dialer: { discovered: () => t.fail(), widen: () => {}, forget: () => false },
      log: silent,
      metrics: noMetrics,
      async ask(peer) {
        asked.push(peer)
        return [record]
      },
      peers: () => ['one', 'two', 'three'].map((id) => ({ id, status: {} }) as Peer),
      isBanned: () => false,
      penalize: (peer) => blamed.push(peer),
      letGo: () => {},
    },
  )
  t.teardown(() => exchange.stop())
  exchange.start()
  await until(() => asked.length === 3, 'all were asked')
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.deepEqual(blamed, [])
  t.false(await own.host.peerStore.has(stranger.host.peerId))
})
