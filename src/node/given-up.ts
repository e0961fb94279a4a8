// Heights that ended with a nil certificate alone. A block there can still be final as long as somebody holds it for
// notarised, but nobody may count on it: what it holds is for the next leader to include.

import { createBoundedMap } from '../base/bounded-map.ts'
import type { NodeEvent } from './types.ts'

export interface GivenUp {
  /** Takes the certificates out of what happens; true where a height has just been given up. */
  learn(event: NodeEvent): boolean
  has(height: number): boolean
}

/** Heights above the final one that are remembered: more than are ever open at once. */
const MAX_HEIGHTS = 512

export const createGivenUp = (): GivenUp => {
  const nil = createBoundedMap<number, true>(MAX_HEIGHTS)
  const notarised = createBoundedMap<number, true>(MAX_HEIGHTS)
  return {
    learn(event) {
      if (event.type !== 'certificate') return false
      const known = event.kind === 'nil' ? nil : notarised
      const isNew = !known.has(event.height)
      known.set(event.height, true)
      return isNew && event.kind === 'nil' && !notarised.has(event.height)
    },
    has: (height) => nil.has(height) && !notarised.has(height),
  }
}
