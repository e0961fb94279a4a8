// A node's network: gossip and streams over libp2p, behind the ports of the chain. It decodes within bounds, counts,
// limits, scores and keeps connections; what a message means is for the handlers that are passed in.

import type { Libp2p } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { fromHex } from '../base/bytes.ts'
import { messageOf } from '../base/error.ts'
import { AnnouncementType, CertificateType, ColumnType, ProposalType, VoteType } from '../chain/containers.ts'
import { MAX_BANDS, MAX_COMMITMENTS, MAX_VALIDATORS } from '../chain/limits.ts'
import type { Network, Publishing } from '../chain/ports.ts'
import { nobleSha256 } from '../grid/sha256.ts'
import { createAdmission } from './admission.ts'
import { createRequests } from './ask.ts'
import { startBufferWatch } from './buffer-watch.ts'
import { dialTarget, dialTargets, openStream } from './connect.ts'
import { watchConnections } from './connection-watch.ts'
import { createDialer } from './dialer.ts'
import { networkError } from './errors.ts'
import { createExchange } from './exchange.ts'
import { createGater, ipOf } from './gater.ts'
import { createGossip } from './gossip.ts'
import { createHost } from './host.ts'
import { peerIdFromBytes, peerIdFromText } from './identity.ts'
import { type NetworkComponents, type NetworkInit, subscriptionsOf, type WeftNetwork } from './init.ts'
import { createIntake } from './intake.ts'
import { createLabels } from './labels.ts'
import { defaultLimits, devnetLimits, type NetworkLimits, type OnLimit } from './limits.ts'
import { allTopics, protocolName, type StreamName, streamNames, type TopicKind, topicName } from './names.ts'
import { createPeerBook } from './peer-book.ts'
import { messageBytes, streamProtocols } from './protocols.ts'
import { createScores, penaltyPoints } from './scores.ts'
import { createServer } from './serve.ts'
import { startUpkeep } from './upkeep.ts'
import { createWriteTurns } from './write-turns.ts'

export type { NetworkComponents, NetworkInit, WeftNetwork } from './init.ts'

const PING_INTERVAL_MS = 15_000

/** What lives from start to stop. */
interface Running {
  readonly host: Libp2p
  readonly publish: Publishing
  readonly request: Network['request']
  readonly peers: Network['peers']
  readonly subscribers: WeftNetwork['subscribers']
  readonly reach: Network['reach']
  readonly undialable: Network['undialable']
  stop(): Promise<void>
}

/** Throws RangeError or TypeError where `init` is not usable. Nothing is opened before `start()`. */
export const createNetwork = (init: NetworkInit, components: NetworkComponents): WeftNetwork => {
  const chainId = fromHex(init.chainId, 32)
  if (chainId === undefined || init.chainId !== init.chainId.toLowerCase())
    throw new RangeError(`expected a chain id of 64 lower-case hex digits, got ${init.chainId}`)
  const limits: NetworkLimits = {
    ...defaultLimits,
    ...(init.devnet === true ? devnetLimits : {}),
    ...init.limits,
  }
  const { log, metrics } = components
  const self = peerIdFromPrivateKey(components.privateKey)
  const validators = init.validators.map(peerIdFromBytes)
  const targets = dialTargets(init.bootnodes ?? [], validators, self)
  const isValidator = validators.some((id) => id.equals(self))
  const otherValidators = new Set(isValidator ? validators.filter((id) => !id.equals(self)).map(String) : [])
  const scores = createScores(limits)
  const penaltyLabel = createLabels()
  let running: Running | undefined
  let changing: Promise<void> = Promise.resolve()
  let stopped = false

  const alive = (): Running => {
    if (running === undefined) throw networkError('not-started', 'the network is not started')
    return running
  }

  const disconnect = (peer: string, reason: string): void => {
    const host = running?.host
    if (host === undefined) return
    metrics.count('weft_network_disconnects_total', 1, { reason: penaltyLabel(reason) })
    for (const connection of host.getConnections())
      if (connection.remotePeer.toString() === peer) connection.abort(new Error(reason))
  }
  const onLimit: OnLimit = (limit) => metrics.count('weft_network_limited_total', 1, { limit })
  const ipOfPeer = (peer: string): string | undefined => {
    const connection = running?.host.getConnections().find(({ remotePeer }) => remotePeer.toString() === peer)
    return connection === undefined ? undefined : ipOf(connection.remoteAddr)
  }
  const ban = (peer: string, reason: string): void => {
    log.info({ peer, reason }, 'a peer is banned')
    metrics.count('weft_network_bans_total', 1)
    scores.ban(peer, ipOfPeer(peer))
    disconnect(peer, reason)
  }
  const penalize = (peer: string, code: string): void => {
    metrics.count('weft_network_penalties_total', 1, { code: penaltyLabel(code) })
    if (scores.isBanned(peer) || !scores.add(peer, penaltyPoints(code), ipOfPeer(peer))) return
    log.info({ peer, reason: code }, 'a peer is banned')
    metrics.count('weft_network_bans_total', 1)
    disconnect(peer, code)
  }

  const build = async (): Promise<Running> => {
    const abort = new AbortController()
    const { signal } = abort
    const topics = allTopics(init.chainId)
    const bounds = {
      maxRows: init.maxRows ?? MAX_COMMITMENTS,
      maxBands: init.maxBands ?? MAX_BANDS,
      // Without a genesis (tests of the network alone) as many as any chain can have.
      validators: init.validators.length === 0 ? MAX_VALIDATORS : init.validators.length,
    }
    const protocols = streamProtocols(bounds)
    const topicOf = (kind: TopicKind, column?: number) => topicName(init.chainId, kind, column)

    // Gossip.
    const { service: gossipService, gossip } = createGossip(
      {
        limits,
        allowedTopics: new Set(topics.keys()),
        subscriptions: subscriptionsOf(init),
        meshPeers: init.meshPeers,
        colocation: init.devnet === true,
      },
      {
        log,
        sha256: components.sha256 ?? nobleSha256,
        points: scores.points,
        penalize,
        isBanned: scores.isBanned,
        onLimit,
        onMessage: (message) => intake.receive(message),
      },
    )
    const intake = createIntake(limits, {
      topics,
      maxBytes: messageBytes(bounds),
      handlers: components.gossip,
      log,
      metrics,
      report: gossip.report,
      penalize,
      isBanned: scores.isBanned,
      onLimit,
    })
    const publishTo = async (kind: TopicKind, data: Uint8Array, column?: number): Promise<number> => {
      if (data.length > limits.gossipMessageBytes)
        throw new RangeError(
          `expected at most ${limits.gossipMessageBytes} bytes, got ${data.length} of ${kind}`,
        )
      const peers = await gossip.publish(topicOf(kind, column), data)
      metrics.count('weft_network_published_total', 1, { topic: kind })
      return peers
    }
    const publish: Publishing = {
      header: (message) => publishTo('header', AnnouncementType.serialize(message)),
      proposal: (message) => publishTo('proposal', ProposalType.serialize(message)),
      column: (message) => publishTo('column', ColumnType.serialize(message), message.index),
      vote: (message) => publishTo('vote', VoteType.serialize(message)),
      certificate: (message) => publishTo('certificate', CertificateType.serialize(message)),
    }

    // The host, and streams over it.
    const host = await createHost(
      {
        chainId: init.chainId,
        listen: init.listen,
        announce: init.announce ?? [],
        userAgent: init.userAgent ?? 'weft',
        kademlia: init.kademlia ?? 'off',
        pingIntervalMs: init.pingIntervalMs ?? PING_INTERVAL_MS,
        devnet: init.devnet === true,
        limits,
      },
      {
        privateKey: components.privateKey,
        gater: createGater(limits, {
          scores,
          metrics,
          onLimit,
          reservedFor: otherValidators,
          connections: () => host.getConnections(),
        }),
        onLimit,
        gossipService,
        ...(components.transports === undefined ? {} : { transports: components.transports }),
        onFlood(streams) {
          const connection = host.getConnections().find((open) => open.streams === streams)
          if (connection !== undefined) penalize(connection.remotePeer.toString(), 'over-limit')
        },
      },
    )
    watchConnections(host, limits, onLimit)
    const writeTurns = createWriteTurns()
    const request = createRequests(limits, {
      protocols,
      writeTurns,
      metrics,
      signal,
      open: (peer, name, requestSignal) =>
        openStream(host, peer, protocolName(init.chainId, name), requestSignal),
      onLimit,
      penalize,
    })
    const admission = createAdmission(limits, onLimit)
    const serve = createServer(limits, {
      protocols,
      handlers: components.streams,
      records: () => exchange.records(),
      admission,
      writeTurns,
      log,
      metrics,
      signal,
      onLimit,
      penalize,
    })

    // Peers.
    const book = createPeerBook(
      { chainId, validators: validators.map(String), limits },
      {
        log,
        custodyOf: (peer, count) => components.custodyOf(peerIdFromText(peer).toMultihash().bytes, count),
        status: request.status,
        ban,
        penalize,
      },
    )
    const connectedTo = (peer: string) =>
      host.getConnections().some((open) => open.remotePeer.toString() === peer)
    const dialer = createDialer(limits, targets, {
      log,
      dial: (target, dialSignal) => dialTarget(host, target, dialSignal),
      isConnected: connectedTo,
      isBanned: scores.isBanned,
      knowsAddress: async (peer) => {
        const id = peerIdFromText(peer)
        return (await host.peerStore.has(id)) && (await host.peerStore.get(id)).addresses.length > 0
      },
      connections: () => host.getConnections().length,
    })
    const exchange = createExchange(
      { limits, always: init.exchange === true, privateAddresses: init.devnet === true },
      {
        host,
        dialer,
        log,
        metrics,
        ask: request.records,
        peers: book.peers,
        isBanned: scores.isBanned,
        penalize,
        letGo: (peer) => disconnect(peer, 'finished'),
      },
    )
    host.addEventListener('peer:connect', ({ detail }) => book.connected(detail.toString()))
    host.addEventListener('peer:disconnect', ({ detail }) => book.disconnected(detail.toString()))
    host.addEventListener('peer:discovery', ({ detail }) => dialer.discovered(detail.id.toString()))

    for (const name of streamNames)
      await host.handle(protocolName(init.chainId, name), serve(name), streamLimits(limits, name))
    // If it fails, libp2p closes what it has opened.
    await host.start()
    gossip.join()
    dialer.start()
    exchange.start()
    const buffers = startBufferWatch(limits, {
      metrics,
      onLimit,
      connections: () => host.getConnections(),
      penalize,
    })
    const upkeep = startUpkeep(limits, {
      metrics,
      gossip,
      intake,
      admission,
      connections: () => host.getConnections(),
      onLimit,
      penalize,
      ban,
      disconnect,
    })

    return {
      host,
      publish,
      request,
      peers: book.peers,
      subscribers: (kind, column) => gossip.subscribers(topicOf(kind, column)),
      reach: exchange.reach,
      undialable: exchange.undialable,
      async stop() {
        abort.abort(networkError('aborted', 'the network stops'))
        upkeep.stop()
        buffers.stop()
        exchange.stop()
        dialer.stop()
        book.close()
        await host.stop()
      },
    }
  }

  /** Start and stop never overlap. */
  const change = (work: () => Promise<void>): Promise<void> => {
    changing = changing.catch(() => {}).then(work)
    return changing
  }

  const late = async <T>(call: (network: Running) => Promise<T>): Promise<T> => call(alive())
  return {
    peerId: self.toString(),
    publish: {
      header: (message) => late(({ publish }) => publish.header(message)),
      proposal: (message) => late(({ publish }) => publish.proposal(message)),
      column: (message) => late(({ publish }) => publish.column(message)),
      vote: (message) => late(({ publish }) => publish.vote(message)),
      certificate: (message) => late(({ publish }) => publish.certificate(message)),
    },
    request: {
      status: (peer, options) => late(({ request }) => request.status(peer, options)),
      headers: (peer, range, options) => late(({ request }) => request.headers(peer, range, options)),
      certificates: (peer, range, options) =>
        late(({ request }) => request.certificates(peer, range, options)),
      proposals: (peer, wanted, options) => late(({ request }) => request.proposals(peer, wanted, options)),
      columns: (peer, wanted, options) => late(({ request }) => request.columns(peer, wanted, options)),
      tiles: (peer, wanted, options) => late(({ request }) => request.tiles(peer, wanted, options)),
      held: (peer, wanted, options) => late(({ request }) => request.held(peer, wanted, options)),
      submit: (peer, submission, options) => late(({ request }) => request.submit(peer, submission, options)),
    },
    start: () =>
      change(async () => {
        stopped = false
        running ??= await build()
        log.info({ peerId: self.toString(), addresses: addressesOf(running.host) }, 'the network is up')
      }),
    stop: () =>
      change(async () => {
        if (stopped || running === undefined) return
        const ending = running
        running = undefined
        stopped = true
        await ending.stop()
      }),
    addresses: () => (running === undefined ? [] : addressesOf(running.host)),
    peers: () => running?.peers() ?? [],
    reach: (options) => alive().reach(options),
    undialable: () => late(({ undialable }) => undialable()),
    penalize,
    async dial(address, { signal }) {
      const { host } = alive()
      try {
        await host.dial(multiaddr(address), { signal })
      } catch (cause) {
        throw networkError('unreachable', `${address}: ${messageOf(cause)}`, { address }, cause)
      }
    },
    subscribers: (kind, column) => running?.subscribers(kind, column) ?? [],
    points: scores.points,
  }
}

const addressesOf = (host: Libp2p): string[] => host.getMultiaddrs().map(String)

/** libp2p resets streams above these; ours below them get an answer. */
const streamLimits = (limits: NetworkLimits, name: StreamName) => ({
  maxInboundStreams: name === 'submit' ? 4 : 2 * limits.inboundRequestsPerPeer,
  maxOutboundStreams: 2 * limits.outboundRequestsPerPeer,
})
