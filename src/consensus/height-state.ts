// What the machine knows of one height above the final one: blocks, votes that are not in a certificate yet,
// certificates as facts (the host stores their bytes), and what the own validator signed.

import { toHex } from '../base/bytes.ts'
import type { Vote } from '../chain/containers.ts'
import type { SigningRecord } from '../chain/ports.ts'
import type { VoteKind } from '../chain/signing.ts'
import { emptyRecord } from './record.ts'
import type { BlockFacts } from './types.ts'

export interface KnownBlock {
  readonly root: Uint8Array
  readonly header: BlockFacts
  available: boolean
}

export interface HeightState {
  readonly height: number
  /** By root in hex: at most two, and the certified one. */
  readonly blocks: Map<string, KnownBlock>
  /** By kind and validator: the first vote that came. */
  readonly votes: Map<VoteKind, Map<number, Vote>>
  /** Validators whose contradiction at this height has been reported. */
  readonly accused: Set<number>
  /** Root with a notarise certificate, or, which says more, with a finalize certificate. */
  notarised: Uint8Array | undefined
  nil: boolean
  record: SigningRecord
}

/** Blocks of one height that are kept without a certificate: the second is evidence. */
export const MAX_BLOCKS_PER_HEIGHT = 2

export interface Heights {
  /** The state of a height; made when it is not there. */
  at(height: number): HeightState
  /** The state of a height, if anything is known of it. */
  find(height: number): HeightState | undefined
  all(): IterableIterator<HeightState>
  /** Forgets heights up to and including `height`. */
  dropTo(height: number): void
}

export const createHeights = (): Heights => {
  const states = new Map<number, HeightState>()
  return {
    at(height) {
      const known = states.get(height)
      if (known !== undefined) return known
      const state: HeightState = {
        height,
        blocks: new Map(),
        votes: new Map(),
        accused: new Set(),
        notarised: undefined,
        nil: false,
        record: emptyRecord(height),
      }
      states.set(height, state)
      return state
    },
    find: (height) => states.get(height),
    all: () => states.values(),
    dropTo(height) {
      for (const known of states.keys()) if (known <= height) states.delete(known)
    },
  }
}

/** The block of a height by its root. */
export const blockAt = (state: HeightState | undefined, root: Uint8Array): KnownBlock | undefined =>
  state?.blocks.get(toHex(root))
