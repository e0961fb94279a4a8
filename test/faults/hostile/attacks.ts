// What hostile peers do, each as fast as it can. A peer that is cut comes back under a new name until the time is over.

import { Socket, connect as tcpConnect } from 'node:net'
import type { Connection, Stream } from '@libp2p/interface'
import {
  createRawClient,
  framed,
  joined,
  rpcOfGrafts,
  rpcOfMessages,
  rpcOfSubscriptions,
  send,
  varint,
} from '../../network/raw-client.ts'
import type { AttackReport } from './attacker.ts'

export interface AttackContext {
  readonly address: string
  readonly chainId: string
  readonly untilMs: number
  readonly columns: readonly Uint8Array[]
  readonly indices: readonly number[]
  readonly oldVotes: readonly Uint8Array[]
  readonly root: string
}

export interface Attack {
  readonly words: string
  /** Limits that it has to meet, or none where it has to be cut. */
  readonly limits: readonly string[]
  /** Whether each of its peers has to be cut within 5 s. */
  readonly cut: boolean
  /** The victim's limits where the default ones would take minutes to reach. */
  run(context: AttackContext): Promise<AttackReport>
}

interface Tally {
  sent: number
  sentBytes: number
  readonly cutMs: number[]
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
/** Our own loop must turn for the socket to be written. */
const breathe = () => new Promise((resolve) => setImmediate(resolve))

/** Peers one after the other, each until it is cut or the time is over. */
const peers = async (
  { address, chainId, untilMs }: AttackContext,
  work: (connection: Connection, tally: Tally) => Promise<void>,
): Promise<AttackReport> => {
  const tally: Tally = { sent: 0, sentBytes: 0, cutMs: [] }
  while (Date.now() < untilMs) {
    const raw = await createRawClient({ chainId })
    try {
      const connection = await raw.connect(address)
      const startMs = performance.now()
      await work(connection, tally).catch(() => {})
      // What was sent last may still be on its way to its judge.
      for (let i = 0; i < 100 && connection.status === 'open'; i++) await pause(50)
      if (connection.status !== 'open') tally.cutMs.push(performance.now() - startMs)
    } catch {
      await pause(200)
    } finally {
      await raw.stop()
    }
  }
  return tally
}

/** One gossip stream that is filled as fast as it takes. */
const gossip = (
  context: AttackContext,
  next: (i: number) => Uint8Array,
  cut: boolean,
): Promise<AttackReport> => {
  let i = 0
  return peers(context, async (connection, tally) => {
    const stream = await connection.newStream('/meshsub/1.2.0')
    stream.addEventListener('message', () => {})
    while (Date.now() < context.untilMs) {
      const bytes = next(i++)
      if (!(await send(stream, bytes))) return
      tally.sent++
      tally.sentBytes += bytes.length
      if (i % 20 === 0) await breathe()
    }
    if (!cut) connection.abort(new Error('enough'))
  })
}

const topic = ({ chainId }: AttackContext, name: string) => `/weft/${chainId}/${name}/1`
const protocol = topic
const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at % copy.length]! ^= 1 << (at % 8)
  return copy
}
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

/** Requests on new streams, `atOnce` at a time. */
const requests = (
  context: AttackContext,
  name: string,
  atOnce: number,
  ask: (stream: Stream, i: number) => Promise<void> | void,
): Promise<AttackReport> => {
  let i = 0
  return peers(context, async (connection, tally) => {
    const one = async () => {
      while (Date.now() < context.untilMs && connection.status === 'open') {
        const stream = await connection.newStream(protocol(context, name), {
          signal: AbortSignal.timeout(5_000),
        })
        stream.addEventListener('message', () => {})
        await ask(stream, i++)
        tally.sent++
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 3_000)
          stream.addEventListener('close', () => {
            clearTimeout(timer)
            resolve()
          })
          stream.addEventListener('remoteCloseWrite', () => {
            clearTimeout(timer)
            stream.close().catch(() => {})
            resolve()
          })
          if (stream.status !== 'open') resolve()
        })
      }
    }
    await Promise.allSettled(Array.from({ length: atOnce }, one))
    if (connection.status === 'open') await breathe()
  })
}

const columnsRequest = (root: string, indices: readonly number[]): Uint8Array => {
  const body = joined(Uint8Array.from(Buffer.from(root, 'hex')), [36, 0, 0, 0], indices)
  return joined(varint(body.length), body)
}

/** Sockets that libp2p opened, so that reading them can be stopped below it. */
const sockets = new Set<Socket>()
const opened = Socket.prototype.connect
/** Each attack comes from an address of its own, so that what one is banned for does not stop the next. */
const source = `127.${1 + (process.pid % 250)}.${1 + (Math.floor(process.pid / 250) % 250)}.9`
Socket.prototype.connect = function (this: Socket, ...parameters: unknown[]) {
  const [first] = parameters
  const options: unknown = Array.isArray(first) ? first[0] : first
  if (typeof options === 'object' && options !== null && 'port' in options)
    Object.assign(options, { localAddress: source })
  sockets.add(this)
  this.once('close', () => sockets.delete(this))
  return (opened as (...values: unknown[]) => Socket).apply(this, parameters)
} as typeof opened

const hostAndPort = (address: string): { host: string; port: number } => {
  const [, host, port] = /ip4\/([^/]+)\/tcp\/(\d+)/.exec(address)!
  return { host: host!, port: Number(port) }
}

/** Raw TCP connections, opened as fast as they can be, each doing `with`. */
const tcpFlood = async (
  { address, untilMs }: AttackContext,
  perTick: number,
  talk: (socket: Socket) => void,
): Promise<AttackReport> => {
  const tally: Tally = { sent: 0, sentBytes: 0, cutMs: [] }
  const open = new Set<Socket>()
  while (Date.now() < untilMs) {
    for (let i = 0; i < perTick && open.size < 500; i++) {
      const startMs = performance.now()
      const socket = tcpConnect(hostAndPort(address))
      open.add(socket)
      tally.sent++
      socket.once('connect', () => talk(socket))
      socket.on('error', () => {})
      socket.on('data', () => {})
      socket.once('close', () => {
        open.delete(socket)
        tally.cutMs.push(performance.now() - startMs)
      })
    }
    await pause(20)
  }
  // Those that are still there have to be closed by the other side.
  for (let i = 0; i < 120 && open.size > 0; i++) await pause(50)
  for (const socket of open) {
    tally.cutMs.push(Number.POSITIVE_INFINITY)
    socket.destroy()
  }
  return tally
}

export const attacks: Readonly<Record<string, Attack>> = {
  'undecodable-gossip': {
    words: 'messages that are not SSZ',
    limits: [],
    cut: true,
    run: (context) =>
      gossip(context, (i) => rpcOfMessages([topic(context, 'vote'), joined(random(40), varint(i))]), true),
  },
  'undecodable-rpc': {
    words: 'gossip frames that are no protobuf',
    limits: [],
    cut: true,
    run: (context) => gossip(context, () => framed(joined([0xff, 0xff], random(60))), true),
  },
  'oversize-rpc': {
    words: 'gossip frames of 200 MiB announced',
    limits: ['gossipMessageBytes'],
    cut: false,
    run: (context) => gossip(context, () => joined(varint(200 * 2 ** 20), random(65_536)), false),
  },
  'invalid-columns': {
    words: 'real columns with one bit changed, under a header that is valid',
    limits: [],
    cut: true,
    run: (context) =>
      gossip(
        context,
        (i) => {
          const at = i % context.columns.length
          // Behind signed header, index and offsets: in the cells.
          const data = flipped(context.columns[at]!, 363 + ((i * 97) % 2_000))
          return rpcOfMessages([topic(context, `column/${context.indices[at]!}`), data])
        },
        true,
      ),
  },
  'forged-votes': {
    words: 'votes of the current heights with signatures of other messages: each costs a pairing',
    limits: [],
    cut: true,
    run: (context) =>
      gossip(
        context,
        (i) => {
          const vote = context.oldVotes[i % context.oldVotes.length]!.slice()
          // A finalize vote, above the final height, for a root of its own.
          vote[0] = 3
          new DataView(vote.buffer).setBigUint64(1, BigInt(CURRENT_HEIGHT_OF(context)), true)
          vote.set(random(32), 9)
          return rpcOfMessages([topic(context, 'vote'), vote])
        },
        true,
      ),
  },
  'stale-votes': {
    words: 'valid votes of heights that are final, each with other bytes: ignored, not rejected',
    limits: ['ignoredPerSecond', 'gossipEntriesPerSecond', 'pendingValidationsPerPeer'],
    cut: true,
    run: (context) =>
      gossip(
        context,
        (i) => {
          const messages = Array.from({ length: 50 }, (_, k): readonly [string, Uint8Array] => {
            const vote = context.oldVotes[(i + k) % context.oldVotes.length]!.slice()
            vote.set(joined(random(8)), 43)
            return [topic(context, 'vote'), vote]
          })
          return rpcOfMessages(...messages)
        },
        true,
      ),
  },
  topics: {
    words: 'subscriptions to topics that nobody knows, 200 in a frame',
    limits: ['gossipControlPerSecond'],
    cut: true,
    run: (context) =>
      gossip(
        context,
        (i) => rpcOfSubscriptions(...Array.from({ length: 200 }, (_, k) => `/junk/${i}/${k}`)),
        true,
      ),
  },
  'control-messages': {
    words: 'GRAFTs, 400 in a frame',
    limits: ['gossipControlPerSecond'],
    cut: true,
    run: (context) => gossip(context, () => rpcOfGrafts(topic(context, 'vote'), 400), true),
  },
  'large-gossip': {
    words: 'messages of 1 MB on a followed topic, at full speed',
    limits: [],
    cut: true,
    run: (context) =>
      gossip(context, () => rpcOfMessages([topic(context, 'proposal'), random(2 ** 16)]), true),
  },
  streams: {
    words: 'streams opened as fast as they can be, never used',
    limits: ['streamsPerSecond'],
    cut: true,
    run: (context) =>
      peers(context, async (connection, tally) => {
        while (Date.now() < context.untilMs && connection.status === 'open') {
          await Promise.allSettled(
            Array.from({ length: 100 }, () => {
              tally.sent++
              return connection.newStream('/nothing/1', {
                signal: AbortSignal.timeout(2_000),
                maxOutboundStreams: 100_000,
              })
            }),
          )
        }
      }),
  },
  'idle-streams': {
    words: 'as many open streams as there may be, with a request that never ends',
    limits: ['maxStreamsPerConnection', 'inboundRequestsPerPeer', 'requestReadTimeoutMs'],
    cut: false,
    run: (context) =>
      peers(context, async (connection, tally) => {
        while (Date.now() < context.untilMs && connection.status === 'open') {
          const made = await Promise.allSettled(
            Array.from({ length: 300 }, async (_, i) => {
              const name = i % 2 === 0 ? 'headers' : 'tiles'
              const stream = await connection.newStream(protocol(context, name), {
                signal: AbortSignal.timeout(3_000),
              })
              stream.send(Uint8Array.of(10))
              tally.sent++
            }),
          )
          if (made.every(({ status }) => status === 'rejected')) await pause(100)
          await pause(1_000)
        }
        connection.abort(new Error('enough'))
      }),
  },
  frames: {
    words: 'one byte a frame on an open gossip stream',
    limits: ['framesPerSecond'],
    cut: false,
    run: (context) =>
      peers(context, async (connection, tally) => {
        const stream = await connection.newStream('/meshsub/1.2.0')
        stream.addEventListener('message', () => {})
        // The length of a frame that never ends.
        stream.send(Uint8Array.from(varint(4 * 2 ** 20)))
        while (Date.now() < context.untilMs) {
          for (let i = 0; i < 200; i++) {
            if (stream.status !== 'open') return
            if (!stream.writableNeedsDrain) {
              stream.send(Uint8Array.of(1))
              tally.sent++
              tally.sentBytes++
            }
          }
          await breathe()
        }
        connection.abort(new Error('enough'))
      }),
  },
  requests: {
    words: 'requests as fast as they are answered',
    limits: ['requestsPerSecondPerPeer'],
    cut: true,
    run: (context) =>
      requests(context, 'headers', 12, (stream) => {
        stream.send(joined(varint(10), [1, 0, 0, 0, 0, 0, 0, 0, 128, 0]))
        stream.close().catch(() => {})
      }),
  },
  'unbounded-ranges': {
    words: 'ranges of 65,535 heights, and from the end of all numbers',
    limits: [],
    cut: true,
    run: (context) =>
      requests(context, 'certificates', 2, (stream, i) => {
        const start = i % 2 === 0 ? [1, 0, 0, 0, 0, 0, 0, 0] : [255, 255, 255, 255, 255, 255, 31, 0]
        stream.send(joined(varint(10), start, [255, 255]))
        stream.close().catch(() => {})
      }),
  },
  'oversize-lengths': {
    words: 'requests of 256 MiB announced',
    limits: [],
    cut: true,
    run: (context) =>
      requests(context, 'tiles', 2, (stream) => {
        stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f))
        stream.send(random(60_000))
      }),
  },
  'slow-writers': {
    words: 'a byte of a request every half second, on as many streams as are taken',
    limits: ['requestReadTimeoutMs', 'inboundRequestsPerPeer'],
    cut: false,
    run: (context) =>
      peers(context, async (connection, tally) => {
        const trickle = async () => {
          while (Date.now() < context.untilMs && connection.status === 'open') {
            const stream = await connection.newStream(protocol(context, 'tiles'), {
              signal: AbortSignal.timeout(3_000),
            })
            stream.addEventListener('message', () => {})
            stream.send(Uint8Array.of(90))
            tally.sent++
            while (Date.now() < context.untilMs + 6_000 && stream.status === 'open') {
              await pause(500)
              if (stream.status === 'open' && stream.writeStatus === 'writable') stream.send(Uint8Array.of(0))
            }
          }
        }
        await Promise.allSettled(Array.from({ length: 24 }, trickle))
        connection.abort(new Error('enough'))
      }),
  },
  'slow-readers': {
    words: 'all columns of a block asked for again and again and never read, below libp2p too',
    limits: ['inboundRequestsPerPeer', 'writeStallMs', 'answerBytesPerSecondPerPeer'],
    cut: false,
    run: (context) =>
      peers(context, async (connection, tally) => {
        const request = columnsRequest(
          context.root,
          Array.from({ length: 128 }, (_, k) => k),
        )
        let stopped = false
        while (Date.now() < context.untilMs && connection.status === 'open') {
          const made = await Promise.allSettled(
            Array.from({ length: 16 }, async () => {
              const stream = await connection.newStream(protocol(context, 'columns'), {
                signal: AbortSignal.timeout(2_000),
              })
              stream.addEventListener('message', () => {})
              stream.send(request)
              stream.close().catch(() => {})
              tally.sent++
            }),
          )
          if (!stopped) {
            await pause(20)
            for (const socket of sockets) socket.pause()
            stopped = true
          }
          if (made.every(({ status }) => status === 'rejected')) await pause(200)
        }
        connection.abort(new Error('enough'))
      }),
  },
  connections: {
    words: 'connections by the same address, as fast as they can be opened',
    limits: ['inboundConnectionsPerSecond'],
    cut: false,
    run: (context) => tcpFlood(context, 10, (socket) => socket.write(random(100))),
  },
  'half-open': {
    words: 'connections that say nothing, or half of their greeting',
    limits: [],
    cut: true,
    run: (context) =>
      tcpFlood(context, 1, (socket) => {
        if (Math.random() < 0.5) socket.write(Uint8Array.of(19, 47, 109))
      }),
  },
  identities: {
    words: 'a new name after each ban',
    limits: ['bannedPeersPerIp'],
    cut: true,
    run: (context) => gossip(context, () => rpcOfMessages([topic(context, 'vote'), random(33)]), true),
  },
}

/** A height that the victim will still judge: it is told in the name of the vote's height by the caller. */
const CURRENT_HEIGHT_OF = ({ oldVotes }: AttackContext): bigint => {
  const last = oldVotes.at(-1)!
  return new DataView(last.buffer, last.byteOffset).getBigUint64(1, true) + 4n
}
