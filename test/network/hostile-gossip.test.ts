// Peers that abuse gossip, driven by raw bytes: what they send costs them, is not forwarded, and does not keep honest
// messages from passing.

import test, { type ExecutionContext } from 'ava'
import { accept, ignore } from '../../src/base/verdict.ts'
import { ColumnType, VoteType } from '../../src/chain/containers.ts'
import { topicName } from '../../src/network/names.ts'
import {
  createRawClient,
  framed,
  rpcOfGrafts,
  rpcOfMessages,
  rpcOfSubscriptions,
  send,
} from './raw-client.ts'
import {
  chainId,
  createCounters,
  makeColumn,
  makeNode,
  makeVote,
  type NodeOptions,
  until,
} from './support.ts'

const votes = topicName(chainId, 'vote')
const column = (k: number) => topicName(chainId, 'column', k)

const attacked = async (t: ExecutionContext, options: NodeOptions = {}, maxWindowBytes?: number) => {
  const metrics = createCounters()
  const node = await makeNode({ metrics, topics: { columns: [1, 2] }, ...options })
  await node.start()
  const raw = await createRawClient({ chainId, ...(maxWindowBytes !== undefined && { maxWindowBytes }) })
  const connection = await raw.connect(node.addresses()[0]!)
  const stream = await connection.newStream('/meshsub/1.2.0')
  stream.addEventListener('message', () => {})
  t.teardown(() => Promise.all([raw.stop(), node.stop()]))
  const verdicts = (labels: Record<string, string>) =>
    metrics.total('weft_network_gossip_verdicts_total', labels)
  return { node, raw, connection, stream, metrics, verdicts }
}

test.serial('undecodable messages cost score at once, and the peer is banned within a second', async (t) => {
  let handled = 0
  const { node, raw, connection, stream, verdicts } = await attacked(t, {
    gossip: {
      vote: async () => {
        handled++
        return accept
      },
    },
  })
  await send(stream, rpcOfMessages([votes, Uint8Array.of(1, 2, 3)]))
  await until(() => verdicts({ code: 'undecodable' }) === 1, 'judged')
  t.true(node.points(raw.id) > 9.9 && node.points(raw.id) <= 10)
  for (let i = 0; i < 20_000 && connection.status === 'open'; i++)
    if (!(await send(stream, rpcOfMessages([votes, Uint8Array.of(1, 2, i & 255, i >> 8)])))) break
  await until(() => connection.status !== 'open', 'disconnected', 20_000)
  t.is(handled, 0)
  t.is(node.points(raw.id), 100)
  const again = await raw.connect(node.addresses()[0]!).catch(() => undefined)
  if (again !== undefined) await until(() => again.status !== 'open', 'refused', 5_000)
  t.false(node.peers().some((peer) => peer.id === raw.id))
})

test.serial('RPCs that are no protobuf cost their sender', async (t) => {
  const { node, raw, connection, stream } = await attacked(t)
  for (let i = 0; i < 50; i++) if (!(await send(stream, framed(Uint8Array.of(0xff, 0xff, 0xff, i))))) break
  await until(() => connection.status !== 'open', 'disconnected', 20_000)
  t.is(node.points(raw.id), 100)
})

test.serial('a column on another column’s topic is rejected', async (t) => {
  let handled = 0
  const { node, raw, stream, verdicts } = await attacked(t, {
    gossip: {
      column: async () => {
        handled++
        return accept
      },
    },
  })
  await send(stream, rpcOfMessages([column(2), ColumnType.serialize(makeColumn(1))]))
  await until(() => verdicts({ code: 'wrong-topic' }) === 1, 'judged')
  t.is(handled, 0)
  t.true(node.points(raw.id) > 9)
  await send(stream, rpcOfMessages([column(1), ColumnType.serialize(makeColumn(1))]))
  await until(() => handled === 1, 'the true one')
})

test.serial('a column above the chain’s rows is refused though its SSZ type would hold it', async (t) => {
  const { stream, verdicts } = await attacked(t, { maxRows: 4 })
  await send(stream, rpcOfMessages([column(1), ColumnType.serialize(makeColumn(1, 1, 6))]))
  await until(() => verdicts({ code: 'undecodable', topic: 'column' }) === 1, 'judged')
  await send(stream, rpcOfMessages([column(1), ColumnType.serialize(makeColumn(1, 1, 4))]))
  await until(() => verdicts({ code: 'ok', topic: 'column' }) === 1, 'accepted')
  t.pass()
})

test.serial('messages on topics that we do not follow are dropped and cost score', async (t) => {
  const { node, raw, stream, metrics } = await attacked(t)
  await send(
    stream,
    rpcOfMessages([column(77), ColumnType.serialize(makeColumn(77))], ['/other/topic', Uint8Array.of(1)]),
  )
  await until(() => node.points(raw.id) > 4, 'points')
  t.is(metrics.total('weft_network_penalties_total', { code: 'unwanted-topic' }), 1)
  t.is(metrics.total('weft_network_gossip_verdicts_total'), 0)
})

test.serial('a message above the size limit is not taken, and its stream ends', async (t) => {
  const { stream, verdicts } = await attacked(t, { limits: { gossipMessageBytes: 2 ** 20 } })
  await send(stream, rpcOfMessages([column(1), new Uint8Array(2 * 2 ** 20)]))
  await until(
    () =>
      stream.status !== 'open' ||
      stream.writeStatus !== 'writable' ||
      stream.remoteReadStatus !== 'readable' ||
      stream.remoteWriteStatus === 'closed',
    'ended',
  )
  t.is(verdicts({}), 0)
})

test.serial('subscriptions to a flood of topics are not kept', async (t) => {
  const { node, raw, stream } = await attacked(t)
  for (let round = 0; round < 9; round++)
    await send(stream, rpcOfSubscriptions(...Array.from({ length: 200 }, (_, i) => `/junk/${round}/${i}`)))
  await send(stream, rpcOfSubscriptions(column(5)))
  await until(() => node.subscribers('column', 5).includes(raw.id), 'subscribed')
  t.is(node.subscribers('column', 6).length, 0)
})

test.serial('a flood of control entries is dropped above the rate, and ends in a ban', async (t) => {
  const { node, raw, connection, stream, metrics } = await attacked(t, {
    limits: { gossipControlPerSecond: 200, gossipControlBurst: 1_000 },
  })
  const flood = rpcOfGrafts(votes, 400)
  for (let i = 0; i < 500; i++) if (!(await send(stream, flood))) break
  await until(() => connection.status !== 'open', 'disconnected', 20_000)
  t.is(node.points(raw.id), 100)
  t.true(metrics.total('weft_network_penalties_total', { code: 'control-flood' }) > 0)
})

test.serial('ignored messages are free until there are too many of them', async (t) => {
  const { node, raw, connection, stream } = await attacked(t, {
    limits: { ignoredPerSecond: 10, ignoredBurst: 100 },
    gossip: { vote: async () => ignore('old') },
  })
  const vote = (i: number) => rpcOfMessages([votes, VoteType.serialize(makeVote(i))])
  for (let i = 0; i < 90; i++) await send(stream, vote(i))
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.is(node.points(raw.id), 0)
  for (let i = 100; i < 1_000; i++) if (!(await send(stream, vote(i)))) break
  await until(() => connection.status !== 'open', 'disconnected', 20_000)
  t.is(node.points(raw.id), 100)
})

test.serial('gossip bytes above the rate are held back at the sender, not kept by us', async (t) => {
  const { node, stream, metrics } = await attacked(t, {
    limits: { gossipBytesPerSecond: 2 ** 20, gossipBytesBurst: 2 ** 20 },
  })
  let sent = 0
  const beganMs = Date.now()
  const end = beganMs + 1_500
  const pushing = (async () => {
    for (let i = 0; i < 400 && Date.now() < end; i++) {
      const message = rpcOfMessages([column(1), ColumnType.serialize(makeColumn(1, i, 64))])
      if (!(await send(stream, message))) return
      sent += message.length
    }
  })()
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const taken = metrics.total('weft_network_gossip_bytes_total')
  // 1 MiB of burst, 1 MiB a second, and a Yamux window of up to 2 MiB that was under way.
  const most = (3.5 + (Date.now() - beganMs) / 1_000) * 2 ** 20
  t.true(taken > 2 ** 20 && taken < most, `${taken} bytes were taken`)
  // What was not sent is not kept by us either.
  t.true(sent < 12 * 2 ** 20, `${sent} bytes were sent`)
  t.true(node.peers().length <= 1)
  stream.abort(new Error('enough'))
  await pushing
})

test.serial('honest columns keep arriving while a peer floods', async (t) => {
  const heard = new Set<number>()
  const { node, stream, connection } = await attacked(t, {
    gossip: {
      vote: async () => ignore('old'),
      column: async (m) => {
        heard.add(m.header.message.height)
        return accept
      },
    },
  })
  const honest = await makeNode({ bootnodes: [...node.addresses()] })
  t.teardown(() => honest.stop())
  await honest.start()
  await until(() => honest.subscribers('column', 1).length === 1, 'subscribed')
  let sent = 0
  const flooding = (async () => {
    while (connection.status === 'open') {
      // The attacker shares our thread here: it must let us run at all.
      await new Promise((resolve) => setImmediate(resolve))
      for (let i = 0; i < 50; i++, sent++) {
        const vote = VoteType.serialize(makeVote(sent, sent % 1_000))
        if (!(await send(stream, rpcOfMessages([votes, vote])))) return
      }
    }
  })()
  const startMs = performance.now()
  for (let height = 1; height <= 20; height++) {
    await honest.publish.column(makeColumn(1, height, 16))
    await until(() => heard.has(height), `column ${height}`, 20_000)
  }
  t.is(heard.size, 20)
  t.true(performance.now() - startMs < 60_000)
  t.true(sent > 500)
  connection.abort(new Error('enough'))
  await flooding
})

test.serial('a subscriber that reads nothing is dropped, and does not hold up the others', async (t) => {
  const { node, raw, connection, stream } = await attacked(t, {
    limits: { gossipSendMarkBytes: 2 ** 19, gossipSendBufferBytes: 64 * 2 ** 20, writeStallMs: 1_500 },
  })
  await send(stream, rpcOfSubscriptions(column(9)))
  let heard = 0
  const honest = await makeNode({
    bootnodes: [...node.addresses()],
    topics: { columns: [9] },
    gossip: {
      column: async () => {
        heard++
        return accept
      },
    },
  })
  t.teardown(() => honest.stop())
  await honest.start()
  await until(() => node.subscribers('column', 9).length === 2, 'both subscribed')
  for (const inbound of connection.streams)
    if (inbound.protocol === '/meshsub/1.2.0' && inbound.direction === 'inbound') inbound.pause()
  const startMs = performance.now()
  for (let height = 1; height <= 60; height++) await node.publish.column(makeColumn(9, height, 64))
  await until(() => heard === 60, 'all columns')
  t.true(performance.now() - startMs < 20_000)
  await until(() => connection.status !== 'open', 'dropped', 20_000)
  t.true(node.points(raw.id) > 20)
  t.is(node.points(honest.peerId), 0)
})

test.serial('a subscriber that reads in fits and starts makes a publisher wait once', async (t) => {
  // No more than Yamux's least window is under way to it.
  const { node, connection, stream } = await attacked(
    t,
    { limits: { gossipSendMarkBytes: 2 ** 19 } },
    2 ** 18,
  )
  await send(stream, rpcOfSubscriptions(column(9)))
  await until(() => node.subscribers('column', 9).length === 1, 'subscribed')
  const inbound = connection.streams.filter(
    (one) => one.protocol === '/meshsub/1.2.0' && one.direction === 'inbound',
  )
  let waits = 0
  let height = 0
  const publish = async () => {
    const startMs = performance.now()
    await node.publish.column(makeColumn(9, ++height, 64))
    if (performance.now() - startMs > 450) waits++
  }
  for (let round = 0; round < 5; round++) {
    for (const one of inbound) one.pause()
    for (let i = 0; i < 10; i++) await publish()
    for (const one of inbound) one.resume()
    // Its queue is short again.
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  t.is(connection.status, 'open')
  t.true(waits <= 2, `waited ${waits} times`)
})
