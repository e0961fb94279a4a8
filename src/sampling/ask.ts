// One question to one peer about one tile. What comes is measured, compared with what was asked for, and checked
// against the header.

import { anySignal } from '../base/deadline.ts'
import { hasCode } from '../base/error.ts'
import type { Announcement, Tile } from '../chain/containers.ts'
import type { TilePlace } from '../grid/block.ts'
import type { Bundle, BundledAnswer } from './bundle.ts'
import type { TileChecker } from './tile-checker.ts'
import type { Timers } from './timers.ts'
import type { TileFailure } from './types.ts'

export type Answer =
  | { readonly tile: Tile; readonly bytes: number }
  /** `code`: what the peer is penalized for. */
  | { readonly failure: TileFailure; readonly bytes: number; readonly code?: string }

export interface AskComponents {
  readonly bundle: Bundle
  readonly timers: Timers
}

/** Asks `peer` for a tile of `weightBytes` within `timeoutMs`; never throws. The tile is not checked yet. */
export const askPeer = async (
  { bundle, timers }: AskComponents,
  peer: string,
  place: TilePlace & { readonly weightBytes: number },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer> => {
  const timeout = new AbortController()
  const end = anySignal([signal, timeout.signal])
  const over = new AbortController()
  timers.sleep(timeoutMs, anySignal([signal, over.signal])).then(
    () => timeout.abort(new Error('expected an answer in time')),
    () => {},
  )
  try {
    return judgeAnswer(await bundle.ask(peer, place, end))
  } catch (error) {
    if (timeout.signal.aborted) return { failure: 'timeout', bytes: 0 }
    // The network has penalized a breach of the protocol already; here the peer only loses this run's trust.
    if (hasCode(error, 'malformed') || hasCode(error, 'oversize')) return { failure: 'wrong-tile', bytes: 0 }
    return { failure: 'refused', bytes: 0 }
  } finally {
    over.abort()
  }
}

/** Whether the answer is the tile that was asked for, and nothing that was not. */
const judgeAnswer = ({ tile, bytes, hasUnasked }: BundledAnswer): Answer => {
  if (hasUnasked) {
    return { failure: 'wrong-tile', bytes, code: tile === undefined ? 'tile-other-place' : 'tiles-unasked' }
  }
  return tile === undefined ? { failure: 'not-had', bytes } : { tile, bytes }
}

/** Checks a tile against the block; never throws. */
export const checkAnswer = async (
  checker: TileChecker,
  { header, commitments }: Announcement,
  { tile, bytes }: { readonly tile: Tile; readonly bytes: number },
): Promise<Answer> => {
  try {
    const verdict = await checker.check({ header: header.message, commitments }, tile)
    if (verdict.verdict === 'accept') return { tile, bytes }
    return { failure: 'wrong-tile', bytes, code: `tile-${verdict.code}` }
  } catch {
    // Our own engine failed: no fault of the peer's, and no tile either.
    return { failure: 'unchecked', bytes }
  }
}
