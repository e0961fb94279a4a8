// What the router leaves open: RPCs that cannot be decoded, messages on topics that we did not subscribe to, and floods
// of control entries cost their sender; bytes and entries above a rate are held back at the sender by pausing its
// stream; decoding yields to the event loop.

import type { Connection, Stream } from '@libp2p/interface'
import { nextTurn } from '../base/next-turn.ts'
import type { Router, Rpc } from './gossip-router.ts'
import type { LimitName, NetworkLimits, OnLimit } from './limits.ts'
import { createOverLimit } from './over-limit.ts'
import { pauseStream, resumeStream } from './stream-flow.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'

export type GuardLimits = Pick<
  NetworkLimits,
  | 'gossipBytesPerSecond'
  | 'gossipBytesBurst'
  | 'gossipEntriesPerSecond'
  | 'gossipEntriesBurst'
  | 'gossipControlPerSecond'
  | 'gossipControlBurst'
  | 'overLimitMs'
>

export interface GuardInit extends GuardLimits {
  /** While a topic's mesh has fewer peers, other subscribers stand in. */
  readonly meshLow: number
}

export interface GuardHooks {
  penalize(peer: string, code: string): void
  isBanned(peer: string): boolean
  readonly onLimit: OnLimit
}

export interface GossipGuard {
  /** A registrar whose inbound gossip streams can be held back. */
  throttled<R extends object>(registrar: R): R
  /** Wraps the router's way from bytes to messages. */
  harden(router: Router): void
  /** Forgets peers that the router does not know any more. */
  sweep(known: { has(peer: string): boolean }): void
}

/** Gossipsub's D_low where a mesh has eight peers. */
export const MESH_LOW = 6
/** Decoding gives the event loop a turn after so long. */
const SLICE_MS = 8

interface Meter {
  readonly bytes: TokenBucket
  readonly entries: TokenBucket
  readonly control: TokenBucket
  /** Pauses the peer's inbound stream for so long, because of this limit. */
  hold(waitMs: number, limit: LimitName): void
  /** Ends the peer's inbound stream, which nobody reads any more. */
  end(error: Error): void
}

type StreamHandler = (stream: Stream, connection: Connection) => unknown

export const createGossipGuard = (
  limits: GuardInit,
  subscriptions: readonly string[],
  hooks: GuardHooks,
): GossipGuard => {
  const subscribed = new Set(subscriptions)
  const meters = new Map<string, Meter>()

  const meterOf = (peer: string): Meter => {
    const known = meters.get(peer)
    if (known !== undefined) return known
    const meter: Meter = {
      bytes: createTokenBucket(limits.gossipBytesPerSecond, limits.gossipBytesBurst),
      entries: createTokenBucket(limits.gossipEntriesPerSecond, limits.gossipEntriesBurst),
      control: createTokenBucket(limits.gossipControlPerSecond, limits.gossipControlBurst),
      hold() {},
      end() {},
    }
    meters.set(peer, meter)
    return meter
  }

  /** Lets a peer's inbound gossip stream be held back, and does so while it is above its bytes a second. */
  const throttle = (stream: Stream, peer: string) => {
    const meter = meterOf(peer)
    let timer: ReturnType<typeof setTimeout> | undefined
    let untilMs = 0
    const overLimit = createOverLimit(limits)
    meter.hold = (waitMs, limit) => {
      if (waitMs <= 0) return
      hooks.onLimit(limit)
      if (overLimit.strike(waitMs)) {
        hooks.onLimit('overLimitMs')
        hooks.penalize(peer, 'over-limit')
      }
      // Its end has cleared the timer, and would clear no other.
      if (stream.status !== 'open') return
      const endMs = performance.now() + waitMs
      if (endMs <= untilMs) return
      untilMs = endMs
      clearTimeout(timer)
      timer = setTimeout(() => resumeStream(stream), waitMs)
      queueMicrotask(() => pauseStream(stream))
    }
    meter.end = (error) => stream.abort(error)
    stream.addEventListener('message', (event) =>
      meter.hold(meter.bytes.borrow(event.data.byteLength), 'gossipBytesPerSecond'),
    )
    stream.addEventListener('close', () => clearTimeout(timer))
  }

  const throttled = <R extends object>(registrar: R): R =>
    new Proxy(registrar, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property)
        if (typeof value !== 'function') return value
        if (property !== 'handle') return value.bind(target)
        return (protocol: string, handler: StreamHandler, options: object) =>
          value.call(
            target,
            protocol,
            (stream: Stream, connection: Connection) => {
              throttle(stream, connection.remotePeer.toString())
              return handler(stream, connection)
            },
            options,
          )
      },
    })

  const harden = (target: Router): void => {
    const decodeRpc = target.decodeRpc.bind(target)
    const handleReceivedRpc = target.handleReceivedRpc.bind(target)
    const pipePeerReadStream = target.pipePeerReadStream.bind(target)
    const senders = new WeakMap<Uint8Array, string>()
    let sliceStart = performance.now()

    // The router logs RPCs that it cannot decode and blames nobody: remember whose bytes they are.
    target.decodeRpc = (bytes) => {
      try {
        return decodeRpc(bytes)
      } catch (error) {
        const from = senders.get(bytes)
        if (from !== undefined) hooks.penalize(from, 'undecodable-rpc')
        throw error
      }
    }
    /** The router's framing throws at a length above the limit, and its stream ends: that costs, too. */
    const bounded = async function* (source: Parameters<Router['pipePeerReadStream']>[1], sender: string) {
      try {
        yield* source
      } catch (error) {
        if (error instanceof Error && error.name === 'InvalidDataLengthError') {
          hooks.onLimit('gossipMessageBytes')
          hooks.penalize(sender, 'oversize-rpc')
          // Else its next 4 MiB would be kept.
          meterOf(sender).end(error)
        }
        throw error
      }
    }
    target.pipePeerReadStream = (from, source) => {
      const sender = from.toString()
      const sliced = async function* () {
        for await (const chunk of bounded(source, sender)) {
          if (performance.now() - sliceStart > SLICE_MS) {
            await nextTurn()
            sliceStart = performance.now()
          }
          const bytes = chunk.subarray()
          senders.set(bytes, sender)
          yield { subarray: () => bytes }
        }
      }
      return pipePeerReadStream(from, sliced())
    }
    // A subscriber whose stream opened after its subscription came is in no mesh before the next heartbeat, and what is
    // forwarded until then would never reach it: while a mesh is short, other subscribers stand in.
    const selectPeersToForward = target.selectPeersToForward.bind(target)
    target.selectPeersToForward = (topic, source, exclude) => {
      const selected = selectPeersToForward(topic, source, exclude)
      let missing = limits.meshLow - (target.mesh.get(topic)?.size ?? 0)
      for (const peer of target.topics.get(topic) ?? []) {
        if (missing <= 0) break
        if (peer === source || exclude?.has(peer) === true || selected.has(peer)) continue
        if (!target.streamsOutbound.has(peer) || target.getScore(peer) < 0) continue
        selected.add(peer)
        missing--
      }
      return selected
    }
    target.handleReceivedRpc = async (from, rpc) => {
      const sender = from.toString()
      // What was read before the connection was closed.
      if (hooks.isBanned(sender)) return
      const meter = meterOf(sender)
      const { entries, control } = entriesOf(rpc)
      meter.hold(meter.entries.borrow(entries), 'gossipEntriesPerSecond')
      if (!meter.control.take(control)) {
        hooks.onLimit('gossipControlPerSecond')
        return hooks.penalize(sender, 'control-flood')
      }
      const messages = rpc.messages.filter((message) => subscribed.has(message.topic))
      // We never unsubscribe, so nobody honest sends these.
      if (messages.length < rpc.messages.length) hooks.penalize(sender, 'unwanted-topic')
      rpc.messages = messages
      await handleReceivedRpc(from, rpc)
    }
  }

  return {
    throttled,
    harden,
    sweep(known) {
      for (const peer of meters.keys()) if (!known.has(peer)) meters.delete(peer)
    },
  }
}

/** Eight message ids in a control entry count as one entry. */
const IDS_PER_ENTRY = 8

/** Everything in an RPC, and those control entries whose number has nothing to do with that of the messages. */
const entriesOf = (rpc: Rpc): { readonly entries: number; readonly control: number } => {
  const { control } = rpc
  const count =
    (rpc.subscriptions?.length ?? 0) + (control?.graft?.length ?? 0) + (control?.prune?.length ?? 0)
  let entries = 1 + count + rpc.messages.length
  for (const list of [control?.ihave, control?.iwant, control?.idontwant])
    for (const entry of list ?? []) entries += 1 + Math.floor((entry.messageIDs?.length ?? 0) / IDS_PER_ENTRY)
  return { entries, control: count }
}
