// What is looked at regularly: peers whose score at the router fell too low, peers that take nothing of what is queued
// for them, peers without a gossip stream, and the gauges.

import type { Metrics } from '../base/metrics.ts'
import type { Admission } from './admission.ts'
import type { Gossip } from './gossip.ts'
import { scoreThresholds } from './gossip-scoring.ts'
import type { Intake } from './intake.ts'
import type { NetworkLimits, OnLimit } from './limits.ts'

export interface UpkeepComponents {
  readonly metrics: Metrics
  readonly gossip: Pick<Gossip, 'queues' | 'score'>
  readonly intake: Pick<Intake, 'pending'>
  readonly admission: Pick<Admission, 'active'>
  connections(): readonly { readonly direction: string }[]
  ban(peer: string, reason: string): void
  disconnect(peer: string, reason: string): void
  penalize(peer: string, code: string): void
  readonly onLimit: OnLimit
}

export type UpkeepLimits = Pick<NetworkLimits, 'gossipSendMarkBytes' | 'writeStallMs'>

const TICK_MS = 1_000
/** A peer without a gossip stream for so long has broken it; without one neither side can reach the other by gossip. */
const NO_STREAM_MS = 10_000

interface Watched {
  queuedBytes: number
  /** When the queue was last short, or got shorter. */
  movedMs: number
  streamMs: number
}

export const startUpkeep = (limits: UpkeepLimits, components: UpkeepComponents): { stop(): void } => {
  const { gossip, metrics } = components
  const watched = new Map<string, Watched>()

  const tick = () => {
    const now = performance.now()
    const queues = gossip.queues()
    let queued = 0
    for (const { peer, queuedBytes, hasStream } of queues) {
      queued += queuedBytes
      const state = watched.get(peer) ?? { queuedBytes: 0, movedMs: now, streamMs: now }
      watched.set(peer, state)
      if (queuedBytes <= limits.gossipSendMarkBytes || queuedBytes < state.queuedBytes) state.movedMs = now
      if (hasStream) state.streamMs = now
      state.queuedBytes = queuedBytes
      if (gossip.score(peer) < scoreThresholds.graylistThreshold) components.ban(peer, 'low-score')
      else if (now - state.movedMs > limits.writeStallMs) {
        // Not banned at once: an honest peer whose machine stood still may come back.
        components.onLimit('writeStallMs')
        components.penalize(peer, 'slow-reader')
        components.disconnect(peer, 'slow-reader')
      } else if (now - state.streamMs > NO_STREAM_MS) {
        state.streamMs = now
        components.penalize(peer, 'slow-reader')
      }
    }
    const present = new Set(queues.map(({ peer }) => peer))
    for (const peer of watched.keys()) if (!present.has(peer)) watched.delete(peer)

    const connections = components.connections()
    for (const direction of ['inbound', 'outbound'])
      metrics.gauge(
        'weft_network_connections',
        connections.filter((connection) => connection.direction === direction).length,
        { direction },
      )
    metrics.gauge('weft_network_gossip_peers', queues.length)
    metrics.gauge('weft_network_gossip_queued_bytes', queued)
    metrics.gauge('weft_network_pending_validations', components.intake.pending)
    metrics.gauge('weft_network_answers_active', components.admission.active)
  }

  const timer = setInterval(tick, TICK_MS)
  return { stop: () => clearInterval(timer) }
}
