// Bytes on their way. A node has one uplink and one downlink, first in, first out; between them lie the delay of the
// regions, TCP's slow beginning on a connection that was idle, and the time that lost segments cost. What is sent
// arrives, always: gossip and streams run over TCP. Bytes are counted when they leave and when they have arrived, so
// that what is in flight can be told.
//
// First in, first out stands for TCP's fair shares: with as much queued to each of P peers, a new message waits as long
// behind its own peer's queue at a P-th of the rate as here behind everybody's at the whole.

import type { Random } from '../../src/sampling/random.ts'
import type { EventQueue } from './event-queue.ts'
import {
  HEADER_SHARE,
  IDLE_MS,
  INITIAL_WINDOW_BYTES,
  LEAST_RETRANSMIT_MS,
  MAX_WINDOW_BYTES,
  SEGMENT_BYTES,
} from './facts.ts'
import { fraction } from './random.ts'

export const channels = ['header', 'proposal', 'column', 'vote', 'certificate', 'control', 'stream'] as const
export type Channel = (typeof channels)[number]

export interface LinksInit {
  readonly nodes: number
  /** Mbit/s by node. */
  readonly upMbit: ArrayLike<number>
  readonly downMbit: ArrayLike<number>
  /** One-way delay between two nodes. */
  readonly delayMs: (from: number, to: number) => number
  /** Share of segments that are lost. */
  readonly loss: number
  /** Whether idle connections begin with a small window. */
  readonly slowStart: boolean
}

export interface Links {
  /** Sends `bytes`; calls `arrived` when the last of them is there. */
  send(from: number, to: number, bytes: number, channel: Channel, arrived: () => void): void
  /** Milliseconds until what `node` has queued is on its way. */
  backlogMs(node: number): number
  /** Payload bytes that left, and that arrived, by channel and node. */
  sent(channel: Channel, node: number): number
  received(channel: Channel, node: number): number
  readonly inFlightBytes: number
}

export const createLinks = (init: LinksInit, queue: EventQueue, random: Random): Links => {
  const { nodes, delayMs, loss } = init
  const upBytesPerMs = Float64Array.from({ length: nodes }, (_, i) => (init.upMbit[i]! * 1e6) / 8e3)
  const downBytesPerMs = Float64Array.from({ length: nodes }, (_, i) => (init.downMbit[i]! * 1e6) / 8e3)
  const upFree = new Float64Array(nodes)
  const downFree = new Float64Array(nodes)
  const sent = channels.map(() => new Float64Array(nodes))
  const received = channels.map(() => new Float64Array(nodes))
  /** Of connections that have carried something: window and time of last use, by from * nodes + to. */
  const windows = new Map<number, { bytes: number; usedAt: number }>()
  let inFlightBytes = 0

  /** Round trips that a message waits for acknowledgements because the window is smaller than it. */
  const slowStartMs = (from: number, to: number, bytes: number, at: number, roundTripMs: number): number => {
    if (!init.slowStart) return 0
    const key = from * nodes + to
    const known = windows.get(key)
    let window = INITIAL_WINDOW_BYTES
    if (known !== undefined && at - known.usedAt < IDLE_MS) window = known.bytes
    let rounds = 0
    let sendable = window
    while (sendable < bytes && window < MAX_WINDOW_BYTES) {
      window *= 2
      sendable += window
      rounds++
    }
    const bytesNow = Math.min(MAX_WINDOW_BYTES, Math.max(window, INITIAL_WINDOW_BYTES))
    if (known === undefined) windows.set(key, { bytes: bytesNow, usedAt: at })
    else {
      known.bytes = bytesNow
      known.usedAt = at
    }
    return rounds * roundTripMs
  }

  /** A loss costs a round trip where later segments tell of it, else the retransmission timeout. */
  const lossMs = (bytes: number, roundTripMs: number): number => {
    if (loss === 0) return 0
    const segments = Math.ceil(bytes / SEGMENT_BYTES)
    if (fraction(random) >= 1 - (1 - loss) ** segments) return 0
    return segments > 3 ? roundTripMs : Math.max(LEAST_RETRANSMIT_MS, 2 * roundTripMs)
  }

  return {
    get inFlightBytes() {
      return inFlightBytes
    },
    send(from, to, bytes, channel, arrived) {
      const place = channels.indexOf(channel)
      sent[place]![from]! += bytes
      inFlightBytes += bytes
      const wire = bytes * (1 + HEADER_SHARE)
      const start = Math.max(queue.now, upFree[from]!)
      const left = start + wire / upBytesPerMs[from]!
      upFree[from] = left
      const delay = delayMs(from, to)
      const arrival = left + delay + slowStartMs(from, to, bytes, start, 2 * delay) + lossMs(bytes, 2 * delay)
      const finish = () => {
        received[place]![to]! += bytes
        inFlightBytes -= bytes
        arrived()
      }
      queue.push(arrival, () => {
        // The first byte was here earlier by what the downlink needs for all of them, unless it was busy.
        const takes = wire / downBytesPerMs[to]!
        const done = Math.max(downFree[to]!, arrival - takes) + takes
        downFree[to] = done
        if (done > arrival + 1e-9) queue.push(done, finish)
        else finish()
      })
    },
    backlogMs: (node) => Math.max(0, upFree[node]! - queue.now),
    sent: (channel, node) => sent[channels.indexOf(channel)]![node]!,
    received: (channel, node) => received[channels.indexOf(channel)]![node]!,
  }
}
