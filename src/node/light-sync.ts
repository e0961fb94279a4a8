// How a light node finds the tip and what lies below it: the newest finalize certificate from peers that say they are
// further, and the headers that the light chain misses, each vouched for by its child's hash.
//
// What peers say of themselves is not believed, and one that keeps us waiting keeps nobody else from being asked: each
// second one more is asked while there is something to learn, validators first, and after every failure a peer has to
// wait twice as long. So whoever is surrounded by peers that lie or stall learns the tip within a second or two of
// reaching a validator that does not.

import { deadline } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { createPacer } from '../base/next-turn.ts'
import type { Announcement, Certificate } from '../chain/containers.ts'
import type { Network, Peer } from '../chain/ports.ts'
import type { LightChain } from '../sampling/light-chain.ts'

export interface LightSyncComponents {
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize'>
  readonly chain: Pick<LightChain, 'tip' | 'missing'>
  readonly onCertificate: (certificate: Certificate) => { readonly verdict: string; readonly code?: string }
  readonly onHeader: (announcement: Announcement) => { readonly verdict: string; readonly code?: string }
  readonly log: Logger
}

export interface LightSync {
  start(): void
  stop(): void
}

const EVERY_MS = 1_000
const REQUEST_TIMEOUT_MS = 5_000
/** Heights below a peer's stated final one in which its newest finalize certificate is looked for. */
const CERTIFICATE_HEIGHTS = 16
/** Ranges of headers fetched from one peer at a time, so that a long way down does not hold up the tip. */
const RANGES_PER_VISIT = 8
/** Peers without a key that are asked at once. Validators come on top: they are few, and two thirds of them are honest. */
const VISITS = 8
/** How long a peer that taught us nothing is left alone: twice as long after each failure in a row. */
const REST_MS = 1_000
const MAX_REST_MS = 60_000

interface Standing {
  /** Visits in a row that taught us nothing. */
  readonly failures: number
  readonly dueMs: number
}

export const createLightSync = ({
  network,
  chain,
  onCertificate,
  onHeader,
  log,
}: LightSyncComponents): LightSync => {
  const life = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const visited = new Map<string, { readonly isValidator: boolean }>()
  const standings = new Map<string, Standing>()
  /** When a header came that was missing. */
  let filledMs = Number.NEGATIVE_INFINITY

  const limit = () => ({ signal: deadline(REQUEST_TIMEOUT_MS, life.signal) })
  const tipHeight = () => chain.tip()?.announcement.header.message.height ?? 0
  const statedBy = (peer: Peer) => peer.status?.finalHeight ?? 0

  /** Whether the peer taught us something. */
  const findTip = async (peer: Peer): Promise<boolean> => {
    const stated = statedBy(peer)
    if (stated <= tipHeight()) return false
    const start = Math.max(tipHeight() + 1, stated - CERTIFICATE_HEIGHTS + 1)
    const certificates = await network.request.certificates(
      peer.id,
      { start, count: stated - start + 1 },
      limit(),
    )
    let isNew = false
    const pace = createPacer()
    for (const certificate of certificates) {
      await pace()
      if (life.signal.aborted) return isNew
      const { verdict, code } = onCertificate(certificate)
      if (verdict === 'accept') isNew = true
      if (verdict !== 'reject') continue
      network.penalize(peer.id, `certificate-${code}`)
      return isNew
    }
    return isNew
  }

  const fillGaps = async (peer: Peer): Promise<boolean> => {
    let isNew = false
    const pace = createPacer()
    for (let ranges = 0; ranges < RANGES_PER_VISIT && !life.signal.aborted; ranges++) {
      const range = chain.missing()
      if (range === undefined) return isNew
      const before = filledMs
      // From the highest down: each one vouches for the next.
      for (const announcement of (await network.request.headers(peer.id, range, limit())).toReversed()) {
        // A header below the tip costs only hashes, one above a signature: a millisecond or more of this thread.
        await pace()
        if (life.signal.aborted) return isNew
        const { verdict, code } = onHeader(announcement)
        if (verdict === 'accept') {
          isNew = true
          filledMs = performance.now()
        }
        if (verdict !== 'reject') continue
        network.penalize(peer.id, `header-${code}`)
        return isNew
      }
      if (filledMs === before) return isNew
    }
    return isNew
  }

  const visit = async (peer: Peer): Promise<void> => {
    visited.set(peer.id, peer)
    let isNew = false
    try {
      isNew = await findTip(peer)
      isNew = (await fillGaps(peer)) || isNew
    } catch (error) {
      log.debug({ peer: peer.id, reason: messageOf(error) }, 'a peer did not help to follow the chain')
    } finally {
      visited.delete(peer.id)
      // Gossip may have been quicker.
      isNew ||= statedBy(peer) <= tipHeight() && chain.missing() === undefined
      const failures = isNew ? 0 : (standings.get(peer.id)?.failures ?? 0) + 1
      const restMs = isNew ? 0 : Math.min(MAX_REST_MS, REST_MS * 2 ** Math.min(failures, 16))
      standings.set(peer.id, { failures, dueMs: performance.now() + restMs })
    }
  }

  /** Whom to ask next, if there is anything to learn and anybody to ask. */
  const next = (): Peer | undefined => {
    const peers = network.peers()
    const present = new Set(peers.map(({ id }) => id))
    for (const id of standings.keys()) if (!present.has(id)) standings.delete(id)
    const now = performance.now()
    const keyless = [...visited.values()].filter(({ isValidator }) => !isValidator).length
    // Who is far behind asks one peer for the way down while headers come from it, and not several for the same.
    const isFilling = now - filledMs < EVERY_MS
    const lacksHeaders = chain.missing() !== undefined && !isFilling
    const failuresOf = ({ id }: Peer) => standings.get(id)?.failures ?? 0
    return peers
      .filter(
        (peer) =>
          peer.status !== undefined &&
          !visited.has(peer.id) &&
          (peer.isValidator || keyless < VISITS) &&
          now >= (standings.get(peer.id)?.dueMs ?? 0) &&
          (lacksHeaders || statedBy(peer) > tipHeight()),
      )
      .sort(
        (a, b) =>
          Number(b.isValidator) - Number(a.isValidator) ||
          failuresOf(a) - failuresOf(b) ||
          statedBy(b) - statedBy(a),
      )[0]
  }

  return {
    start() {
      timer ??= setInterval(() => {
        const peer = next()
        if (peer !== undefined) void visit(peer)
      }, EVERY_MS)
    },
    stop() {
      clearInterval(timer)
      timer = undefined
      life.abort()
    },
  }
}
