// The libp2p node under the network: transports, Noise, Yamux with finite buffers, identify, ping, gossipsub, and
// Kademlia if wanted. Nothing here knows what is said over it.

import { noise } from '@chainsafe/libp2p-noise'
import { identify } from '@libp2p/identify'
import type { ConnectionGater, Libp2p, PrivateKey, Stream, Transport } from '@libp2p/interface'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { createLibp2p } from 'libp2p'
import type { createGossip } from './gossip.ts'
import { createKademlia } from './kademlia.ts'
import type { NetworkLimits, OnLimit } from './limits.ts'
import { guardedYamux } from './muxer-guard.ts'

export interface HostInit {
  readonly chainId: string
  readonly listen: readonly string[]
  readonly announce: readonly string[]
  readonly userAgent: string
  readonly kademlia: 'off' | 'client' | 'server'
  readonly pingIntervalMs: number
  readonly devnet: boolean
  readonly limits: NetworkLimits
}

export interface HostComponents {
  readonly privateKey: PrivateKey
  readonly gater: ConnectionGater
  readonly gossipService: ReturnType<typeof createGossip>['service']
  /** Instead of TCP and WebSocket. */
  readonly transports?: readonly TransportFactory[]
  /** A connection has been above its limits for too long, and is being closed; `streams` are its own. */
  onFlood(streams: readonly Stream[]): void
  readonly onLimit: OnLimit
}

// biome-ignore lint/suspicious/noExplicitAny: libp2p's own type of a transport's components is not exported
export type TransportFactory = (components: any) => Transport

/** Creates the node; it is not started. */
export const createHost = async (init: HostInit, components: HostComponents): Promise<Libp2p> => {
  const { limits } = init
  const { kademlia } = init
  return createLibp2p({
    start: false,
    privateKey: components.privateKey,
    nodeInfo: { name: 'weft', userAgent: init.userAgent },
    addresses: { listen: [...init.listen], announce: [...init.announce] },
    transports: [...(components.transports ?? [tcp(), webSockets()])],
    connectionEncrypters: [noise()],
    streamMuxers: [guardedYamux(limits, components)],
    connectionGater: components.gater,
    connectionManager: {
      maxConnections: limits.maxConnections,
      inboundConnectionThreshold: limits.inboundConnectionsPerSecond,
      maxIncomingPendingConnections: limits.maxPendingInbound,
      inboundUpgradeTimeout: limits.upgradeTimeoutMs,
      inboundStreamProtocolNegotiationTimeout: limits.upgradeTimeoutMs,
      maxParallelDials: 16,
      maxDialQueueLength: 128,
      maxPeerAddrsToDial: 8,
      reconnectRetries: 0,
    },
    // A machine that proves blocks answers late: only a peer that is silent for long is given up.
    connectionMonitor: {
      pingInterval: init.pingIntervalMs,
      pingTimeout: { minTimeout: 15_000, maxTimeout: 30_000 },
    },
    peerStore: { maxPeerAge: 3_600_000, maxAddressAge: 3_600_000 },
    services: {
      identify: identify({ maxInboundStreams: 4, maxOutboundStreams: 4, runOnConnectionOpen: true }),
      ping: ping({ maxInboundStreams: 4 }),
      gossip: components.gossipService,
      ...(kademlia === 'off'
        ? {}
        : {
            kademlia: createKademlia({
              chainId: init.chainId,
              mode: kademlia,
              privateAddresses: init.devnet,
            }),
          }),
    },
  })
}
