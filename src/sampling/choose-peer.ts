// Whom to ask for a tile. Peers that keep its column come first, then validators (they can serve all columns). Nobody
// else can have it: asking them too, before those that can are asked again, was most of the requests and of the wait
// where a column came late (docs/scale.md). Among equals those come first that were asked least in this run, so that
// no peer is asked for more than its share while others are there: whoever answers many samples of one node knows
// them, and could answer only those. Pure but for the random choice among equals.

import type { Peer } from '../chain/ports.ts'
import { type Random, uniform } from './random.ts'

/** What one sampling run knows of a peer. */
export interface PeerLoad {
  /** Tiles that it was asked for. */
  readonly asked: number
  /** Requests that it let run into the timeout. */
  readonly stalled: number
}

/** From so many peers on that failed a tile, validators come first: anybody can be a peer, and claim to keep columns. */
const FAILED_TOO_OFTEN = 2
/** From so many timeouts in a run on, a peer is asked only when nobody else is left. */
const STALLED_TOO_OFTEN = 2

/** Whether a peer can be expected to serve tiles: it keeps columns, or is a validator. */
export const isServing = (peer: Peer): boolean => peer.isValidator || peer.custody.size > 0

/** The tiles that each of `peers` peers is asked for when `samples` are spread evenly. */
export const shareOf = (samples: number, peers: number): number => Math.ceil(samples / Math.max(1, peers))

/**
 * The next peer to ask for a tile of `column`, or undefined if all that can have it were tried, or there are none. `failed`: how many were
 * asked for it in vain. `excluded`: tried for this tile, or caught sending something wrong.
 */
export const choosePeer = (
  peers: readonly Peer[],
  { column, failed }: { readonly column: number; readonly failed: number },
  samples: number,
  loads: ReadonlyMap<string, PeerLoad>,
  excluded: (id: string) => boolean,
  random: Random,
): Peer | undefined => {
  const serving = peers.filter(isServing)
  const share = shareOf(samples, serving.length)
  let best: Peer[] = []
  let bestRank: readonly number[] = []
  for (const peer of serving) {
    if (excluded(peer.id) || !(peer.isValidator || peer.custody.has(column))) continue
    const { asked, stalled } = loads.get(peer.id) ?? { asked: 0, stalled: 0 }
    const rank = [stalled >= STALLED_TOO_OFTEN ? 1 : 0, tierOf(peer, column, asked < share, failed), asked]
    const order = best.length === 0 ? -1 : compareRanks(rank, bestRank)
    if (order > 0) continue
    if (order < 0) best = []
    best.push(peer)
    bestRank = rank
  }
  return best.length === 0 ? undefined : best[uniform(random, best.length)]
}

/** Smaller is better. A peer beyond its share comes after all that are within theirs and can be expected to answer. */
const tierOf = (peer: Peer, column: number, withinShare: boolean, failed: number): number => {
  const keeps = peer.custody.has(column)
  if (failed >= FAILED_TOO_OFTEN && peer.isValidator) return -1
  if (keeps && withinShare) return 0
  if (peer.isValidator && withinShare) return 1
  return keeps ? 2 : 3
}

const compareRanks = (a: readonly number[], b: readonly number[]): number => {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value - b[i]!
  return 0
}
