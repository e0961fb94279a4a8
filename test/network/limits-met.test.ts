// Limits that only a flood meets, each made small enough for one: the metric of limits names it, the peer is held back
// or cut, and the node goes on answering others.

import { Socket } from 'node:net'
import type { Connection, Stream } from '@libp2p/interface'
import test, { type ExecutionContext } from 'ava'
import { accept, type Verdict } from '../../src/base/verdict.ts'
import { ColumnType } from '../../src/chain/containers.ts'
import type { LimitName, NetworkLimits } from '../../src/network/limits.ts'
import { topicName } from '../../src/network/names.ts'
import { createRawClient, joined, type RawClient, rpcOfMessages, send, varint } from './raw-client.ts'
import {
  chainId,
  columnsRequest,
  createCounters,
  makeColumn,
  makeNode,
  type NodeOptions,
  soon,
  until,
} from './support.ts'

const protocol = (name: string) => `/weft/${chainId}/${name}/1`
const column = (k: number) => topicName(chainId, 'column', k)
const never = () => new Promise<Verdict>(() => {})

const flooded = async (t: ExecutionContext, limits: Partial<NetworkLimits>, options: NodeOptions = {}) => {
  const metrics = createCounters()
  const node = await makeNode({ metrics, topics: { columns: [1, 2] }, limits, ...options })
  await node.start()
  const clients: RawClient[] = []
  t.teardown(() => Promise.all([...clients.map((raw) => raw.stop()), node.stop()]))
  const attacker = async () => {
    const raw = await createRawClient({ chainId })
    clients.push(raw)
    const connection = await raw.connect(node.addresses()[0]!)
    return {
      raw,
      connection,
      open: (name: string) => connection.newStream(protocol(name), { maxOutboundStreams: 1_000 }),
    }
  }
  const met = (limit: LimitName) => metrics.total('weft_network_limited_total', { limit })
  /** The limit was met, and an honest peer is answered still. */
  const isMet = async (limit: LimitName) => {
    await until(() => met(limit) > 0, limit)
    t.true(met(limit) > 0)
  }
  return { node, attacker, met, isMet }
}

const largeColumns: NodeOptions['streams'] = {
  async *columns({ indices }) {
    for (const index of indices) yield makeColumn(index, 1, 64)
  },
}
const askColumns = (stream: Stream) => {
  const request = joined(
    new Uint8Array(32),
    [36, 0, 0, 0],
    Array.from({ length: 128 }, (_, k) => k),
  )
  stream.addEventListener('message', () => {})
  try {
    stream.send(joined(varint(request.length), request))
  } catch {
    // It was reset already: that is what the floods are for.
  }
}

test.serial('the peer that holds most is cut when all together hold too much', async (t) => {
  const { attacker, isMet } = await flooded(
    t, // What our writer leaves in a stream whose window is full is less than a piece.
    { bufferedBytes: 100 },
    { streams: largeColumns },
  )
  const { connection, open } = await attacker()
  const streams = await Promise.all(Array.from({ length: 4 }, () => open('columns')))
  for (const stream of streams) {
    askColumns(stream)
    setTimeout(() => stream.pause(), 0)
  }
  await isMet('bufferedBytes')
  await until(() => connection.status !== 'open', 'closed')
})

test.serial('submissions at once, and requests of all peers at once, have their limits', async (t) => {
  const { attacker, isMet, node } = await flooded(t, {
    inboundSubmissions: 2,
    inboundRequests: 6,
    inboundRequestsPerPeer: 16,
  })
  const first = await attacker()
  for (let i = 0; i < 3; i++) (await first.open('submit')).send(Uint8Array.of(100))
  await isMet('inboundSubmissions')
  for (let i = 0; i < 8; i++) (await first.open('headers')).send(Uint8Array.of(10))
  await isMet('inboundRequests')
  t.true(node.points(first.raw.id) < 100)
})

test.serial('large submissions wait unread for their room, small ones do not', async (t) => {
  let taken = 0
  const { attacker, isMet, node } = await flooded(
    t,
    { inboundRequestBytes: 2 ** 20, requestReadTimeoutMs: 60_000, answerTimeoutMs: 60_000 },
    { maxRows: 64, streams: { submit: async () => ({ code: taken++, blobId: new Uint8Array(32) }) } },
  )
  const first = await attacker()
  // Two of 3 MiB announced, of which nothing comes.
  for (let i = 0; i < 2; i++) (await first.open('submit')).send(Uint8Array.from(varint(3 * 2 ** 20)))
  await isMet('inboundRequestBytes')
  const honest = await makeNode({ bootnodes: [...node.addresses()] })
  t.teardown(() => honest.stop())
  await honest.start()
  await until(() => honest.peers().length === 1, 'connected')
  const submission = { namespace: new Uint8Array(29), flags: 0, data: new Uint8Array(1_000), after: [] }
  t.is((await honest.request.submit(node.peerId, submission, { signal: soon() })).code, 0)
  const large = { ...submission, data: new Uint8Array(2 ** 20) }
  const waiting = honest.request.submit(node.peerId, large, { signal: soon(60_000) })
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.is(taken, 1)
  await first.raw.stop()
  t.is((await waiting).code, 1)
})

test.serial('requests of all peers in a second have a limit', async (t) => {
  const { attacker, isMet } = await flooded(t, { requestsPerSecond: 5, requestsBurst: 10 })
  const { open } = await attacker()
  for (let i = 0; i < 20; i++) await open('headers').then((stream) => stream.send(Uint8Array.of(10)))
  await isMet('requestsPerSecond')
})

for (const limit of ['answerBytesPerSecondPerPeer', 'answerBytesPerSecond'] as const) {
  test.serial(`answers are slowed by ${limit}`, async (t) => {
    const burst = limit === 'answerBytesPerSecond' ? 'answerBytesBurst' : 'answerBytesBurstPerPeer'
    const { attacker, isMet } = await flooded(
      t,
      { [limit]: 100_000, [burst]: 200_000 },
      { streams: largeColumns },
    )
    const { open } = await attacker()
    askColumns(await open('columns'))
    await isMet(limit)
  })
}

const pending: readonly (readonly [LimitName, Partial<NetworkLimits>])[] = [
  ['pendingValidations', { pendingValidations: 5 }],
  ['pendingValidationsPerPeer', { pendingValidationsPerPeer: 5 }],
  ['pendingBytes', { pendingBytes: 50_000 }],
  ['pendingBytesPerPeer', { pendingBytesPerPeer: 50_000 }],
  ['validationTimeoutMs', { validationTimeoutMs: 100 }],
]
for (const [limit, limits] of pending) {
  test.serial(`messages under validation are bounded by ${limit}`, async (t) => {
    let hang = true
    const { node, attacker, isMet } = await flooded(t, limits, {
      gossip: { column: () => (hang ? never() : Promise.resolve(accept)) },
    })
    const { raw, connection } = await attacker()
    const stream = await connection.newStream('/meshsub/1.2.0')
    stream.addEventListener('message', () => {})
    for (let i = 0; i < 20; i++)
      await send(stream, rpcOfMessages([column(1), ColumnType.serialize(makeColumn(1, i, 4))]))
    await isMet(limit)
    hang = false
    t.is(node.points(raw.id), 0)
  })
}

test.serial('all peers together have so many connections', async (t) => {
  const { node, attacker, isMet } = await flooded(t, { maxConnections: 4 })
  for (let i = 0; i < 6; i++) await attacker().catch(() => {})
  await isMet('maxConnections')
  t.true(node.addresses().length > 0)
})

test.serial('connections from one address are refused above their number and their rate', async (t) => {
  const { attacker, isMet } = await flooded(t, { maxConnectionsPerIp: 3, inboundConnectionsPerSecond: 6 })
  for (let i = 0; i < 5; i++) await attacker().catch(() => {})
  await isMet('maxConnectionsPerIp')
  await Promise.allSettled(Array.from({ length: 8 }, () => attacker()))
  await isMet('inboundConnectionsPerSecond')
})

test.serial('connections that do not finish their greeting are few, and closed in time', async (t) => {
  const { node, isMet } = await flooded(t, { maxPendingInbound: 4, upgradeTimeoutMs: 700 })
  const port = Number(/tcp\/(\d+)/.exec(node.addresses()[0]!)![1])
  let closed = 0
  for (let i = 0; i < 12; i++) {
    const socket = new Socket().connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.once('close', () => closed++)
  }
  await isMet('maxPendingInbound')
  await until(() => closed === 12, 'all are closed', 10_000)
  t.is(closed, 12)
})

test.serial('own requests to one peer that does not answer are bounded', async (t) => {
  const { node, attacker, isMet } = await flooded(t, {
    outboundRequestsPerPeer: 2,
    outboundRequestsWaiting: 3,
  })
  const { raw } = await attacker()
  await raw.host.handle(protocol('columns'), () => {})
  const asked = Array.from({ length: 8 }, () =>
    node.request.columns(raw.id, columnsRequest([1]), { signal: soon(1_500) }).catch((error) => error.code),
  )
  await isMet('outboundRequestsWaiting')
  t.true((await Promise.all(asked)).includes('busy'))
})

/** Writes as fast as the connection takes it, until it is closed. */
const untilClosed = async (connection: { readonly status: string }, write: () => void) => {
  const end = Date.now() + 20_000
  while (connection.status === 'open' && Date.now() < end) {
    for (let i = 0; i < 50 && connection.status === 'open'; i++) write()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

test.serial('frames of one byte are slowed down, and who goes on with them is banned', async (t) => {
  const { node, attacker, met, isMet } = await flooded(t, {
    smallFramesPerSecond: 100,
    smallFramesBurst: 200,
    overLimitMs: 600,
  })
  const { raw, connection } = await attacker()
  const stream = await connection.newStream('/meshsub/1.2.0')
  stream.addEventListener('message', () => {})
  // The length of a message that never ends.
  stream.send(Uint8Array.from(varint(2 ** 20)))
  await untilClosed(connection, () => {
    if (stream.status === 'open' && !stream.writableNeedsDrain) stream.send(Uint8Array.of(1))
  })
  t.not(connection.status, 'open')
  await isMet('smallFramesPerSecond')
  await isMet('overLimitMs')
  t.is(met('framesPerSecond'), 0)
  t.is(node.points(raw.id), 100)
})

test.serial('frames of any size have a rate; above it a peer is held back, and not cut', async (t) => {
  const { node, attacker, met, isMet } = await flooded(t, {
    framesPerSecond: 200,
    framesBurst: 300,
    overLimitMs: 200,
  })
  const { raw, connection } = await attacker()
  const stream = await connection.newStream('/meshsub/1.2.0')
  stream.addEventListener('message', () => {})
  stream.send(Uint8Array.from(varint(2 ** 20)))
  const startMs = performance.now()
  for (let i = 0; i < 700; i++) await send(stream, new Uint8Array(500).fill(1))
  await isMet('framesPerSecond')
  await until(() => performance.now() - startMs > 1_000, 'a while')
  t.is(connection.status, 'open')
  t.is(met('overLimitMs'), 0)
  t.is(node.points(raw.id), 0)
})

test.serial('who opens streams faster than it may for long is banned', async (t) => {
  const { node, attacker, isMet } = await flooded(t, {
    streamsPerSecond: 20,
    streamsBurst: 30,
    overLimitMs: 800,
  })
  const { raw, connection, open } = await attacker()
  // Once a stream is answered the node is past the greeting, before which libp2p itself cuts whoever opens more than ten.
  await open('headers')
  const opened: Promise<unknown>[] = []
  await untilClosed(connection, () => {
    while (opened.length < 60) opened.push(connection.newStream('/nothing/1').catch(() => {}))
  })
  await isMet('streamsPerSecond')
  await isMet('overLimitMs')
  t.is(node.points(raw.id), 100)
})

for (const [limit, limits, size] of [
  ['gossipEntriesPerSecond', { gossipEntriesPerSecond: 50, gossipEntriesBurst: 100 }, 1],
  ['gossipBytesPerSecond', { gossipBytesPerSecond: 50_000, gossipBytesBurst: 100_000 }, 5],
] as const) {
  test.serial(`gossip above ${limit} is held back, and for long it ends in a ban`, async (t) => {
    const { node, attacker, isMet } = await flooded(t, { ...limits, overLimitMs: 800 })
    const { raw, connection } = await attacker()
    const stream = await connection.newStream('/meshsub/1.2.0')
    stream.addEventListener('message', () => {})
    let height = 0
    await untilClosed(connection, () => {
      if (stream.status !== 'open' || stream.writableNeedsDrain) return
      stream.send(rpcOfMessages([column(1), ColumnType.serialize(makeColumn(1, height++, size))]))
    })
    await isMet(limit)
    await isMet('overLimitMs')
    t.is(node.points(raw.id), 100)
  })
}

test.serial(
  'of whoever was banned while it was held back nothing is left, however long it had to wait',
  async (t) => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    const { node, attacker, isMet } = await flooded(t, {
      gossipBytesPerSecond: 1_000,
      gossipBytesBurst: 10_000,
      overLimitMs: 100,
    })
    const { raw, connection } = await attacker()
    const stream = await connection.newStream('/meshsub/1.2.0')
    stream.addEventListener('message', () => {})
    // Two minutes at this rate.
    stream.send(rpcOfMessages([column(1), ColumnType.serialize(makeColumn(1, 1, 64))]))
    await until(() => connection.status !== 'open', 'banned')
    await isMet('overLimitMs')
    await Promise.all([raw.stop(), node.stop()])
    await until(() => timers() <= before, 'all timers are gone')
    t.true(timers() <= before)
  },
)

test.serial('one peer has so many connections; further ones are refused', async (t) => {
  const { node, isMet } = await flooded(t, { maxConnectionsPerPeer: 2 })
  const clients = [await createRawClient({ chainId })]
  const [first] = clients
  for (let i = 0; i < 3; i++) clients.push(await createRawClient({ chainId, privateKey: first!.privateKey }))
  t.teardown(() => Promise.all(clients.map((raw) => raw.stop())))
  const connections = await Promise.allSettled(clients.map((raw) => raw.connect(node.addresses()[0]!)))
  await isMet('maxConnectionsPerPeer')
  const open = () =>
    connections.filter((result) => result.status === 'fulfilled' && result.value.status === 'open')
  await until(() => open().length === 2, 'two are left')
  t.is(node.peers().length, 1)
})

test.serial('replies that wait for a socket that nobody reads are bounded', async (t) => {
  const { attacker, isMet } = await flooded(
    t,
    {
      connectionSendBufferBytes: 2_000,
      answerBytesPerSecondPerPeer: 2 ** 28,
      answerBytesBurstPerPeer: 2 ** 28,
    },
    { streams: largeColumns },
  )
  const sockets = new Set<Socket>()
  const connect = Socket.prototype.connect
  Socket.prototype.connect = function (this: Socket, ...parameters: unknown[]) {
    sockets.add(this)
    return (connect as (...values: unknown[]) => Socket).apply(this, parameters)
  } as typeof connect
  t.teardown(() => {
    Socket.prototype.connect = connect
  })
  const { connection, open } = await attacker()
  const gossip = await connection.newStream('/meshsub/1.2.0')
  const streams = await Promise.all(Array.from({ length: 12 }, () => open('columns')))
  for (const socket of sockets) socket.pause()
  for (const stream of streams) {
    askColumns(stream)
    // A window of Yamux that our own muxer would not give: what fills the socket's buffers below.
    widen(connection, stream, 16 * 2 ** 20)
  }
  gossip.send(Uint8Array.from(varint(2 ** 20)))
  // Each is answered by a window update of 12 bytes.
  await untilClosed(connection, () => {
    if (gossip.status === 'open' && !gossip.writableNeedsDrain) gossip.send(new Uint8Array(200))
  })
  await isMet('connectionSendBufferBytes')
})

/** A Yamux window update (type 1) put together by hand. */
const widen = (connection: Connection, stream: Stream, bytes: number): void => {
  const { muxer } = connection as unknown as { readonly muxer: { maConn: { send(frame: Uint8Array): void } } }
  const frame = new Uint8Array(12)
  const view = new DataView(frame.buffer)
  view.setUint8(1, 1)
  view.setUint32(4, (stream as unknown as { readonly streamId: number }).streamId)
  view.setUint32(8, bytes)
  muxer.maConn.send(frame)
}
