// libp2p refuses inbound connections above its own limits without a word: here each refusal is told by the limit's name.

import type { Libp2p } from '@libp2p/interface'
import type { NetworkLimits, OnLimit } from './limits.ts'

/** What is used of libp2p's connection manager beyond its published interface; its presence is checked. */
interface Accepting {
  acceptIncomingConnection(connection: unknown): boolean
  getConnections(): readonly unknown[]
  readonly incomingPendingConnections: number
}

export const watchConnections = (
  host: Libp2p,
  limits: Pick<NetworkLimits, 'maxConnections' | 'maxPendingInbound'>,
  onLimit: OnLimit,
): void => {
  const manager = (host as unknown as { components?: { connectionManager?: Accepting } }).components
    ?.connectionManager
  if (typeof manager?.acceptIncomingConnection !== 'function')
    throw new TypeError('this libp2p has no method acceptIncomingConnection')
  const accept = manager.acceptIncomingConnection.bind(manager)
  manager.acceptIncomingConnection = (connection) => {
    const pending = manager.incomingPendingConnections
    const accepted = accept(connection)
    if (!accepted) {
      if (pending >= limits.maxPendingInbound) onLimit('maxPendingInbound')
      else if (manager.getConnections().length >= limits.maxConnections) onLimit('maxConnections')
      else onLimit('inboundConnectionsPerSecond')
    }
    return accepted
  }
}
