// What hostile peers do with streams and frames: too many, too fast, too small, too slow, too large, and never read.

import type { Connection, Stream } from '@libp2p/interface'
import { joined, varint } from '../../network/raw-client.ts'
import {
  type Attack,
  type AttackContext,
  breathe,
  gossipStream,
  ignorePongs,
  nameOf,
  openedAndReset,
  type Peer,
  pause,
  peers,
  pings,
  random,
  requests,
  sendBelow,
  sendFrames,
  stopReading,
  widerWindow,
} from './attack.ts'

const columnsRequest = (root: string): Uint8Array => {
  const indices = Array.from({ length: 128 }, (_, k) => k)
  const body = joined(Uint8Array.from(Buffer.from(root, 'hex')), [36, 0, 0, 0], indices)
  return joined(varint(body.length), body)
}

/** A gossip message that is valid, of a field that nobody knows: how it begins, and how many bytes go on with it. */
const ENDLESS_BYTES = 4 * 2 ** 20 - 100
const endless = joined(
  varint(1 + varint(ENDLESS_BYTES).length + ENDLESS_BYTES),
  [15 * 8 + 2],
  varint(ENDLESS_BYTES),
)

/** Frames on a gossip stream for as long as it goes, 400 in one encrypted message. */
const flood = async ({ connection, count, goesOn }: Peer, payload: Uint8Array): Promise<void> => {
  const stream = await gossipStream(connection)
  let left = 0
  while (goesOn()) {
    // The rest of one message, and the beginning of the next.
    if (left < payload.length) {
      while (goesOn() && stream.writableNeedsDrain) await breathe()
      stream.send(joined(new Uint8Array(left), endless))
      left = ENDLESS_BYTES
    }
    const frames = sendFrames(connection, stream, payload, Math.min(400, Math.floor(left / payload.length)))
    left -= frames * payload.length
    if (frames > 0) count(frames)
    await breathe()
  }
}

/** A stream on which nothing is asked yet. */
const openForColumns = async (context: AttackContext, connection: Connection): Promise<Stream> => {
  const stream = await connection.newStream(nameOf(context, 'columns'), {
    signal: AbortSignal.timeout(10_000),
    maxOutboundStreams: 10_000,
  })
  stream.addEventListener('message', () => {})
  return stream
}

const ask = (context: AttackContext, stream: Stream): void => {
  stream.send(columnsRequest(context.root))
  stream.close().catch(() => {})
}

const askForColumns = async (context: AttackContext, connection: Connection): Promise<Stream> => {
  const stream = await openForColumns(context, connection)
  ask(context, stream)
  return stream
}

export const streamAttacks: Readonly<Record<string, Attack>> = {
  streams: {
    words: 'streams opened and reset at once, as fast as they can be, 100 in one encrypted message',
    limits: ['streamsPerSecond'],
    cut: true,
    run: (context) =>
      peers(context, async ({ connection, count, goesOn }) => {
        // Far above those that libp2p opens by itself; the dialling side's are odd.
        for (let id = 100_001; goesOn(); await breathe())
          if (sendBelow(connection, openedAndReset(100, id))) {
            count(100)
            id += 200
          }
      }),
  },
  'idle-streams': {
    words: 'as many open streams as there may be, with a request that never ends',
    limits: ['maxStreamsPerConnection'],
    cut: false,
    run: (context) =>
      peers(
        context,
        async ({ connection, count, goesOn }) => {
          // No more than streams may be opened: many at once, each kept.
          for (let i = 0; i < 380 && connection.status === 'open'; i++) {
            const name = i % 2 === 0 ? 'headers' : 'tiles'
            count()
            connection
              .newStream(nameOf(context, name), {
                signal: AbortSignal.timeout(3_000),
                maxOutboundStreams: 1_000,
              })
              .then((stream) => stream.send(Uint8Array.of(10)))
              .catch(() => {})
          }
          while (goesOn()) await pause(100)
        },
        { untilCut: false },
      ),
  },
  'tiny-frames': {
    words: 'one byte a frame on an open gossip stream, each frame encrypted by itself',
    limits: ['smallFramesPerSecond'],
    cut: true,
    run: (context) =>
      peers(context, async ({ connection, count, goesOn }) => {
        const stream = await gossipStream(connection)
        stream.send(endless)
        while (goesOn() && stream.status === 'open') {
          for (let i = 0; i < 200 && stream.status === 'open' && !stream.writableNeedsDrain; i++) {
            stream.send(Uint8Array.of(1))
            count()
          }
          await breathe()
        }
      }),
  },
  'packed-frames': {
    words: 'one byte a frame, 400 frames in one encrypted message',
    limits: ['smallFramesPerSecond'],
    cut: true,
    run: (context) => peers(context, (peer) => flood(peer, Uint8Array.of(1))),
  },
  pings: {
    words: 'pings of the muxer, 5,000 in one encrypted message',
    limits: ['smallFramesPerSecond'],
    cut: true,
    run: (context) =>
      peers(context, async ({ connection, count, goesOn }) => {
        ignorePongs(connection)
        const message = pings(5_000)
        while (goesOn()) {
          if (sendBelow(connection, message)) count(5_000)
          await breathe()
        }
      }),
  },
  frames: {
    words: 'frames of 130 bytes, 400 in one encrypted message',
    limits: ['framesPerSecond'],
    cut: false,
    run: (context) => peers(context, (peer) => flood(peer, new Uint8Array(130)), { untilCut: false }),
  },
  requests: {
    words: 'requests as fast as they are answered',
    limits: ['requestsPerSecondPerPeer'],
    cut: true,
    run: (context) => requests(context, 'status', 12, (stream) => void stream.close().catch(() => {})),
  },
  'requests-at-once': {
    words: '30 requests at once, none of them ever finished',
    limits: ['inboundRequestsPerPeer'],
    cut: true,
    run: (context) =>
      peers(context, async ({ connection, count, goesOn }) => {
        for (; goesOn(); await pause(100))
          await Promise.allSettled(
            ['headers', 'tiles', 'columns'].flatMap((name) =>
              Array.from({ length: 10 }, async () => {
                count()
                const signal = AbortSignal.timeout(10_000)
                const stream = await connection.newStream(nameOf(context, name), {
                  signal,
                  maxOutboundStreams: 10_000,
                })
                stream.send(Uint8Array.of(10))
                await pause(500)
              }),
            ),
          )
      }),
  },
  'unbounded-ranges': {
    words: 'ranges of 65,535 heights, and from the end of all numbers',
    limits: [],
    cut: true,
    judged: 'malformed-request',
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
    judged: 'malformed-request',
    run: (context) =>
      requests(context, 'tiles', 2, (stream) => {
        stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f))
        stream.send(random(60_000))
      }),
  },
  'slow-writers': {
    words: 'a byte of a request every half second, on as many streams as are taken',
    limits: ['requestReadTimeoutMs'],
    cut: false,
    run: (context) =>
      peers(
        context,
        async ({ connection, count }) => {
          const trickle = async () => {
            const stream = await connection.newStream(nameOf(context, 'tiles'), {
              signal: AbortSignal.timeout(3_000),
            })
            stream.addEventListener('message', () => {})
            stream.send(Uint8Array.of(90))
            count()
            while (connection.status === 'open' && stream.status === 'open') {
              await pause(500)
              if (stream.status === 'open' && stream.writeStatus === 'writable') stream.send(Uint8Array.of(0))
            }
          }
          // As many as are answered at once, and a few more.
          await Promise.allSettled(Array.from({ length: 24 }, trickle))
        },
        { untilCut: false },
      ),
  },
  'slow-readers': {
    words: 'all columns of a block asked for again and again and never read, below libp2p too',
    limits: ['inboundRequestsPerPeer', 'writeStallMs', 'answerBytesPerSecondPerPeer'],
    cut: false,
    run: (context) =>
      peers(
        context,
        async ({ connection, count, goesOn }) => {
          // Whoever reads no more can open no more: all are open before the first asks.
          const streams = await Promise.all(
            Array.from({ length: 24 }, () => openForColumns(context, connection)),
          )
          for (const stream of streams) {
            count()
            ask(context, stream)
          }
          stopReading()
          while (goesOn()) {
            count()
            await askForColumns(context, connection).catch(() => pause(200))
          }
        },
        { untilCut: false },
      ),
  },
  'unread-replies': {
    words: 'a socket that is never read, filled with columns, and then pings that each want a reply',
    limits: ['connectionSendBufferBytes', 'smallFramesPerSecond'],
    cut: true,
    run: (context) =>
      peers(context, async ({ connection, count, goesOn }) => {
        const streams = await Promise.all(
          Array.from({ length: 16 }, () => askForColumns(context, connection)),
        )
        stopReading()
        // As much as they like.
        sendBelow(connection, joined(...streams.map((stream) => widerWindow(stream, 16 * 2 ** 20))))
        await pause(500)
        const message = pings(500)
        while (goesOn()) {
          if (sendBelow(connection, message)) count(500)
          await breathe()
        }
      }),
  },
}
