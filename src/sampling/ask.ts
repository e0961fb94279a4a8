// One question to one peer: a single tile in a single request, so that a peer learns no more of a node's samples than
// it is asked for. What comes is measured, compared with what was asked for, and checked against the header.

import { hasCode } from '../base/error.ts'
import { type Announcement, type Tile, TileType } from '../chain/containers.ts'
import type { Requests } from '../chain/ports.ts'
import type { TilePlace } from '../grid/block.ts'
import type { TileChecker } from './tile-checker.ts'
import type { Timers } from './timers.ts'
import type { TileFailure } from './types.ts'

export type Answer =
  | { readonly tile: Tile; readonly bytes: number }
  /** `code`: what the peer is penalized for. */
  | { readonly failure: TileFailure; readonly bytes: number; readonly code?: string }

export interface AskComponents {
  readonly request: Pick<Requests, 'tiles'>
  readonly timers: Timers
}

/** Asks `peer` for a tile of `weightBytes` within `timeoutMs`; never throws. The tile is not checked yet. */
export const askPeer = async (
  { request, timers }: AskComponents,
  peer: string,
  root: Uint8Array,
  place: TilePlace & { readonly weightBytes: number },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Answer> => {
  const timeout = new AbortController()
  const end = AbortSignal.any([signal, timeout.signal])
  const over = new AbortController()
  timers.sleep(timeoutMs, AbortSignal.any([signal, over.signal])).then(
    () => timeout.abort(new Error('expected an answer in time')),
    () => {},
  )
  try {
    const { band, column, weightBytes } = place
    const ended = new Promise<never>((_, reject) => {
      if (end.aborted) reject(end.reason)
      end.addEventListener('abort', () => reject(end.reason), { once: true })
    })
    ended.catch(() => {})
    const answer = request.tiles(
      peer,
      { root, tiles: [{ band, column }] },
      { signal: end, maxBytes: weightBytes },
    )
    return judgeAnswer(place, await Promise.race([answer, ended]))
  } catch (error) {
    if (timeout.signal.aborted) return { failure: 'timeout', bytes: 0 }
    // The network has penalized a breach of the protocol already; here the peer only loses this run's trust.
    if (hasCode(error, 'malformed') || hasCode(error, 'oversize')) return { failure: 'wrong-tile', bytes: 0 }
    return { failure: 'refused', bytes: 0 }
  } finally {
    over.abort()
  }
}

/** Whether the answer is the one tile that was asked for, or none. */
const judgeAnswer = (place: TilePlace, tiles: readonly Tile[]): Answer => {
  const bytes = tiles.reduce((sum, tile) => sum + TileType.value_serializedSize(tile), 0)
  const [tile] = tiles
  if (tile === undefined) return { failure: 'not-had', bytes }
  if (tiles.length > 1) return { failure: 'wrong-tile', bytes, code: 'tiles-unasked' }
  if (tile.band !== place.band || tile.column !== place.column) {
    return { failure: 'wrong-tile', bytes, code: 'tile-other-place' }
  }
  return { tile, bytes }
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
