// The only file that imports gossipsub. It sets the router up (scoring with asynchronous validation, no signatures,
// message ids by topic and content) and publishes to all known subscribers, at the pace of those that read. What the
// router itself leaves open is in gossip-guard.ts.

import { type GossipSubComponents, gossipsub, TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { createBoundedMap } from '../base/bounded-map.ts'
import { utf8 } from '../base/bytes.ts'
import { sleep } from '../base/deadline.ts'
import type { Logger } from '../base/log.ts'
import type { Sha256 } from '../grid/sha256.ts'
import { createGossipGuard, type GuardHooks, type GuardLimits, MESH_LOW } from './gossip-guard.ts'
import { asRouter, type Router } from './gossip-router.ts'
import { scoreParams, scoreThresholds } from './gossip-scoring.ts'
import type { NetworkLimits } from './limits.ts'

export type GossipLimits = GuardLimits &
  Pick<
    NetworkLimits,
    'gossipMessageBytes' | 'gossipSendBufferBytes' | 'gossipSendMarkBytes' | 'floodPublishPeers'
  >

export interface GossipInit {
  readonly limits: GossipLimits
  /** Topics that peers may subscribe to and publish on: all of the chain's, no others. */
  readonly allowedTopics: ReadonlySet<string>
  /** Topics that we subscribe to. */
  readonly subscriptions: readonly string[]
  /** Peers of each topic's mesh; default 8. */
  readonly meshPeers?: number | undefined
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

export interface GossipHooks extends GuardHooks {
  readonly log: Logger
  readonly sha256: Sha256
  /** Penalty points that a peer has now. */
  points(peer: string): number
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

const HEARTBEAT_MS = 1_000
const MESH_PEERS = 8
/**
 * How long a message is remembered, at its publisher too, who sends nothing twice meanwhile. Votes of a height that hangs
 * are sent again with the same bytes (docs/protocol.md, "Hanging"); with the default of 120 s that had no effect for so long.
 */
const SEEN_MS = 30_000
const IWANT_FOLLOWUP_MS = 10_000
const MESSAGE_ID_BYTES = 20
/** An RPC is one message with its topic, or control entries. */
const RPC_OVERHEAD_BYTES = 64 * 1_024
/** How long a publisher waits for moving peers to take what is queued. */
const PUBLISH_WAIT_MS = 500
const PUBLISH_POLL_MS = 5
/** A peer that let a publisher wait in vain is not waited for again before: else it could do so with every few columns. */
const PUBLISH_AGAIN_MS = 60_000
const REMEMBERED_PEERS = 1_024

/**
 * The service for libp2p, and our handle of it, which works once libp2p has been created.
 */
export const createGossip = (
  init: GossipInit,
  hooks: GossipHooks,
): { readonly service: (components: GossipSubComponents) => object; readonly gossip: Gossip } => {
  const { limits } = init
  const meshPeers = init.meshPeers ?? MESH_PEERS
  const meshLow = Math.min(MESH_LOW, meshPeers)
  const guard = createGossipGuard({ ...limits, meshLow }, init.subscriptions, hooks)
  let router: Router<TopicValidatorResult> | undefined
  const running = (): Router<TopicValidatorResult> => {
    if (router === undefined) throw new TypeError('gossip is used before libp2p was created')
    return router
  }

  const service = (components: GossipSubComponents) => {
    const { registrar, privateKey, peerId, peerStore, connectionManager, logger } = components
    const instance = gossipsub({
      D: meshPeers,
      Dlo: meshLow,
      Dhi: Math.ceil(meshPeers * 1.5),
      Dscore: Math.floor(meshPeers / 2),
      Dout: Math.floor(meshPeers / 4),
      // A small mesh is small on purpose: what is grafted in hope of better peers is pruned a heartbeat later.
      opportunisticGraftPeers: meshPeers < MESH_PEERS ? 0 : 2,
      heartbeatInterval: HEARTBEAT_MS,
      mcacheLength: 6,
      mcacheGossip: 3,
      seenTTL: SEEN_MS,
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
    })({ privateKey, peerId, peerStore, connectionManager, logger, registrar: guard.throttled(registrar) })
    router = asRouter<TopicValidatorResult>(instance)
    guard.harden(router)
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

  // ---- own messages ----

  const queuedTo = (peer: string): number =>
    running().streamsOutbound.get(peer)?.rawStream.writeBufferLength ?? 0
  /** Peers that let a publisher wait in vain, and when. */
  const stalled = createBoundedMap<string, number>(REMEMBERED_PEERS)

  const room = async (peers: readonly string[]): Promise<void> => {
    const begin = performance.now()
    const isPatient = (peer: string) => begin - (stalled.get(peer) ?? -PUBLISH_AGAIN_MS) >= PUBLISH_AGAIN_MS
    const full = () => peers.filter((peer) => queuedTo(peer) > limits.gossipSendMarkBytes && isPatient(peer))
    for (const _ of full()) hooks.onLimit('gossipSendMarkBytes')
    for (let behind = full(); behind.length > 0; behind = full()) {
      if (performance.now() - begin > PUBLISH_WAIT_MS) {
        for (const peer of behind) stalled.set(peer, performance.now())
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
      guard.sweep(peers)
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
