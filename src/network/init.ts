// What a network is made of: plain data, collaborators, and what comes out beyond the chain's port.

import type { PrivateKey } from '@libp2p/interface'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { GossipHandlers, Network, StreamHandlers } from '../chain/ports.ts'
import type { Sha256 } from '../grid/sha256.ts'
import type { TransportFactory } from './host.ts'
import type { NetworkLimits } from './limits.ts'
import { type TopicKind, topicName } from './names.ts'

export interface NetworkInit {
  /** The chain id: 64 hex digits. */
  readonly chainId: string
  /** Multiaddrs to listen on; port 0 lets the system choose. None: the node only dials. */
  readonly listen: readonly string[]
  /** Multiaddrs to announce instead of those listened on. Default: none. */
  readonly announce?: readonly string[]
  /** Multiaddrs with `/p2p/<id>` that are dialled until they answer, for ever. Default: none. */
  readonly bootnodes?: readonly string[]
  /** Bytes of the validators' peer ids, in the order of genesis. */
  readonly validators: readonly Uint8Array[]
  /** What to listen to besides headers and certificates, which every node follows. */
  readonly topics: {
    readonly proposal: boolean
    readonly vote: boolean
    /** Column indices: the node's custody. */
    readonly columns: readonly number[]
  }
  /**
   * Peers from which each gossip message comes as soon as they have it, and to which it is passed on; the others only
   * say that they have it. Default 8.
   */
  readonly meshPeers?: number
  /** How often each connection is tried with a ping, in milliseconds. Default 15,000. */
  readonly pingIntervalMs?: number
  /** The chain's parameters, for tighter bounds on messages. Default: 256 and 64, the largest of any chain. */
  readonly maxRows?: number
  readonly maxBands?: number
  /** Finding peers by Kademlia. Default `off`. */
  readonly kademlia?: 'off' | 'client' | 'server'
  /** Whether peers are asked for the addresses of others all the time, not only by `reach`. Default false. */
  readonly exchange?: boolean
  /** Many nodes on one address: no limits per IP, no colocation score, private addresses passed on. Default false. */
  readonly devnet?: boolean
  /** What identify says that we are. Default `weft`. */
  readonly userAgent?: string
  readonly limits?: Partial<NetworkLimits>
}

export interface NetworkComponents {
  readonly privateKey: PrivateKey
  readonly log: Logger
  readonly metrics: Metrics
  readonly gossip: GossipHandlers
  readonly streams: StreamHandlers
  /** Columns that a full node keeps, from its peer id's bytes and its custody count. */
  custodyOf(peerId: Uint8Array, count: number): Iterable<number>
  /** For message ids: every gossip message is hashed. Default: the portable one; on Node its own is ten times faster. */
  readonly sha256?: Sha256
  /** Instead of TCP and WebSocket. */
  readonly transports?: readonly TransportFactory[]
}

export interface WeftNetwork extends Network {
  /** Connects to a multiaddr with a peer id. Throws `unreachable`. */
  dial(address: string, options: { readonly signal: AbortSignal }): Promise<void>
  /** Connected peers that a message of this kind would be sent to. */
  subscribers(kind: TopicKind, column?: number): readonly string[]
  /** Penalty points of a peer: 0 is none, `banPoints` a ban. */
  points(peer: string): number
}

/** Names of the topics that a node of this configuration subscribes to. */
export const subscriptionsOf = ({ chainId, topics }: NetworkInit): string[] => [
  topicName(chainId, 'header'),
  topicName(chainId, 'certificate'),
  ...(topics.proposal ? [topicName(chainId, 'proposal')] : []),
  ...(topics.vote ? [topicName(chainId, 'vote')] : []),
  ...topics.columns.map((column) => topicName(chainId, 'column', column)),
]
