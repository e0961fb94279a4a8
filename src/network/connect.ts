// Addresses and connections: whom to dial, how, and how to open a stream to a peer.

import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { messageOf } from '../base/error.ts'
import type { DialTarget } from './dialer.ts'
import { networkError } from './errors.ts'
import { peerIdFromText } from './identity.ts'

/**
 * Bootnodes by peer, and validators that are not among them: those by whatever address libp2p learns, all of them for a
 * validator, a few for anybody else, each in an order of its own.
 */
export const dialTargets = (
  bootnodes: readonly string[],
  validators: readonly PeerId[],
  self: PeerId,
): readonly DialTarget[] => {
  const addresses = new Map<string, string[]>(validators.map((id) => [id.toString(), []]))
  for (const address of bootnodes) {
    const peer = multiaddr(address)
      .getComponents()
      .findLast(({ name }) => name === 'p2p')?.value
    if (peer === undefined) throw new RangeError(`expected a bootnode with /p2p/<peer id>, got ${address}`)
    addresses.set(peer, [...(addresses.get(peer) ?? []), address])
  }
  const isKeyless = !validators.some((id) => id.equals(self))
  addresses.delete(self.toString())
  const all = [...addresses].map(([peer, known]) => ({
    peer,
    addresses: known,
    isOneOfMany: isKeyless && known.length === 0,
  }))
  return shuffled(all)
}

/** In random order: among hundreds of nodes the same few validators would be everybody's. */
const shuffled = <T>(items: readonly T[]): readonly T[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)

/** Connects to a target. */
export const dialTarget = async (host: Libp2p, target: DialTarget, signal: AbortSignal): Promise<void> => {
  const to =
    target.addresses.length === 0
      ? peerIdFromText(target.peer)
      : target.addresses.map((address) => multiaddr(address))
  await host.dial(to, { signal })
}

/**
 * An answer to a request without a body may come, and the stream end, together with the negotiation: libp2p then throws
 * (`StreamStateError`) where it should give the stream. So often it is tried again.
 */
const MORE_TRIES = 3

/** A stream over a connection that is open, else over a new one. Throws `unreachable`. */
export const openStream = async (
  host: Libp2p,
  peer: string,
  protocol: string,
  signal: AbortSignal,
  moreTries: number = MORE_TRIES,
): Promise<Stream> => {
  try {
    const id = peerIdFromText(peer)
    const [open] = host.getConnections(id).filter(isOpen)
    return await (open === undefined
      ? host.dialProtocol(id, protocol, { signal })
      : open.newStream(protocol, { signal }))
  } catch (cause) {
    if (moreTries > 0 && cause instanceof Error && cause.name === 'StreamStateError' && !signal.aborted)
      return openStream(host, peer, protocol, signal, moreTries - 1)
    const foreign = cause instanceof Error && cause.name === 'UnsupportedProtocolError'
    throw networkError('unreachable', `${peer}: ${messageOf(cause)}`, { peer, protocol, foreign }, cause)
  }
}

const isOpen = (connection: Connection): boolean => connection.status === 'open'
