// A libp2p peer that shares no code with src/network: it writes the bytes that a test gives it, well-formed or not.
// Gossip RPCs are put together by hand (protobuf of pubsub/gossipsub), stream messages likewise.

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Connection, Libp2p, PrivateKey, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'

export interface RawClient {
  readonly host: Libp2p
  readonly id: string
  readonly privateKey: PrivateKey
  connect(address: string): Promise<Connection>
  stop(): Promise<void>
}

export const createRawClient = async (
  options: { listen?: boolean; chainId?: string; privateKey?: PrivateKey; maxWindowBytes?: number } = {},
): Promise<RawClient> => {
  const privateKey = options.privateKey ?? (await generateKeyPair('Ed25519'))
  const host = await createLibp2p({
    privateKey,
    addresses: { listen: options.listen === true ? ['/ip4/127.0.0.1/tcp/0'] : [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: 10_000,
        maxOutboundStreams: 10_000,
        ...(options.maxWindowBytes !== undefined && {
          streamOptions: { maxStreamWindowSize: options.maxWindowBytes },
        }),
      }),
    ],
    connectionMonitor: { enabled: false },
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify() },
  })
  await host.handle('/meshsub/1.2.0', (stream) => {
    stream.addEventListener('message', () => {})
  })
  if (options.chainId !== undefined) await serveStatus(host, options.chainId)
  await host.start()
  return {
    host,
    id: host.peerId.toString(),
    privateKey,
    connect: (address) => host.dial(multiaddr(address)),
    stop: async () => host.stop(),
  }
}

/** Answers `/weft/<chain>/status/1` as that chain, or as `claimed`. */
export const serveStatus = async (host: Libp2p, chainId: string, claimed = chainId): Promise<void> => {
  const status = new Uint8Array(89)
  for (let i = 0; i < 32; i++) status[i] = Number.parseInt(claimed.slice(2 * i, 2 * i + 2), 16)
  await host.handle(`/weft/${chainId}/status/1`, (stream) => {
    stream.send(Uint8Array.of(0, ...varint(status.length), ...status))
    stream.close().catch(() => {})
  })
}

export const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]

export const joined = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

const field = (number: number, bytes: Uint8Array): Uint8Array =>
  joined([number * 8 + 2], varint(bytes.length), bytes)

/** One RPC with its length in front: messages of [topic, data]. */
export const rpcOfMessages = (...messages: readonly (readonly [string, Uint8Array])[]): Uint8Array =>
  framed(
    joined(
      ...messages.map(([topic, data]) =>
        field(2, joined(field(2, data), field(4, new TextEncoder().encode(topic)))),
      ),
    ),
  )

/** One RPC that subscribes to topics. */
export const rpcOfSubscriptions = (...topics: readonly string[]): Uint8Array =>
  framed(
    joined(...topics.map((topic) => field(1, joined([8, 1], field(2, new TextEncoder().encode(topic)))))),
  )

/** One RPC with `count` GRAFT entries for a topic. */
export const rpcOfGrafts = (topic: string, count: number): Uint8Array =>
  framed(
    field(
      3,
      joined(...Array.from({ length: count }, () => field(3, field(1, new TextEncoder().encode(topic))))),
    ),
  )

export const framed = (bytes: Uint8Array): Uint8Array => joined(varint(bytes.length), bytes)

/** Sends with backpressure; false as soon as the stream is not open any more. */
export const send = async (stream: Stream, bytes: Uint8Array): Promise<boolean> => {
  for (let offset = 0; offset < bytes.length; offset += 65_536) {
    while (stream.status === 'open' && stream.writableNeedsDrain)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50)
        stream.addEventListener(
          'drain',
          () => {
            clearTimeout(timer)
            resolve()
          },
          { once: true },
        )
      })
    if (stream.status !== 'open') return false
    try {
      stream.send(bytes.subarray(offset, offset + 65_536))
    } catch {
      return false
    }
  }
  return stream.status === 'open'
}

/** All bytes of a stream until it ends or is reset; `reset` says which. */
export const readAll = (stream: Stream): Promise<{ bytes: Uint8Array; reset: boolean }> =>
  new Promise((resolve) => {
    const parts: Uint8Array[] = []
    const done = () =>
      resolve({ bytes: joined(...parts), reset: stream.status === 'reset' || stream.status === 'aborted' })
    stream.addEventListener('message', (event) => {
      parts.push(event.data instanceof Uint8Array ? event.data.slice() : event.data.slice())
    })
    stream.addEventListener('end', done)
    stream.addEventListener('close', done)
    // The end may be past already, with bytes that are still to be dispatched.
    if (stream.readableEnded || stream.status !== 'open') setTimeout(done, 10)
  })
