// Gossip end to end over real libp2p on loopback: what arrives, what is forwarded, and what is not.

import test from 'ava'
import { accept, ignore, reject, type Verdict } from '../../src/base/verdict.ts'
import {
  createCounters,
  makeAnnouncement,
  makeCertificate,
  makeColumn,
  makeNode,
  makeProposal,
  makeVote,
  until,
} from './support.ts'

/** Accepts, whatever was done on the way. */
const taken = (_effect: unknown) => accept

test('a message of each kind reaches a subscriber two hops away, decoded', async (t) => {
  const seen: [string, unknown][] = []
  const middle = await makeNode({ topics: { columns: [3] } })
  await middle.start()
  const bootnodes = [...middle.addresses()]
  const first = await makeNode({ bootnodes, topics: { columns: [] } })
  const last = await makeNode({
    bootnodes,
    topics: { columns: [3] },
    gossip: {
      header: async (m) => taken(seen.push(['header', m])),
      proposal: async (m) => taken(seen.push(['proposal', m])),
      column: async (m) => taken(seen.push(['column', m])),
      vote: async (m) => taken(seen.push(['vote', m])),
      certificate: async (m) => taken(seen.push(['certificate', m])),
    },
  })
  t.teardown(() => Promise.all([first.stop(), middle.stop(), last.stop()]))
  await Promise.all([first.start(), last.start()])
  await until(() => first.subscribers('column', 3).length === 1, 'first knows middle')
  await until(() => middle.subscribers('column', 3).length === 1, 'middle knows last')

  t.is(await first.publish.header(makeAnnouncement()), 1)
  t.is(await first.publish.proposal(makeProposal()), 1)
  t.is(await first.publish.column(makeColumn(3)), 1)
  t.is(await first.publish.vote(makeVote()), 1)
  t.is(await first.publish.certificate(makeCertificate()), 1)
  await until(() => seen.length === 5, 'all five')
  t.deepEqual(Object.fromEntries(seen), {
    header: makeAnnouncement(),
    proposal: makeProposal(),
    column: makeColumn(3),
    vote: makeVote(),
    certificate: makeCertificate(),
  })
})

test('what the middle rejects or ignores is not forwarded, and only a reject costs the sender', async (t) => {
  const heard: number[] = []
  const metrics = createCounters()
  const middle = await makeNode({
    metrics,
    topics: { columns: [0] },
    gossip: {
      column: async (m) =>
        m.header.message.height === 1
          ? reject('bad')
          : m.header.message.height === 2
            ? ignore('old')
            : accept,
    },
  })
  await middle.start()
  const bootnodes = [...middle.addresses()]
  const first = await makeNode({ bootnodes })
  const last = await makeNode({
    bootnodes,
    topics: { columns: [0] },
    gossip: { column: async (m) => taken(heard.push(m.header.message.height)) },
  })
  t.teardown(() => Promise.all([first.stop(), middle.stop(), last.stop()]))
  await Promise.all([first.start(), last.start()])
  await until(() => first.subscribers('column', 0).length === 1, 'first knows middle')
  await until(() => middle.subscribers('column', 0).length === 1, 'middle knows last')

  await first.publish.column(makeColumn(0, 2))
  await until(() => metrics.total('weft_network_gossip_verdicts_total', { code: 'old' }) === 1, 'ignored')
  t.is(middle.points(first.peerId), 0)
  await first.publish.column(makeColumn(0, 1))
  await until(() => metrics.total('weft_network_gossip_verdicts_total', { code: 'bad' }) === 1, 'rejected')
  t.true(middle.points(first.peerId) > 9)
  // What comes after shows that the way was open all the time.
  await first.publish.column(makeColumn(0, 3))
  await until(() => heard.length > 0, 'the accepted one')
  t.deepEqual(heard, [3])
})

test('a proposer that follows no column reaches every custody with all 128 at once, in the first second', async (t) => {
  const received = new Map<string, Set<number>>()
  const proposer = await makeNode({ topics: { columns: [] } })
  await proposer.start()
  const bootnodes = [...proposer.addresses()]
  const others = await Promise.all(
    [0, 1, 2, 3].map((place) => {
      const mine = new Set<number>()
      const columns = Array.from({ length: 64 }, (_, i) => (32 * place + i) % 128)
      received.set(String(place), mine)
      return makeNode({
        bootnodes,
        topics: { columns },
        gossip: { column: async (m) => taken(mine.add(m.index)) },
      })
    }),
  )
  t.teardown(() => Promise.all([proposer, ...others].map((node) => node.stop())))
  await Promise.all(others.map((node) => node.start()))
  await until(
    () =>
      Array.from({ length: 128 }, (_, k) => proposer.subscribers('column', k).length).every((n) => n === 2),
    'all subscriptions',
  )
  const sent = await Promise.all(
    Array.from({ length: 128 }, (_, k) => proposer.publish.column(makeColumn(k, 1, 16))),
  )
  t.true(sent.every((peers) => peers === 2))
  await until(() => [...received.values()].every((mine) => mine.size === 64), 'all columns')
  t.deepEqual(
    [...received.values()].map((mine) => mine.size),
    [64, 64, 64, 64],
  )
})

test('a message published twice, or seeded again by another node, is handled once', async (t) => {
  let heard = 0
  const reader = await makeNode({
    topics: { columns: [9] },
    gossip: { column: async () => taken(heard++) },
  })
  await reader.start()
  const [one, two] = await Promise.all([0, 1].map(() => makeNode({ bootnodes: [...reader.addresses()] })))
  t.teardown(() => Promise.all([reader, one!, two!].map((node) => node.stop())))
  await Promise.all([one!.start(), two!.start()])
  await until(
    () => one!.subscribers('column', 9).length === 1 && two!.subscribers('column', 9).length === 1,
    'subscribed',
  )
  t.is(await one!.publish.column(makeColumn(9)), 1)
  t.is(await one!.publish.column(makeColumn(9)), 0)
  t.is(await two!.publish.column(makeColumn(9)), 1)
  await two!.publish.column(makeColumn(9, 2))
  await until(() => heard >= 2, 'the second height')
  t.is(heard, 2)
})

test('what found no subscriber can be published again when one has come', async (t) => {
  let heard = 0
  const publisher = await makeNode()
  await publisher.start()
  t.is(await publisher.publish.column(makeColumn(7)), 0)
  const late = await makeNode({
    bootnodes: [...publisher.addresses()],
    topics: { columns: [7] },
    gossip: { column: async () => taken(heard++) },
  })
  t.teardown(() => Promise.all([publisher.stop(), late.stop()]))
  await late.start()
  await until(() => publisher.subscribers('column', 7).length === 1, 'the late subscriber')
  t.is(await publisher.publish.column(makeColumn(7)), 1)
  await until(() => heard === 1, 'the column')
  t.is(heard, 1)
})

test('a light node hears headers and certificates and is sent nothing else', async (t) => {
  const heard: string[] = []
  const light = await makeNode({
    topics: { proposal: false, vote: false, columns: [] },
    gossip: {
      header: async () => taken(heard.push('header')),
      proposal: async () => taken(heard.push('proposal')),
      vote: async () => taken(heard.push('vote')),
      certificate: async () => taken(heard.push('certificate')),
    },
  })
  await light.start()
  const full = await makeNode({ bootnodes: [...light.addresses()] })
  t.teardown(() => Promise.all([light.stop(), full.stop()]))
  await full.start()
  await until(() => full.subscribers('certificate').length === 1, 'subscribed')
  t.is(await full.publish.proposal(makeProposal()), 0)
  t.is(await full.publish.vote(makeVote()), 0)
  t.is(await full.publish.header(makeAnnouncement()), 1)
  t.is(await full.publish.certificate(makeCertificate()), 1)
  await until(() => heard.length === 2, 'both')
  t.deepEqual(heard.sort(), ['certificate', 'header'])
})

test('validations under way are bounded per peer, and what is above is ignored without blame', async (t) => {
  let started = 0
  const release: (() => void)[] = []
  const metrics = createCounters()
  const slow = await makeNode({
    metrics,
    limits: { pendingValidationsPerPeer: 4 },
    gossip: {
      vote: () => {
        started++
        return new Promise((resolve) => release.push(() => resolve(accept)))
      },
    },
  })
  await slow.start()
  const fast = await makeNode({ bootnodes: [...slow.addresses()] })
  t.teardown(() => Promise.all([slow.stop(), fast.stop()]))
  await fast.start()
  await until(() => fast.subscribers('vote').length === 1, 'subscribed')
  for (let i = 0; i < 10; i++) await fast.publish.vote(makeVote(1, i))
  await until(
    () => metrics.total('weft_network_gossip_verdicts_total', { code: 'queue-full-peer' }) === 6,
    'six ignored',
  )
  t.is(started, 4)
  t.is(slow.points(fast.peerId), 0)
  for (const go of release) go()
  await until(
    () => metrics.total('weft_network_gossip_verdicts_total', { code: 'ok' }) === 4,
    'four accepted',
  )
  await fast.publish.vote(makeVote(2, 0))
  await until(() => started === 5, 'room again')
  t.is(started, 5)
  for (const go of release) go()
})

test('a handler that hangs or throws counts as ignore, and its place is free when its work has ended', async (t) => {
  const metrics = createCounters()
  let end = (_: Verdict) => {}
  const hanging = new Promise<Verdict>((resolve) => {
    end = resolve
  })
  const node = await makeNode({
    metrics,
    limits: { validationTimeoutMs: 2_000, pendingValidationsPerPeer: 1 },
    gossip: {
      vote: (m) => (m.validator === 0 ? hanging : Promise.reject(new Error('broken'))),
    },
  })
  await node.start()
  const peer = await makeNode({ bootnodes: [...node.addresses()] })
  t.teardown(() => Promise.all([node.stop(), peer.stop()]))
  await peer.start()
  await until(() => peer.subscribers('vote').length === 1, 'subscribed')
  await peer.publish.vote(makeVote(1, 0))
  await until(() => metrics.total('weft_network_gossip_verdicts_total', { code: 'timeout' }) === 1, 'timeout')
  // Its work goes on, and so it keeps its place.
  await peer.publish.vote(makeVote(1, 1))
  await until(
    () => metrics.total('weft_network_gossip_verdicts_total', { code: 'queue-full-peer' }) === 1,
    'no place',
  )
  end(accept)
  await peer.publish.vote(makeVote(1, 2))
  await until(
    () => metrics.total('weft_network_gossip_verdicts_total', { code: 'handler-error' }) === 1,
    'error',
  )
  t.is(node.points(peer.peerId), 0)
})

test('a node whose mesh has two of its six peers hears everything, each message once', async (t) => {
  const PEERS = 6
  const MESSAGES = 20
  const heard: number[] = []
  const bootnodes: string[] = []
  const others: Awaited<ReturnType<typeof makeNode>>[] = []
  const makeOther = async () => {
    const node = await makeNode({ bootnodes: [...bootnodes], limits: { floodPublishPeers: 0 } })
    await node.start()
    bootnodes.push(...node.addresses())
    others.push(node)
  }
  for (let i = 0; i < PEERS; i++) await makeOther()
  const small = await makeNode({
    bootnodes,
    meshPeers: 2,
    gossip: { certificate: async ({ height }) => taken(heard.push(height)) },
  })
  await small.start()
  t.teardown(() => Promise.all([small, ...others].map((node) => node.stop())))
  await until(
    () => [small, ...others].every((node) => node.subscribers('certificate').length === PEERS),
    'all',
  )
  for (let i = 0; i < MESSAGES; i++) await others[i % PEERS]!.publish.certificate(makeCertificate(i + 1))
  await until(() => heard.length === MESSAGES, 'all messages')
  t.deepEqual(
    heard.toSorted((a, b) => a - b),
    Array.from({ length: MESSAGES }, (_, i) => i + 1),
  )
})
