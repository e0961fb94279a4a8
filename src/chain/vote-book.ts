// Which roots each validator voted for lately, so that one that signs a vote for ever new roots is relayed twice and no
// more: the second is evidence. The same vote again is no new root: votes are sent again where a height hangs.

import { createBoundedMap } from '../base/bounded-map.ts'
import { equal } from '../base/bytes.ts'
import type { Vote } from './containers.ts'

type Key = Pick<Vote, 'kind' | 'height' | 'validator' | 'root'>

export interface VoteBook {
  /** Notes a vote that was accepted, and forgets those of heights up to the final one, which are none of ours any more. */
  add(vote: Key, finalHeight: number): void
  /** Roots other than the vote's that votes of its kind, height and validator were accepted for: `known` of judgeVote. */
  others(vote: Key): readonly Uint8Array[]
}

/** Votes of 1,024 validators, of three kinds, at a few heights. */
const MAX_REMEMBERED = 16_384

interface Remembered {
  readonly height: number
  readonly roots: readonly Uint8Array[]
}

export const createVoteBook = (): VoteBook => {
  const known = createBoundedMap<string, Remembered>(MAX_REMEMBERED)
  const keyOf = ({ kind, height, validator }: Key) => `${kind}/${height}/${validator}`
  const others = (vote: Key): readonly Uint8Array[] =>
    (known.get(keyOf(vote))?.roots ?? []).filter((root) => !equal(root, vote.root))
  return {
    add(vote, finalHeight) {
      // One vote fills a slot once; the map is bounded, and each list by the third vote's being ignored.
      const roots = others(vote)
      if (roots.length < 2) known.set(keyOf(vote), { height: vote.height, roots: [...roots, vote.root] })
      known.dropWhile(({ height }) => height <= finalHeight)
    },
    others,
  }
}
