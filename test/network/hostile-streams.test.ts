// Peers that break the stream protocols, driven by raw bytes: askers against our server, servers against our asker.

import type { Stream } from '@libp2p/interface'
import test, { type ExecutionContext } from 'ava'
import { TileType } from '../../src/chain/containers.ts'
import { createRawClient, joined, type RawClient, readAll, send, serveStatus, varint } from './raw-client.ts'
import {
  chainId,
  columnsRequest,
  createCounters,
  makeAnnouncement,
  makeColumn,
  makeNode,
  makeTile,
  type NodeOptions,
  soon,
  until,
} from './support.ts'

const protocol = (name: string) => `/weft/${chainId}/${name}/1`

/** A node of ours and a raw client that is connected to it and gives an honest status. */
const victim = async (t: ExecutionContext, options: NodeOptions = {}) => {
  const metrics = createCounters()
  const node = await makeNode({ metrics, ...options })
  await node.start()
  const raw = await createRawClient({ chainId })
  const connection = await raw.connect(node.addresses()[0]!)
  t.teardown(() => Promise.all([raw.stop(), node.stop()]))
  return { node, raw, connection, metrics, open: (name: string) => connection.newStream(protocol(name)) }
}

/** Whether the stream is closed within `ms`; how long it took. */
const closedAfter = async (stream: Stream, ms: number): Promise<number> => {
  const startMs = performance.now()
  await until(() => stream.status !== 'open', 'the stream is closed', ms)
  return performance.now() - startMs
}

test.serial(
  'an oversize length is refused by code 1 before its bytes are sent or room is made for them',
  async (t) => {
    const { node, raw, open } = await victim(t)
    const stream = await open('headers')
    const answer = readAll(stream)
    // 2^28 - 1 bytes announced, none sent.
    stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f))
    t.deepEqual([...(await answer).bytes], [1])
    t.true(node.points(raw.id) >= 9)
  },
)

test.serial('a varint that is too long, or not the shortest, is refused by code 1', async (t) => {
  const { open } = await victim(t)
  for (const bytes of [
    [0xff, 0xff, 0xff, 0xff, 0x01],
    [0x8a, 0x00],
  ]) {
    const stream = await open('headers')
    const answer = readAll(stream)
    stream.send(Uint8Array.from(bytes))
    t.deepEqual([...(await answer).bytes], [1])
  }
})

test.serial(
  'requests that are not SSZ, or out of bounds, are refused by code 1 and ban the peer in the end',
  async (t) => {
    let handled = 0
    const { node, raw, connection, open } = await victim(t, {
      streams: {
        async *headers() {
          handled++
          yield makeAnnouncement(1)
        },
      },
    })
    const requests = [
      [],
      [1, 2, 3],
      // start 0, count 129: above the range limit.
      [0, 0, 0, 0, 0, 0, 0, 0, 129, 0],
      // start 2^64 - 1: no number of ours.
      [255, 255, 255, 255, 255, 255, 255, 255, 1, 0],
    ]
    let answered = 0
    for (let round = 0; round < 4 && connection.status === 'open'; round++)
      for (const request of requests) {
        try {
          const stream = await open('headers')
          const answer = readAll(stream)
          stream.send(joined(varint(request.length), request))
          const { bytes, reset } = await answer
          // The one that reaches the ban may find the connection gone.
          if (!reset && connection.status === 'open') {
            t.deepEqual([...bytes], [1])
            answered++
          }
        } catch {
          break
        }
      }
    t.true(answered >= 8)
    t.is(handled, 0)
    await until(() => connection.status !== 'open', 'disconnected')
    t.is(node.points(raw.id), 100)
    await t.throwsAsync(
      raw.connect(node.addresses()[0]!).then((again) => again.newStream(protocol('headers'))),
    )
  },
)

test.serial('a slow writer is cut at the deadline of its request', async (t) => {
  const { node, open } = await victim(t, { limits: { requestReadTimeoutMs: 300 } })
  const stream = await open('headers')
  stream.addEventListener('message', () => {})
  stream.send(Uint8Array.of(10, 0, 0))
  const ms = await closedAfter(stream, 3_000)
  t.true(ms > 200 && ms < 2_500, `${ms} ms`)
  t.true(node.peers().length <= 1)
})

test.serial(
  'a slow reader is cut when it has taken nothing for the stall time, and the server has made few items',
  async (t) => {
    let made = 0
    const { open } = await victim(t, {
      limits: { writeStallMs: 300 },
      streams: {
        async *columns({ indices }) {
          for (const index of indices) {
            made++
            yield makeColumn(index, 1, 64)
          }
        },
      },
    })
    const stream = await open('columns')
    stream.addEventListener('message', () => {})
    const request = joined(
      new Uint8Array(32),
      [36, 0, 0, 0],
      Array.from({ length: 128 }, (_, k) => k),
    )
    stream.send(joined(varint(request.length), request))
    setTimeout(() => stream.pause(), 0)
    await closedAfter(stream, 5_000).catch(() => t.fail('the stream stayed open'))
    // A window of 256 KiB and a piece: a few columns of 131 KB.
    t.true(made >= 2 && made <= 12, `${made} columns were made`)
  },
)

test.serial('a peer that writes on and on is cut by the byte budget', async (t) => {
  const { open, metrics } = await victim(t)
  const stream = await open('tiles')
  stream.addEventListener('message', () => {})
  stream.send(Uint8Array.of(90))
  const sent = await send(stream, new Uint8Array(4 * 2 ** 20))
  await until(() => stream.status !== 'open', 'cut')
  t.false(sent && stream.status === 'open')
  t.is(metrics.total('weft_network_requests_total', { stream: 'tiles', result: 'ok' }), 0)
})

test.serial(
  'a peer above the number of requests at once is answered by code 3, and others are served',
  async (t) => {
    const { node, connection, open } = await victim(t, {
      limits: { inboundRequestsPerPeer: 4, answerTimeoutMs: 20_000, requestReadTimeoutMs: 20_000 },
    })
    const held = await Promise.all(Array.from({ length: 4 }, () => open('headers')))
    for (const stream of held) stream.send(Uint8Array.of(10))
    const extra = await open('headers')
    t.deepEqual([...(await readAll(extra)).bytes], [3])
    const honest = await makeNode({ bootnodes: [...node.addresses()] })
    t.teardown(() => honest.stop())
    await honest.start()
    await until(() => honest.peers().length === 1, 'connected')
    const headers = await honest.request.headers(node.peerId, { start: 1, count: 2 }, { signal: soon() })
    t.is(headers.length, 2)
    t.is(connection.status, 'open')
  },
)

test.serial('a flood of requests is answered by code 3 and ends in a ban', async (t) => {
  const { node, raw, connection, open } = await victim(t, {
    limits: { requestsPerSecondPerPeer: 10, requestsBurstPerPeer: 20 },
  })
  let asked = 0
  while (connection.status === 'open' && asked < 2_000) {
    asked++
    try {
      const stream = await open('status')
      await readAll(stream)
    } catch {
      break
    }
  }
  await until(() => connection.status !== 'open', 'disconnected')
  t.true(asked < 500, `${asked} requests`)
  t.is(node.points(raw.id), 100)
})

test.serial('a connection that opens streams too fast is closed', async (t) => {
  const { node, raw, connection } = await victim(t, { limits: { streamsBurst: 50, streamsPerSecond: 10 } })
  const opened = Array.from({ length: 200 }, () =>
    connection.newStream('/nothing/1').then(
      () => true,
      () => false,
    ),
  )
  await until(() => connection.status !== 'open', 'closed')
  t.false((await Promise.all(opened)).includes(true))
  t.true(node.points(raw.id) > 0)
})

// ---- hostile servers ----

/** A node of ours that asks a raw server; `answer` writes what it wants on each stream. */
const asker = async (
  t: ExecutionContext,
  name: string,
  answer: (stream: Stream) => void,
  options: NodeOptions = {},
) => {
  const raw = await createRawClient({ listen: true, chainId })
  await raw.host.handle(protocol(name), (stream) => answer(stream))
  const node = await makeNode(options)
  await node.start()
  t.teardown(() => Promise.all([raw.stop(), node.stop()]))
  await node.dial(raw.host.getMultiaddrs()[0]!.toString(), { signal: soon() })
  return { node, raw }
}

const cases: readonly [string, readonly number[], string, number][] = [
  ['an oversize item', [0, 0xff, 0xff, 0xff, 0x7f], 'oversize', 19],
  ['an item that is not SSZ', [0, 3, 1, 2, 3], 'malformed', 19],
  ['an unknown code', [77], 'malformed', 19],
  ['half an item', [0, 100, 1, 2, 3], 'reset', 0.9],
  ['code 2', [2], 'unavailable', 0],
  ['code 4', [4], 'pruned', 0],
]
for (const [what, bytes, code, points] of cases) {
  test.serial(`a server that answers with ${what} fails the call with ${code}`, async (t) => {
    const { node, raw } = await asker(t, 'columns', (stream: Stream) => {
      stream.send(Uint8Array.from(bytes))
      stream.close().catch(() => {})
    })
    await t.throwsAsync(node.request.columns(raw.id, columnsRequest([1]), { signal: soon() }), { code })
    t.true(node.points(raw.id) >= points)
    if (points === 0) t.is(node.points(raw.id), 0)
  })
}

test.serial('a server that sends more items than were asked for fails the call with oversize', async (t) => {
  const submissionAnswer = [0, 33, ...new Uint8Array(33)]
  const { node, raw } = await asker(t, 'submit', (stream: Stream) => {
    stream.send(Uint8Array.from([...submissionAnswer, ...submissionAnswer]))
    stream.close().catch(() => {})
  })
  const submission = { namespace: new Uint8Array(29), flags: 0, data: Uint8Array.of(1), after: [] }
  await t.throwsAsync(node.request.submit(raw.id, submission, { signal: soon() }), { code: 'oversize' })
})

test.serial(
  'an answer above what the asker allows is refused by its length, one within it comes',
  async (t) => {
    const { node, raw } = await asker(t, 'tiles', (stream: Stream) => {
      const tile = TileType.serialize(makeTile(0, 1))
      stream.send(joined([0], varint(tile.length), tile))
      stream.close().catch(() => {})
    })
    const bytes = TileType.value_serializedSize(makeTile(0, 1))
    const tilesRequest = { root: new Uint8Array(32), tiles: [{ band: 0, column: 1 }] }
    const ask = (maxBytes: number) => node.request.tiles(raw.id, tilesRequest, { signal: soon(), maxBytes })
    t.is((await ask(bytes)).length, 1)
    await t.throwsAsync(ask(bytes - 1), { code: 'oversize' })
    t.true(node.points(raw.id) >= 19)
  },
)

test.serial(
  'a server that floods the answer is cut by the byte budget, and memory stays where it was',
  async (t) => {
    let sent = 0
    const { node, raw } = await asker(t, 'columns', async (stream: Stream) => {
      stream.addEventListener('message', () => {})
      const piece = new Uint8Array(2 ** 20)
      // A length of 130,000 for the one item that was asked for, and then no end of bytes.
      stream.send(joined([0], varint(130_000)))
      while (sent < 200 && (await send(stream, piece))) sent++
    })
    const before = process.memoryUsage().rss
    const error = await t.throwsAsync(node.request.columns(raw.id, columnsRequest([1]), { signal: soon() }))
    t.true(['oversize', 'malformed'].includes((error as { code?: string }).code ?? ''))
    await new Promise((resolve) => setTimeout(resolve, 200))
    t.true(sent < 20, `${sent} MiB were sent`)
    t.true(process.memoryUsage().rss - before < 200 * 2 ** 20)
  },
)

test.serial('a server that trickles, or says nothing, is given up at the signal’s deadline', async (t) => {
  const { node, raw } = await asker(t, 'columns', (stream: Stream) => {
    stream.addEventListener('message', () => {})
    const timer = setInterval(() => {
      if (stream.status === 'open') stream.send(Uint8Array.of(0))
      else clearInterval(timer)
    }, 50)
  })
  const startMs = performance.now()
  // [0, 0]: an item of no bytes is malformed, so the trickle is judged at once.
  await t.throwsAsync(node.request.columns(raw.id, columnsRequest([1]), { signal: soon(600) }), {
    code: 'malformed',
  })
  await raw.host.unhandle(protocol('columns'))
  await raw.host.handle(protocol('columns'), () => {})
  await t.throwsAsync(node.request.columns(raw.id, columnsRequest([1]), { signal: soon(300) }), {
    code: 'aborted',
  })
  t.true(performance.now() - startMs < 3_000)
})

test.serial('frames of one byte are cut before they cost much', async (t) => {
  const { node, raw } = await asker(t, 'columns', async (stream: Stream) => {
    stream.addEventListener('message', () => {})
    stream.send(joined([0], varint(130_000)))
    for (let i = 0; i < 20_000 && stream.status === 'open'; i++) {
      await send(stream, Uint8Array.of(1))
      if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })
  await t.throwsAsync(node.request.columns(raw.id, columnsRequest([1]), { signal: soon() }), {
    code: 'oversize',
  })
})

test.serial(
  'a peer of another chain, by its status or by its protocols, is disconnected and stays away',
  async (t) => {
    const node = await makeNode()
    await node.start()
    const liar = await createRawClient()
    await serveStatus(liar.host, chainId, 'cd'.repeat(32))
    const stranger = await createRawClient()
    t.teardown(() => Promise.all([liar.stop(), stranger.stop(), node.stop()]))
    for (const raw of [liar, stranger] satisfies RawClient[]) {
      const connection = await raw.connect(node.addresses()[0]!)
      await until(() => connection.status !== 'open', 'disconnected')
      t.false(node.peers().some((peer) => peer.id === raw.id))
      t.is(node.points(raw.id), 100)
    }
  },
)
