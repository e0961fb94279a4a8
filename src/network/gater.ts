// Who may connect: nobody who is banned, nobody from an address with too many connections or too many banned peers, and
// no peer more often than a few times.

import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Metrics } from '../base/metrics.ts'
import type { NetworkLimits, OnLimit } from './limits.ts'
import type { Scores } from './scores.ts'

export interface GaterComponents {
  readonly scores: Pick<Scores, 'isBanned' | 'isIpBanned'>
  readonly metrics: Metrics
  readonly onLimit: OnLimit
  /** Open connections now. */
  connections(): Iterable<{ readonly remoteAddr: Multiaddr; readonly remotePeer: PeerId }>
}

const limitOfReason = {
  'banned-ip': 'bannedPeersPerIp',
  ip: 'maxConnectionsPerIp',
  peer: 'maxConnectionsPerPeer',
} as const

export type GaterLimits = Pick<NetworkLimits, 'maxConnectionsPerIp' | 'maxConnectionsPerPeer'>

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
    denyInboundEncryptedConnection: isBanned,
    denyOutboundEncryptedConnection: isBanned,
    denyInboundUpgradedConnection: tooMany,
    denyOutboundUpgradedConnection: tooMany,
  }
}

/** The address's IP, if it has one. */
export const ipOf = (address: Multiaddr): string | undefined =>
  address.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6')?.value
