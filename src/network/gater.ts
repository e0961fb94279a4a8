// Who may connect: nobody who is banned, nobody from an address with too many connections or too many banned peers, no
// peer more often than a few times; and a validator keeps places for the others.

import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Metrics } from '../base/metrics.ts'
import type { NetworkLimits, OnLimit } from './limits.ts'
import type { Scores } from './scores.ts'

export interface GaterComponents {
  readonly scores: Pick<Scores, 'isBanned' | 'isIpBanned'>
  readonly metrics: Metrics
  readonly onLimit: OnLimit
  /** The other validators in text form, if this node is one; else none. */
  readonly reservedFor: ReadonlySet<string>
  /** Open connections now. */
  connections(): Iterable<{ readonly remoteAddr: Multiaddr; readonly remotePeer: PeerId }>
}

const limitOfReason = {
  'banned-ip': 'bannedPeersPerIp',
  ip: 'maxConnectionsPerIp',
  peer: 'maxConnectionsPerPeer',
  reserved: 'maxConnections',
} as const

export type GaterLimits = Pick<
  NetworkLimits,
  'maxConnections' | 'maxConnectionsPerIp' | 'maxConnectionsPerPeer'
>

/** Most of a validator's places that are kept for the others: whoever serves nobody else is no use either. */
const MOST_RESERVED = 2 / 3

export const createGater = (limits: GaterLimits, components: GaterComponents): ConnectionGater => {
  const { scores, metrics } = components
  const denied = (reason: keyof typeof limitOfReason | 'banned', holds: boolean): boolean => {
    if (holds && reason !== 'banned') components.onLimit(limitOfReason[reason])
    if (holds) metrics.count('weft_network_connections_denied_total', 1, { reason })
    return holds
  }
  const isBanned = (peer: PeerId): boolean => denied('banned', scores.isBanned(peer.toString()))
  const tooMany = (peer: PeerId): boolean => {
    let count = 0
    for (const connection of components.connections()) if (connection.remotePeer.equals(peer)) count++
    return denied('peer', count >= limits.maxConnectionsPerPeer)
  }

  const reserved = Math.min(components.reservedFor.size, Math.floor(limits.maxConnections * MOST_RESERVED))
  /** Places that validators do not use are not for others: they come back. */
  const isReserved = (peer: PeerId): boolean => {
    if (reserved === 0 || components.reservedFor.has(peer.toString())) return false
    let others = 0
    for (const { remotePeer } of components.connections())
      if (!components.reservedFor.has(remotePeer.toString())) others++
    return denied('reserved', others >= limits.maxConnections - reserved)
  }

  return {
    denyInboundConnection(connection: MultiaddrConnection) {
      const ip = ipOf(connection.remoteAddr)
      if (ip === undefined) return false
      if (denied('banned-ip', scores.isIpBanned(ip))) return true
      let count = 0
      for (const open of components.connections()) if (ipOf(open.remoteAddr) === ip) count++
      return denied('ip', count >= limits.maxConnectionsPerIp)
    },
    denyDialPeer: isBanned,
    // Dialling private and loopback addresses is for whoever configured them; libp2p's own default differs by platform.
    denyDialMultiaddr: () => false,
    denyInboundEncryptedConnection: (peer) => isBanned(peer) || isReserved(peer),
    denyOutboundEncryptedConnection: isBanned,
    denyInboundUpgradedConnection: tooMany,
    denyOutboundUpgradedConnection: tooMany,
  }
}

/** The address's IP, if it has one. */
export const ipOf = (address: Multiaddr): string | undefined =>
  address.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6')?.value
