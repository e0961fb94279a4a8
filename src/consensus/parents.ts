// Which block a height may build on: a notarised one, or the final one, with nil certificates for every height between.

import { equal } from '../base/bytes.ts'
import type { Heights } from './height-state.ts'
import type { BlockFacts, FinalBlock } from './types.ts'

/** The highest parent that a block of `height` can have; undefined while certificates between are missing. */
export const bestParent = (
  height: number,
  heights: Pick<Heights, 'find'>,
  final: FinalBlock,
): { readonly height: number; readonly root: Uint8Array } | undefined => {
  for (let below = height - 1; below > final.height; below--) {
    const state = heights.find(below)
    if (state?.notarised !== undefined) return { height: below, root: state.notarised }
    if (state === undefined || !state.nil) return undefined
  }
  return height > final.height ? final : undefined
}

/**
 * `allowed` if certificates say that a block may stand on its parent; `never` if it contradicts what is final;
 * `unknown` while a notarise or nil certificate is missing here, which others may have.
 */
export const judgeParent = (
  { height, parentHeight, parentRoot }: BlockFacts,
  heights: Pick<Heights, 'find'>,
  final: FinalBlock,
): 'allowed' | 'never' | 'unknown' => {
  if (parentHeight < final.height) return 'never'
  if (parentHeight === final.height) {
    if (!equal(parentRoot, final.root)) return 'never'
  } else {
    const notarised = heights.find(parentHeight)?.notarised
    if (notarised === undefined) return 'unknown'
    if (!equal(notarised, parentRoot)) return 'never'
  }
  for (let between = parentHeight + 1; between < height; between++) {
    if (heights.find(between)?.nil !== true) return 'unknown'
  }
  return 'allowed'
}

/** How many nil heights in a row lie directly below `height`; a height that has a block as well ends the row. */
export const nilHeightsBelow = (
  height: number,
  heights: Pick<Heights, 'find'>,
  final: FinalBlock,
): number => {
  let run = 0
  for (let below = height - 1; below > final.height; below--) {
    const state = heights.find(below)
    if (state === undefined || !state.nil || state.notarised !== undefined) break
    run++
  }
  return run
}
