// What every attack is made of: peers one after the other, gossip streams, requests, raw frames, raw sockets. A peer that is cut
// comes back under a new name until the time is over; how long each was let is counted from its first hostile message.

import { Socket, connect as tcpConnect } from 'node:net'
import type { Connection, Stream } from '@libp2p/interface'
import { createRawClient, joined, readAll, send } from '../../network/raw-client.ts'
import type { AttackReport, Cut } from './attacker.ts'

export interface AttackContext {
  readonly address: string
  readonly chainId: string
  readonly untilMs: number
  readonly patienceMs: number
  readonly columns: readonly Uint8Array[]
  readonly indices: readonly number[]
  readonly oldVotes: readonly Uint8Array[]
  readonly root: string
}

export interface Attack {
  readonly words: string
  /** Limits of which it has to meet one; none where it has to be cut for what it says. */
  readonly limits: readonly string[]
  /** Whether each of its peers has to be cut within 5 s; else it has to be held back by a limit. */
  readonly cut: boolean
  /** How the victim has to have judged some of it, where that tells how deep it went. */
  readonly judged?: string
  run(context: AttackContext): Promise<AttackReport>
}

/** Counts messages that one peer sent; the first time is when its attack begins. Default 1. */
export type Count = (messages?: number) => void

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
/** Our own loop must turn for the socket to be written. */
export const breathe = () => new Promise((resolve) => setImmediate(resolve))
export const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
/** Name of a topic or of a stream protocol. */
export const nameOf = ({ chainId }: Pick<AttackContext, 'chainId'>, name: string) =>
  `/weft/${chainId}/${name}/1`

interface PeersOptions {
  /** Whether it goes on until it is cut, for some seconds beyond the end of the attack. Default true. */
  readonly untilCut?: boolean
}

/** One hostile peer: its connection, and how long it goes on. */
export interface Peer {
  readonly connection: Connection
  readonly count: Count
  /** Whether it is still time, and it is connected. */
  goesOn(): boolean
}

/** Peers one after the other, each until it is cut; a new one comes until the time is over. */
export const peers = async (
  { address, chainId, untilMs, patienceMs }: AttackContext,
  work: (peer: Peer) => Promise<void>,
  { untilCut = true }: PeersOptions = {},
): Promise<AttackReport> => {
  const cuts: Cut[] = []
  let sent = 0
  while (Date.now() < untilMs) {
    const raw = await createRawClient({ chainId })
    try {
      const connection = await raw.connect(address)
      let closedAtMs: number | undefined
      connection.addEventListener('close', () => {
        closedAtMs = Date.now()
      })
      let firstAtMs: number | undefined
      const until = () => (firstAtMs === undefined || !untilCut ? untilMs : firstAtMs + patienceMs)
      await work({
        connection,
        count(messages = 1) {
          firstAtMs ??= Date.now()
          sent += messages
        },
        goesOn: () => closedAtMs === undefined && Date.now() < Math.max(untilMs, until()),
      }).catch(() => {})
      // What was sent last may still be on its way to its judge.
      for (let i = 0; untilCut && i < 20 && closedAtMs === undefined; i++) await pause(50)
      if (firstAtMs !== undefined && (untilCut || closedAtMs !== undefined))
        cuts.push({ firstAtMs, closedAtMs })
    } catch {
      await pause(200)
    } finally {
      await raw.stop()
    }
  }
  return { sent, cuts }
}

/** One gossip stream that is filled as fast as it takes, and opened again where it is reset. */
export const gossip = (context: AttackContext, next: (i: number) => Uint8Array): Promise<AttackReport> => {
  let i = 0
  return peers(context, async ({ connection, count, goesOn }) => {
    while (goesOn()) {
      const stream = await gossipStream(connection)
      while (goesOn()) {
        count()
        if (!(await send(stream, next(i++)))) break
        if (i % 20 === 0) await breathe()
      }
    }
  })
}

export const gossipStream = async (connection: Connection): Promise<Stream> => {
  const stream = await connection.newStream('/meshsub/1.2.0', { signal: AbortSignal.timeout(5_000) })
  stream.addEventListener('message', () => {})
  return stream
}

/** Requests on new streams, `atOnce` at a time, each until it is answered. */
export const requests = (
  context: AttackContext,
  name: string,
  atOnce: number,
  ask: (stream: Stream, i: number) => void,
): Promise<AttackReport> => {
  let i = 0
  return peers(context, async ({ connection, count, goesOn }) => {
    const one = async () => {
      while (goesOn()) {
        const stream = await connection.newStream(nameOf(context, name), {
          signal: AbortSignal.timeout(5_000),
        })
        const answered = readAll(stream)
        count()
        ask(stream, i++)
        await Promise.race([answered, pause(3_000)])
      }
    }
    await Promise.allSettled(Array.from({ length: atOnce }, one))
  })
}

// ---- below libp2p ----

/** What is used of js-libp2p below its interface. */
interface Internals {
  readonly muxer: {
    readonly maConn: { send(bytes: Uint8Array): boolean; readonly writableNeedsDrain: boolean }
    handlePingResponse(id: number): void
  }
}

const DATA = 0
const WINDOW_UPDATE = 1
const PING = 2
const SYN = 1
const RST = 8

export const yamuxFrame = (
  type: number,
  flags: number,
  streamId: number,
  length: number,
  payload: Uint8Array = new Uint8Array(),
): Uint8Array => {
  const header = new Uint8Array(12)
  const view = new DataView(header.buffer)
  view.setUint8(1, type)
  view.setUint16(2, flags)
  view.setUint32(4, streamId)
  view.setUint32(8, length)
  return joined(header, payload)
}

/** Encrypts and sends bytes that the muxer on the other side reads; false while the socket is full. */
export const sendBelow = (connection: Connection, bytes: Uint8Array): boolean => {
  const { maConn } = (connection as unknown as Internals).muxer
  if (maConn.writableNeedsDrain) return false
  maConn.send(bytes)
  return true
}

/** Streams that are opened and reset at once, from this id on. */
export const openedAndReset = (count: number, firstId: number): Uint8Array =>
  joined(
    ...Array.from({ length: count }, (_, i) => {
      const id = firstId + 2 * i
      return joined(yamuxFrame(WINDOW_UPDATE, SYN, id, 0), yamuxFrame(WINDOW_UPDATE, RST, id, 0))
    }),
  )

export const pings = (count: number): Uint8Array =>
  joined(...Array.from({ length: count }, (_, i) => yamuxFrame(PING, SYN, 0, i)))

/** Our own muxer would end the connection over pongs that it did not ask for. */
export const ignorePongs = (connection: Connection): void => {
  ;(connection as unknown as Internals).muxer.handlePingResponse = () => {}
}

export const widerWindow = (stream: Stream, bytes: number): Uint8Array =>
  yamuxFrame(WINDOW_UPDATE, 0, idOf(stream), bytes)

/** Frames of data on a stream, as far as its window goes; how many. */
export const sendFrames = (
  connection: Connection,
  stream: Stream,
  payload: Uint8Array,
  most: number,
): number => {
  const window = stream as unknown as { sendWindowCapacity: number }
  const frames = Math.min(most, Math.floor(window.sendWindowCapacity / payload.length))
  if (frames === 0) return 0
  const one = yamuxFrame(DATA, 0, idOf(stream), payload.length, payload)
  if (!sendBelow(connection, joined(...Array.from({ length: frames }, () => one)))) return 0
  window.sendWindowCapacity -= frames * payload.length
  return frames
}

const idOf = (stream: Stream): number => (stream as unknown as { readonly streamId: number }).streamId

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

/** From now on nothing is read from any socket, below libp2p. */
export const stopReading = () => {
  for (const socket of sockets) socket.pause()
}

const hostAndPort = (address: string): { host: string; port: number } => {
  const [, host, port] = /ip4\/([^/]+)\/tcp\/(\d+)/.exec(address)!
  return { host: host!, port: Number(port) }
}

/** Raw TCP connections, opened as fast as they can be, each saying something; how long each was kept. */
export const tcpFlood = async (
  { address, untilMs }: AttackContext,
  perTick: number,
  talk: (socket: Socket) => void,
): Promise<AttackReport> => {
  const cuts: Cut[] = []
  let sent = 0
  const open = new Map<Socket, number>()
  while (Date.now() < untilMs) {
    for (let i = 0; i < perTick && open.size < 500; i++) {
      const socket = tcpConnect(hostAndPort(address))
      open.set(socket, Date.now())
      sent++
      socket.once('connect', () => {
        open.set(socket, Date.now())
        talk(socket)
      })
      socket.on('error', () => {})
      socket.on('data', () => {})
      socket.once('close', () => {
        cuts.push({ firstAtMs: open.get(socket)!, closedAtMs: Date.now() })
        open.delete(socket)
      })
    }
    await pause(20)
  }
  // Those that are still there have to be closed by the other side.
  for (let i = 0; i < 140 && open.size > 0; i++) await pause(50)
  for (const [socket, firstAtMs] of open) {
    cuts.push({ firstAtMs, closedAtMs: undefined })
    open.delete(socket)
    socket.removeAllListeners('close').destroy()
  }
  return { sent, cuts }
}
