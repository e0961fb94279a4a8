// What a peer's misdeeds have cost it so far. Points decay by half in a stated time; gossipsub reads them as its
// application-specific score (it does not count messages that cannot be decoded by itself); at `banPoints` the peer is
// disconnected and banned for a while. All tables are bounded.

import { createBoundedMap } from '../base/bounded-map.ts'
import type { NetworkLimits } from './limits.ts'

export type ScoreLimits = Pick<
  NetworkLimits,
  'banPoints' | 'pointsHalfLifeMs' | 'banMs' | 'bannedPeers' | 'scoredPeers' | 'bannedPeersPerIp'
>

export interface Scores {
  /** Adds points; true if the peer has just reached the ban. `ip` is where it is connected from, if known. */
  add(peer: string, points: number, ip?: string): boolean
  /** Points of a peer now, 0 or more. */
  points(peer: string): number
  ban(peer: string, ip?: string): void
  isBanned(peer: string): boolean
  isIpBanned(ip: string): boolean
}

export const createScores = (limits: ScoreLimits, nowMs: () => number = () => Date.now()): Scores => {
  const scored = createBoundedMap<string, { points: number; at: number }>(limits.scoredPeers)
  const banned = createBoundedMap<string, number>(limits.bannedPeers)
  const bannedFrom = createBoundedMap<string, { peers: number; until: number }>(limits.bannedPeers)

  const points = (peer: string): number => {
    const entry = scored.get(peer)
    if (entry === undefined) return 0
    return entry.points * 0.5 ** ((nowMs() - entry.at) / limits.pointsHalfLifeMs)
  }
  const isBanned = (peer: string): boolean => (banned.get(peer) ?? 0) > nowMs()
  const ban = (peer: string, ip?: string): void => {
    const now = nowMs()
    if (ip !== undefined && !isBanned(peer)) {
      const old = bannedFrom.get(ip)
      const peers = old !== undefined && old.until > now ? old.peers : 0
      bannedFrom.set(ip, { peers: peers + 1, until: now + limits.banMs })
    }
    banned.set(peer, now + limits.banMs)
    scored.delete(peer)
  }

  return {
    add(peer, amount, ip) {
      const total = points(peer) + amount
      scored.set(peer, { points: total, at: nowMs() })
      if (total < limits.banPoints) return false
      ban(peer, ip)
      return true
    },
    points: (peer) => (isBanned(peer) ? limits.banPoints : points(peer)),
    ban,
    isBanned,
    isIpBanned(ip) {
      const entry = bannedFrom.get(ip)
      return entry !== undefined && entry.until > nowMs() && entry.peers >= limits.bannedPeersPerIp
    },
  }
}

/** Points of the network's own penalties; codes that rooms above give to `penalize` cost `DEFAULT_POINTS`. */
const pointsOf: Readonly<Record<string, number>> = {
  // Gossip that no honest node can have sent.
  undecodable: 10,
  'wrong-topic': 10,
  'undecodable-rpc': 10,
  'oversize-rpc': 25,
  reject: 10,
  'unwanted-topic': 5,
  // More than the limits allow.
  'control-flood': 10,
  'ignored-flood': 2,
  'request-flood': 2,
  'over-limit': 100,
  'slow-reader': 25,
  buffers: 25,
  // Streams.
  'malformed-request': 10,
  'malformed-answer': 20,
  'oversize-answer': 20,
  'no-answer': 1,
  'no-status': 40,
}
export const DEFAULT_POINTS = 20

export const penaltyPoints = (code: string): number => pointsOf[code] ?? DEFAULT_POINTS
