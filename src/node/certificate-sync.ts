// Catching up: certificates by range from peers that are further, judged and handed to consensus, which then knows
// where the chain is and asks for the blocks that it needs.

import { deadline } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { createPacer } from '../base/next-turn.ts'
import type { Verdict } from '../base/verdict.ts'
import { type Certificate, MAX_RANGE } from '../chain/containers.ts'
import type { Network, Peer } from '../chain/ports.ts'

export interface CertificateSyncComponents {
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize'>
  readonly judgeCertificate: (certificate: Certificate) => Promise<Verdict> | Verdict
  readonly onCertificate: (certificate: Certificate) => void
  /** The height that this node works on. */
  readonly height: () => number
  readonly log: Logger
}

export interface CertificateSync {
  start(): void
  /** Asks for certificates from `start` to `end`, or to the newest; a request that is under way takes this one in. */
  want(start: number, end: number | undefined): void
  stop(): void
}

const REQUEST_TIMEOUT_MS = 5_000
const EVERY_MS = 1_500
/** Peers asked for one range before the round ends; the next round begins with others. */
const PEERS_PER_ROUND = 3
/** After so long the next peer is asked: nobody keeps the others out by answering slowly. */
const TURN_MS = 10_000

export const createCertificateSync = (components: CertificateSyncComponents): CertificateSync => {
  const { network, log } = components
  const life = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let wanted: { start: number; end: number } | undefined
  let busy = false
  let turn = 0

  const ask = async (peer: Peer, start: number, count: number): Promise<number> => {
    const signal = deadline(REQUEST_TIMEOUT_MS, life.signal)
    const certificates = await network.request.certificates(peer.id, { start, count }, { signal })
    let highest = start - 1
    const pace = createPacer()
    for (const certificate of certificates) {
      if (life.signal.aborted) break
      if (certificate.height < start || certificate.height >= start + count) {
        network.penalize(peer.id, 'certificate-not-asked')
        break
      }
      const verdict = await components.judgeCertificate(certificate)
      if (verdict.verdict === 'reject') {
        network.penalize(peer.id, `certificate-${verdict.code}`)
        break
      }
      if (verdict.verdict === 'accept') components.onCertificate(certificate)
      highest = Math.max(highest, certificate.height)
      // Each takes a millisecond or more of this thread: others get their turn in between.
      await pace()
    }
    return highest
  }

  /** Follows one peer's certificates as far as they go, or its turn does. Returns the next height that is wanted. */
  const follow = async (peer: Peer, from: number, end: number): Promise<number> => {
    let next = from
    // Below what it keeps the peer has nothing; that it keeps more above, it has to show.
    const kept = peer.status?.earliestHeight ?? 0
    if (kept > next && kept <= end) {
      const highest = await ask(peer, kept, Math.min(MAX_RANGE, end - kept + 1))
      if (highest < kept) return from
      next = highest + 1
    }
    const untilMs = performance.now() + TURN_MS
    while (next <= end && !life.signal.aborted && performance.now() < untilMs) {
      const highest = await ask(peer, next, Math.min(MAX_RANGE, end - next + 1))
      if (highest < next) return next
      next = highest + 1
    }
    return next
  }

  /** The one that says it is furthest, and others in turn: what peers say of themselves must not keep the rest out. */
  const choosePeers = (): readonly Peer[] => {
    const peers = [...network.peers()].sort((a, b) => headOf(b) - headOf(a))
    const [furthest, ...others] = peers
    if (furthest === undefined) return []
    const first = others.length === 0 ? 0 : turn % others.length
    turn += PEERS_PER_ROUND - 1
    return [furthest, ...[...others.slice(first), ...others.slice(0, first)].slice(0, PEERS_PER_ROUND - 1)]
  }

  const round = async (): Promise<void> => {
    if (busy || wanted === undefined || life.signal.aborted) return
    busy = true
    const { end } = wanted
    let next = wanted.start
    wanted = undefined
    try {
      for (const peer of choosePeers()) {
        if (next > end) break
        next = await follow(peer, next, end).catch((error: unknown) => {
          log.debug({ peer: peer.id, reason: messageOf(error) }, 'certificates could not be had from a peer')
          return next
        })
      }
    } finally {
      busy = false
    }
  }

  const want = (start: number, end = Number.MAX_SAFE_INTEGER) => {
    wanted =
      wanted === undefined
        ? { start, end }
        : { start: Math.min(start, wanted.start), end: Math.max(end, wanted.end) }
    void round()
  }

  return {
    start() {
      timer ??= setInterval(() => {
        const height = components.height()
        if (network.peers().some((peer) => headOf(peer) > height)) want(height)
        else void round()
      }, EVERY_MS)
    },
    want,
    stop() {
      clearInterval(timer)
      life.abort()
    },
  }
}

const headOf = (peer: Peer): number => peer.status?.headHeight ?? 0
