// The own block of a height that the validator leads: when it is due, on which parent, with which timestamp.

import { MAX_STEP_PER_HEIGHT_MS } from '../chain/genesis.ts'
import { pauseAfter, type Timing } from '../chain/timeouts.ts'
import { blockAt, type Heights } from './height-state.ts'
import { bestParent } from './parents.ts'
import type { FinalBlock } from './types.ts'

export interface Turn {
  readonly parentHeight: number
  readonly parentRoot: Uint8Array
  readonly parentTimestamp: number
}

/** The parent to build on; undefined while its header, or a certificate between, is not known. */
export const turnOf = (
  height: number,
  heights: Pick<Heights, 'find'>,
  final: FinalBlock,
): Turn | undefined => {
  const parent = bestParent(height, heights, final)
  if (parent === undefined) return undefined
  const parentTimestamp =
    parent.height === final.height
      ? final.timestamp
      : blockAt(heights.find(parent.height), parent.root)?.header.timestamp
  if (parentTimestamp === undefined) return undefined
  return { parentHeight: parent.height, parentRoot: parent.root, parentTimestamp }
}

/** When a block is due: without blobs after the pause, with blobs an interval after its parent, or after entering. */
export const dueAfter = (
  timing: Timing,
  { parentTimestamp }: Pick<Turn, 'parentTimestamp'>,
  enteredAt: number,
  blobsWaiting: boolean,
  nilHeights: number,
): number =>
  blobsWaiting
    ? Math.min(
        Math.max(enteredAt, parentTimestamp + timing.blockIntervalMs),
        enteredAt + timing.blockIntervalMs,
      )
    : enteredAt + pauseAfter(timing, nilHeights)

/** The clock, forced above the parent's timestamp and to at most 60,000 ms a height above it. */
export const timestampOf = (now: number, height: number, { parentHeight, parentTimestamp }: Turn): number =>
  Math.min(
    Math.max(now, parentTimestamp + 1),
    parentTimestamp + MAX_STEP_PER_HEIGHT_MS * (height - parentHeight),
  )
