// The only file that knows gossipsub. It sets the router up (scoring with asynchronous validation, no signatures,
// message ids by topic and content) and closes what the router leaves open: RPCs that cannot be decoded, messages on
// topics we did not subscribe to, and floods of control entries cost the sender; bytes and entries above a rate are held
// back at the sender by pausing its stream; decoding yields to the event loop. For that it wraps four of the router's own methods, whose
// presence is checked at start, and which an update of the package may rename.

import { type GossipSubComponents, gossipsub, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { utf8 } from '../base/bytes.ts'
import { sleep } from '../base/deadline.ts'
import type { Logger } from '../base/log.ts'
import type { Sha256 } from '../grid/sha256.ts'
import type { NetworkLimits } from './limits.ts'
import { pauseStream, resumeStream } from './stream-flow.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'

export type GossipLimits = Pick<
  NetworkLimits,
  | 'gossipMessageBytes'
  | 'gossipBytesPerSecond'
  | 'gossipBytesBurst'
  | 'gossipEntriesPerSecond'
  | 'gossipEntriesBurst'
  | 'gossipControlPerSecond'
  | 'gossipControlBurst'
  | 'gossipSendBufferBytes'
  | 'gossipSendMarkBytes'
  | 'floodPublishPeers'
>

export interface GossipInit {
  readonly limits: GossipLimits
  /** Topics that peers may subscribe to and publish on: all of the chain's, no others. */
  readonly allowedTopics: ReadonlySet<string>
  /** Topics that we subscribe to. */
  readonly subscriptions: readonly string[]
  /** Whether many peers on one IP address are normal: devnets only. */
  readonly colocation: boolean
}

export interface GossipMessage {
  readonly topic: string
  readonly data: Uint8Array
  readonly from: string
  /** The router's name for the message, for `report`. */
  readonly id: string
}

export interface GossipHooks {
  readonly log: Logger
  readonly sha256: Sha256
  /** Penalty points that a peer has now. */
  points(peer: string): number
  penalize(peer: string, code: string): void
  isBanned(peer: string): boolean
  onMessage(message: GossipMessage): void
}

export interface Gossip {
  /** Subscribes; to be called once, after the host has started. */
  join(): void
  /** Sends to peers subscribed to the topic; resolves with their number. A message sent before is sent to nobody. */
  publish(topic: string, data: Uint8Array): Promise<number>
  /** Tells the router what became of a message: forward it, drop it, or drop it and blame the sender. */
  report(message: GossipMessage, verdict: 'accept' | 'ignore' | 'reject'): void
  /** The router's score of a peer. */
  score(peer: string): number
  /** Known subscribers of a topic that can be sent to. */
  subscribers(topic: string): readonly string[]
  /** Bytes queued to each peer, and whether there is a stream to it at all. */
  queues(): readonly { readonly peer: string; readonly queuedBytes: number; readonly hasStream: boolean }[]
}

/** Below these scores of gossipsub: no gossip, no own messages, nothing taken from it any more. Points count as -1. */
export const scoreThresholds = {
  gossipThreshold: -40,
  publishThreshold: -60,
  graylistThreshold: -80,
  acceptPXThreshold: 1_000,
  opportunisticGraftThreshold: 5,
} as const

const HEARTBEAT_MS = 1_000
const IWANT_FOLLOWUP_MS = 10_000
const MESSAGE_ID_BYTES = 20
/** An RPC is one message with its topic, or control entries. */
const RPC_OVERHEAD_BYTES = 64 * 1_024
/** Decoding gives the event loop a turn after so long. */
const SLICE_MS = 8
/** How long a publisher waits for moving peers to take what is queued. */
const PUBLISH_WAIT_MS = 500
const PUBLISH_POLL_MS = 5

interface Rpc {
  subscriptions?: { subscribe?: boolean; topic?: string }[]
  messages: { topic: string; data?: Uint8Array }[]
  control?: {
    ihave?: { messageIDs?: unknown[] }[]
    iwant?: { messageIDs?: unknown[] }[]
    graft?: unknown[]
    prune?: unknown[]
    idontwant?: { messageIDs?: unknown[] }[]
  }
}

/** What we use of the router beyond its published interface. */
interface Router {
  subscribe(topic: string): void
  getSubscribers(topic: string): PeerId[]
  publish(topic: string, data: Uint8Array, options: object): Promise<{ recipients: PeerId[] }>
  reportMessageValidationResult(id: string, from: string, result: TopicValidatorResult): void
  getScore(peer: string): number
  decodeRpc(bytes: Uint8Array): Rpc
  handleReceivedRpc(from: PeerId, rpc: Rpc): Promise<void>
  pipePeerReadStream(from: PeerId, source: AsyncIterable<{ subarray(): Uint8Array }>): Promise<void>
  addEventListener(type: 'gossipsub:message', listener: (event: CustomEvent<RouterMessage>) => void): void
  readonly peers: Map<string, PeerId>
  readonly streamsOutbound: Map<string, { readonly rawStream: Stream }>
}

interface Meter {
  readonly bytes: TokenBucket
  readonly entries: TokenBucket
  readonly control: TokenBucket
  /** Pauses the peer's inbound stream for so long. */
  hold(waitMs: number): void
}

interface RouterMessage {
  readonly propagationSource: PeerId
  readonly msgId: string
  readonly msg: { readonly topic: string; readonly data: Uint8Array }
}

const wrapped = [
  'decodeRpc',
  'handleReceivedRpc',
  'pipePeerReadStream',
  'reportMessageValidationResult',
] as const

/**
 * The service for libp2p, and our handle of it, which works once libp2p has been created.
 */
export const createGossip = (
  init: GossipInit,
  hooks: GossipHooks,
): { readonly service: (components: GossipSubComponents) => object; readonly gossip: Gossip } => {
  const { limits } = init
  const subscribed = new Set(init.subscriptions)
  const meters = new Map<string, Meter>()
  let router: Router | undefined
  const running = (): Router => {
    if (router === undefined) throw new TypeError('gossip is used before libp2p was created')
    return router
  }

  const meterOf = (peer: string): Meter => {
    const known = meters.get(peer)
    if (known !== undefined) return known
    const meter: Meter = {
      bytes: createTokenBucket(limits.gossipBytesPerSecond, limits.gossipBytesBurst),
      entries: createTokenBucket(limits.gossipEntriesPerSecond, limits.gossipEntriesBurst),
      control: createTokenBucket(limits.gossipControlPerSecond, limits.gossipControlBurst),
      hold() {},
    }
    meters.set(peer, meter)
    return meter
  }

  /** Lets a peer's inbound gossip stream be held back, and does so while it is above its bytes a second. */
  const throttle = (stream: Stream, peer: string) => {
    const meter = meterOf(peer)
    let timer: ReturnType<typeof setTimeout> | undefined
    let untilMs = 0
    meter.hold = (waitMs) => {
      const endMs = performance.now() + waitMs
      if (waitMs <= 0 || endMs <= untilMs) return
      untilMs = endMs
      clearTimeout(timer)
      timer = setTimeout(() => resumeStream(stream), waitMs)
      queueMicrotask(() => pauseStream(stream))
    }
    stream.addEventListener('message', (event) => meter.hold(meter.bytes.borrow(event.data.byteLength)))
    stream.addEventListener('close', () => clearTimeout(timer))
  }

  const service = (components: GossipSubComponents) => {
    const { registrar, privateKey, peerId, peerStore, connectionManager, logger } = components
    const throttling = new Proxy(registrar, {
      get(target, property) {
        if (property !== 'handle') {
          const value = Reflect.get(target, property)
          return typeof value === 'function' ? value.bind(target) : value
        }
        return (
          protocol: string,
          handler: (stream: Stream, connection: Connection) => void,
          options: object,
        ) =>
          target.handle(
            protocol,
            (stream, connection) => {
              throttle(stream, connection.remotePeer.toString())
              return handler(stream, connection)
            },
            options,
          )
      },
    })
    const instance = gossipsub({
      D: 8,
      Dlo: 6,
      Dhi: 12,
      Dscore: 4,
      Dout: 2,
      heartbeatInterval: HEARTBEAT_MS,
      mcacheLength: 6,
      mcacheGossip: 3,
      fallbackToFloodsub: false,
      gossipsubIWantFollowupMs: IWANT_FOLLOWUP_MS,
      asyncValidation: true,
      allowPublishToZeroTopicPeers: true,
      ignoreDuplicatePublishError: true,
      emitSelf: false,
      doPX: false,
      batchPublish: true,
      globalSignaturePolicy: 'StrictNoSign',
      msgIdFn: (message) => messageId(message, hooks.sha256),
      allowedTopics: new Set(init.allowedTopics),
      maxInboundStreams: 2,
      maxOutboundStreams: 2,
      maxInboundDataLength: limits.gossipMessageBytes + RPC_OVERHEAD_BYTES,
      maxOutboundBufferSize: limits.gossipSendBufferBytes,
      decodeRpcLimits: {
        maxSubscriptions: 256,
        maxMessages: 256,
        maxIhaveMessageIDs: 1_024,
        maxIwantMessageIDs: 1_024,
        maxIdontwantMessageIDs: 512,
        maxControlMessages: 512,
        maxPeerInfos: 16,
      },
      scoreThresholds,
      scoreParams: scoreParams(init, hooks.points),
    })({ privateKey, peerId, peerStore, connectionManager, logger, registrar: throttling })
    router = instance as unknown as Router
    harden(router)
    router.addEventListener('gossipsub:message', ({ detail }) => {
      hooks.onMessage({
        topic: detail.msg.topic,
        data: detail.msg.data,
        from: detail.propagationSource.toString(),
        id: detail.msgId,
      })
    })
    return instance
  }

  const harden = (target: Router) => {
    for (const name of wrapped)
      if (typeof target[name] !== 'function') throw new TypeError(`this gossipsub has no method ${name}`)
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
    target.pipePeerReadStream = (from, source) => {
      const sender = from.toString()
      const sliced = async function* () {
        for await (const chunk of source) {
          if (performance.now() - sliceStart > SLICE_MS) {
            await new Promise((resolve) => setTimeout(resolve, 0))
            sliceStart = performance.now()
          }
          const bytes = chunk.subarray()
          senders.set(bytes, sender)
          yield { subarray: () => bytes }
        }
      }
      return pipePeerReadStream(from, sliced())
    }
    target.handleReceivedRpc = async (from, rpc) => {
      const sender = from.toString()
      // What was read before the connection was closed.
      if (hooks.isBanned(sender)) return
      const meter = meterOf(sender)
      const { entries, control } = entriesOf(rpc)
      meter.hold(meter.entries.borrow(entries))
      if (!meter.control.take(control)) return hooks.penalize(sender, 'control-flood')
      const messages = rpc.messages.filter((message) => subscribed.has(message.topic))
      // We never unsubscribe, so nobody honest sends these.
      if (messages.length < rpc.messages.length) hooks.penalize(sender, 'unwanted-topic')
      rpc.messages = messages
      await handleReceivedRpc(from, rpc)
    }
  }

  // ---- own messages ----

  const queuedTo = (peer: string): number =>
    running().streamsOutbound.get(peer)?.rawStream.writeBufferLength ?? 0
  /** Peers that let a publisher wait in vain; they are waited for again once their queue is short. */
  const stalled = new Set<string>()

  const room = async (peers: readonly string[]): Promise<void> => {
    const full = () =>
      peers.filter((peer) => {
        if (queuedTo(peer) > limits.gossipSendMarkBytes) return !stalled.has(peer)
        stalled.delete(peer)
        return false
      })
    const end = performance.now() + PUBLISH_WAIT_MS
    while (full().length > 0) {
      if (performance.now() > end) {
        for (const peer of full()) stalled.add(peer)
        return
      }
      await sleep(PUBLISH_POLL_MS)
    }
  }

  const subscribers = (topic: string): string[] => {
    const { streamsOutbound } = running()
    return running()
      .getSubscribers(topic)
      .map((peer) => peer.toString())
      .filter((peer) => streamsOutbound.has(peer))
  }

  const gossip: Gossip = {
    join() {
      for (const topic of init.subscriptions) running().subscribe(topic)
    },
    async publish(topic, data) {
      const peers = subscribers(topic)
      // Without anybody to send to, the router would still count it as sent and refuse it later.
      if (peers.length === 0) return 0
      await room(peers)
      const floodPublish = peers.length <= limits.floodPublishPeers
      const { recipients } = await running().publish(topic, data, { floodPublish })
      return recipients.length
    },
    report(message, verdict) {
      running().reportMessageValidationResult(message.id, message.from, results[verdict])
    },
    score: (peer) => running().getScore(peer),
    subscribers,
    queues() {
      const { peers, streamsOutbound } = running()
      for (const peer of meters.keys()) if (!peers.has(peer)) meters.delete(peer)
      for (const peer of stalled) if (!peers.has(peer)) stalled.delete(peer)
      return [...peers.keys()].map((peer) => ({
        peer,
        queuedBytes: queuedTo(peer),
        hasStream: streamsOutbound.has(peer),
      }))
    },
  }
  return { service, gossip }
}

const results = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const

/** First 20 bytes of SHA-256(topic || data): the same column seeded twice is one message. */
const messageId = (
  message: { readonly topic: string; readonly data: Uint8Array },
  sha256: Sha256,
): Uint8Array => sha256(utf8(message.topic), message.data).subarray(0, MESSAGE_ID_BYTES)

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

const scoreParams = (init: GossipInit, points: (peer: string) => number) => ({
  topicScoreCap: 50,
  appSpecificScore: (peer: string) => -points(peer),
  appSpecificWeight: 1,
  IPColocationFactorWeight: init.colocation ? 0 : -5,
  IPColocationFactorThreshold: 10,
  // Mostly promises (IWANT) that an overloaded peer could not keep; floods have their own limits.
  behaviourPenaltyWeight: -0.2,
  behaviourPenaltyThreshold: 6,
  behaviourPenaltyDecay: 0.9,
  IPColocationFactorWhitelist: new Set<string>(),
  decayInterval: 1_000,
  decayToZero: 0.01,
  retainScore: 600_000,
  topics: Object.fromEntries(
    init.subscriptions.map((topic) => [
      topic,
      {
        topicWeight: 0.1,
        timeInMeshWeight: 0.01,
        timeInMeshQuantum: 1_000,
        timeInMeshCap: 300,
        firstMessageDeliveriesWeight: 1,
        firstMessageDeliveriesDecay: 0.9,
        firstMessageDeliveriesCap: 50,
        // No deficit of deliveries: most topics are silent most of the time.
        meshMessageDeliveriesWeight: 0,
        meshMessageDeliveriesDecay: 0.5,
        meshMessageDeliveriesCap: 1,
        meshMessageDeliveriesThreshold: 1,
        meshMessageDeliveriesWindow: 10,
        meshMessageDeliveriesActivation: 60_000,
        meshFailurePenaltyWeight: 0,
        meshFailurePenaltyDecay: 0.5,
        invalidMessageDeliveriesWeight: -10,
        invalidMessageDeliveriesDecay: 0.97,
      },
    ]),
  ),
})
