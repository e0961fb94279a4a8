// Peers tell each other of peers, so that light nodes find each other, also when the nodes that everybody knew are
// gone. Each record is signed by the peer that it is about: nobody can state addresses for another. Who cannot be
// dialled signs no address and is passed on by nobody. Bounded: few records an answer, few questions a minute, and
// what is learnt goes through the dialer's bounded list.

import type { Libp2p, PeerId } from '@libp2p/interface'
import { removePrivateAddressesMapper } from '@libp2p/kad-dht'
import { deadline } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { MAX_PEER_RECORD_BYTES, MAX_PEER_RECORDS, type PeerRecord } from '../chain/containers.ts'
import type { Network, Peer, RequestOptions } from '../chain/ports.ts'
import type { Dialer } from './dialer.ts'
import { peerIdFromBytes } from './identity.ts'
import type { NetworkLimits } from './limits.ts'

export interface ExchangeInit {
  readonly limits: Pick<NetworkLimits, 'reachPeers' | 'targetPeers'>
  /** Whether peers are asked all the time, not only while somebody reaches out. */
  readonly always: boolean
  /** Whether private and loopback addresses count: devnets only. */
  readonly privateAddresses: boolean
}

export interface ExchangeComponents {
  readonly host: Pick<Libp2p, 'peerId' | 'peerStore' | 'getConnections'>
  readonly dialer: Pick<Dialer, 'discovered' | 'widen' | 'forget'>
  readonly log: Logger
  readonly metrics: Metrics
  ask(peer: string, options: RequestOptions): Promise<readonly PeerRecord[]>
  peers(): readonly Peer[]
  isBanned(peer: string): boolean
  penalize(peer: string, code: string): void
  /** Closes the connections with a peer. */
  letGo(peer: string): void
}

export interface Exchange {
  start(): void
  stop(): void
  /** What is answered to a peer that asks: some of the peers that are connected, and where they say that they listen. */
  records(): AsyncGenerator<PeerRecord>
  readonly reach: Network['reach']
  readonly undialable: Network['undialable']
}

const TICK_MS = 1_000
/** The same peer is asked again after this time; sooner while somebody reaches out. */
const ASK_AGAIN_MS = 60_000
const REACH_AGAIN_MS = 3_000
const ASK_TIMEOUT_MS = 5_000
const ASKED_AT_ONCE = 4
/** Peers that were learnt of and stay in the peer store: keys cost nothing, and who makes them up could fill it. */
const MAX_LEARNT = 1_024

export const createExchange = (init: ExchangeInit, components: ExchangeComponents): Exchange => {
  const { host, dialer, log, metrics } = components
  const life = new AbortController()
  const askedMs = new Map<string, number>()
  const finished = new Set<string>()
  /** Whose records are being taken over: one that came from two peers at once is taken from the first. */
  const learning = new Set<string>()
  /** Those learnt of first go first. */
  const learnt = new Map<string, PeerId>()
  let asking = 0
  let reaching = 0
  let timer: ReturnType<typeof setInterval> | undefined

  const usable = (id: PeerId, addresses: Parameters<typeof removePrivateAddressesMapper>[0]['multiaddrs']) =>
    init.privateAddresses ? addresses : removePrivateAddressesMapper({ id, multiaddrs: addresses }).multiaddrs

  /** Takes one record over; false where no honest peer can have sent it. */
  const learn = async ({ peerId, envelope }: PeerRecord): Promise<boolean> => {
    // [reject] no peer id, or an envelope that was not signed by this peer for this purpose
    let id: PeerId
    try {
      id = peerIdFromBytes(peerId)
    } catch {
      return false
    }
    const peer = id.toString()
    const isOfNoUse = id.equals(host.peerId) || components.isBanned(peer) || finished.has(peer)
    if (isOfNoUse || learning.has(peer)) return true
    learning.add(peer)
    try {
      return await learnOf(id, envelope)
    } finally {
      learning.delete(peer)
    }
  }

  const learnOf = async (id: PeerId, envelope: Uint8Array): Promise<boolean> => {
    const known = (await host.peerStore.has(id)) ? await host.peerStore.get(id) : undefined
    try {
      await host.peerStore.consumePeerRecord(envelope, { expectedPeer: id })
    } catch {
      return false
    }
    // [ignore] nothing that could be dialled from here
    const stored = (await host.peerStore.has(id)) ? await host.peerStore.get(id) : undefined
    if (stored === undefined) return false
    const addresses = usable(
      id,
      stored.addresses.map(({ multiaddr }) => multiaddr),
    )
    if (addresses.length === 0) {
      if (known === undefined) await host.peerStore.delete(id)
      return true
    }
    if (addresses.length < stored.addresses.length) {
      await host.peerStore.patch(id, { multiaddrs: [...addresses] })
    }
    if (known === undefined) {
      metrics.count('weft_network_peers_learnt_total')
      learnt.set(id.toString(), id)
      await forgetOldest()
    }
    dialer.discovered(id.toString())
    return true
  }

  const forgetOldest = async (): Promise<void> => {
    for (const [peer, id] of learnt) {
      if (learnt.size <= MAX_LEARNT) return
      if (learning.has(peer)) continue
      learnt.delete(peer)
      const isConnected = host.getConnections(id).length > 0
      if (!isConnected && dialer.forget(peer)) await host.peerStore.delete(id)
    }
  }

  const askPeer = async (peer: string): Promise<void> => {
    asking++
    askedMs.set(peer, performance.now())
    try {
      const signal = deadline(ASK_TIMEOUT_MS, life.signal)
      for (const record of await components.ask(peer, { signal })) {
        if (await learn(record)) continue
        components.penalize(peer, 'peer-record')
        return
      }
    } catch (error) {
      log.debug({ peer, reason: messageOf(error) }, 'a peer told of no others')
    } finally {
      asking--
    }
  }

  const tick = (): void => {
    if (reaching === 0 && !init.always) return
    const again = reaching > 0 ? REACH_AGAIN_MS : ASK_AGAIN_MS
    const connected = components.peers().filter(({ status }) => status !== undefined)
    const present = new Set(connected.map(({ id }) => id))
    for (const peer of askedMs.keys()) if (!present.has(peer)) askedMs.delete(peer)
    const now = performance.now()
    const due = connected
      .filter(({ id }) => now - (askedMs.get(id) ?? Number.NEGATIVE_INFINITY) >= again)
      .sort((a, b) => (askedMs.get(a.id) ?? 0) - (askedMs.get(b.id) ?? 0))
    for (const { id } of due.slice(0, ASKED_AT_ONCE - asking)) void askPeer(id)
  }

  return {
    start() {
      timer ??= setInterval(tick, TICK_MS)
    },
    stop() {
      clearInterval(timer)
      life.abort(new Error('the network stops'))
    },
    async *records() {
      let left = MAX_PEER_RECORDS
      for (const id of shuffled(connectedPeers(host))) {
        if (left === 0) return
        if (components.isBanned(id.toString()) || !(await host.peerStore.has(id))) continue
        const { peerRecordEnvelope: envelope, addresses } = await host.peerStore.get(id)
        const multiaddrs = addresses.map(({ multiaddr }) => multiaddr)
        if (envelope === undefined || envelope.length > MAX_PEER_RECORD_BYTES) continue
        if (usable(id, multiaddrs).length === 0) continue
        left--
        yield { peerId: id.toMultihash().bytes, envelope }
      }
    },
    async undialable() {
      const found: string[] = []
      for (const id of connectedPeers(host)) {
        const known = (await host.peerStore.has(id)) ? await host.peerStore.get(id) : undefined
        // Only what a peer signed counts: the address that its connection comes from is no place to dial.
        const isSigned = known?.peerRecordEnvelope !== undefined
        const addresses = (known?.addresses ?? []).map(({ multiaddr }) => multiaddr)
        if (!isSigned || usable(id, addresses).length === 0) found.push(id.toString())
      }
      return found
    },
    reach({ signal }) {
      if (signal.aborted || life.signal.aborted) return { finish() {} }
      reaching++
      dialer.widen(init.limits.reachPeers)
      signal.addEventListener(
        'abort',
        () => {
          reaching--
          if (reaching > 0) return
          dialer.widen(undefined)
          finished.clear()
        },
        { once: true },
      )
      return {
        finish(peer) {
          if (signal.aborted || finished.has(peer)) return
          finished.add(peer)
          // It made its contribution; its place is for somebody who has not.
          const isCrowded = connectedPeers(host).length >= init.limits.reachPeers / 2
          if (dialer.forget(peer) && isCrowded) components.letGo(peer)
        },
      }
    },
  }
}

const connectedPeers = (host: Pick<Libp2p, 'getConnections'>): readonly PeerId[] => [
  ...new Map(host.getConnections().map(({ remotePeer }) => [remotePeer.toString(), remotePeer])).values(),
]

/** In random order (Fisher and Yates), so that everybody is passed on sooner or later. */
const shuffled = <T>(items: readonly T[]): T[] => {
  const all = [...items]
  for (let i = all.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1))
    const item = all[i]!
    all[i] = all[other]!
    all[other] = item
  }
  return all
}
