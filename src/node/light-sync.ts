// How a light node finds the tip and what lies below it: the newest finalize certificate from peers that say they are
// further, and the headers that the light chain misses, each vouched for by its child's hash.

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
/** Ranges of headers fetched in one round, so that a long way down does not hold up the tip. */
const RANGES_PER_ROUND = 8

export const createLightSync = ({
  network,
  chain,
  onCertificate,
  onHeader,
  log,
}: LightSyncComponents): LightSync => {
  const life = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let busy = false
  let turn = 0

  const limit = () => ({ signal: deadline(REQUEST_TIMEOUT_MS, life.signal) })
  const tipHeight = () => chain.tip()?.announcement.header.message.height ?? 0

  const findTip = async (peer: Peer): Promise<void> => {
    const stated = peer.status?.finalHeight ?? 0
    if (stated <= tipHeight()) return
    const start = Math.max(tipHeight() + 1, stated - CERTIFICATE_HEIGHTS + 1)
    const certificates = await network.request.certificates(
      peer.id,
      { start, count: stated - start + 1 },
      limit(),
    )
    const pace = createPacer()
    for (const certificate of certificates) {
      await pace()
      if (life.signal.aborted) return
      const { verdict, code } = onCertificate(certificate)
      if (verdict === 'reject') return network.penalize(peer.id, `certificate-${code}`)
    }
  }

  const fillGaps = async (peer: Peer): Promise<void> => {
    const pace = createPacer()
    for (let ranges = 0; ranges < RANGES_PER_ROUND && !life.signal.aborted; ranges++) {
      const range = chain.missing()
      if (range === undefined) return
      const headers = await network.request.headers(peer.id, range, limit())
      if (headers.length === 0) return
      // From the highest down: each one vouches for the next.
      for (const announcement of headers.toReversed()) {
        // A header below the tip costs only hashes, one above a signature: a millisecond or more of this thread.
        await pace()
        if (life.signal.aborted) return
        const { verdict, code } = onHeader(announcement)
        if (verdict === 'reject') return network.penalize(peer.id, `header-${code}`)
      }
    }
  }

  const round = async (): Promise<void> => {
    const peers = network.peers().filter(({ status }) => status !== undefined)
    const furthest = [...peers].sort((a, b) => (b.status?.finalHeight ?? 0) - (a.status?.finalHeight ?? 0))[0]
    const next = peers[turn++ % Math.max(1, peers.length)]
    for (const peer of new Set([furthest, next])) {
      if (peer === undefined || life.signal.aborted) continue
      try {
        await findTip(peer)
        await fillGaps(peer)
      } catch (error) {
        log.debug({ peer: peer.id, reason: messageOf(error) }, 'a peer did not help to follow the chain')
      }
    }
  }

  return {
    start() {
      timer ??= setInterval(() => {
        if (busy) return
        busy = true
        void round().finally(() => {
          busy = false
        })
      }, EVERY_MS)
    },
    stop() {
      clearInterval(timer)
      timer = undefined
      life.abort()
    },
  }
}
