// What peers state of the chain's final height, as far as it may be true. Nothing is surely absent while a peer is further
// than this node; but whoever states a height that this node does not reach, though its own newest block is young all the
// time, states what is not so, and must not keep the node from answering for ever.

import { createBoundedMap } from '../base/bounded-map.ts'
import type { Clock } from '../base/clock.ts'
import type { Peer } from '../chain/ports.ts'

export interface Claims {
  /** The final heights that peers state now and that may be true, given that this node has come to `own`. */
  heights(peers: readonly Peer[], own: number): readonly number[]
}

const MAX_PEERS = 1_024

/** `patienceMs`: as long as this node's newest final block counts as young. */
export const createClaims = (
  { patienceMs }: { readonly patienceMs: number },
  { clock }: { readonly clock: Clock },
): Claims => {
  /** By peer: a height that this node had not come to when it was stated. */
  const open = createBoundedMap<string, { readonly height: number; readonly sinceMs: number }>(MAX_PEERS)

  const mayBeTrue = (id: string, height: number, own: number): boolean => {
    const before = open.get(id)
    // What was stated first counts: a peer that states ever more, or now and then nothing, gains no time by it.
    if (before !== undefined && before.height > own) return clock.now() - before.sinceMs <= patienceMs
    if (height > own) open.set(id, { height, sinceMs: clock.now() })
    return true
  }

  return {
    heights: (peers, own) =>
      peers.flatMap(({ id, status }) =>
        status !== undefined && mayBeTrue(id, status.finalHeight, own) ? [status.finalHeight] : [],
      ),
  }
}
