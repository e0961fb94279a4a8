// Votes to certificates. Counts the first vote of a validator, kind and height; a later one that excludes it is
// evidence and is not counted.

import { BitArray } from '@chainsafe/ssz'
import { equal } from '../base/bytes.ts'
import type { Certificate, Vote } from '../chain/containers.ts'
import { isQuorum } from '../chain/quorum.ts'
import type { VoteKind } from '../chain/signing.ts'
import { areExclusive } from '../chain/vote-rules.ts'
import type { HeightState } from './height-state.ts'

export interface Counted {
  /** The certificate that this vote completes. */
  readonly certificate?: Certificate
  /** An earlier vote of the same validator that excludes this one, reported once a height. */
  readonly contradicted?: Vote
}

export interface TallyInit {
  readonly weights: readonly number[]
  readonly totalWeight: number
  readonly aggregate: (signatures: readonly Uint8Array[]) => Uint8Array
}

/** Adds a vote to its height. */
export const countVote = (state: HeightState, vote: Vote, init: TallyInit): Counted => {
  const kind = vote.kind as VoteKind
  const contradicted = accuse(state, vote)
  const votes = state.votes.get(kind) ?? new Map<number, Vote>()
  state.votes.set(kind, votes)
  if (votes.has(vote.validator)) return { ...(contradicted && { contradicted }) }
  votes.set(vote.validator, vote)

  const agreeing = [...votes.values()].filter((other) => equal(other.root, vote.root))
  const weight = agreeing.reduce((sum, other) => sum + init.weights[other.validator]!, 0)
  if (!isQuorum(weight, init.totalWeight)) return { ...(contradicted && { contradicted }) }
  return { certificate: certificateOf(agreeing, init), ...(contradicted && { contradicted }) }
}

/** Joins votes of one kind, height and root. */
const certificateOf = (votes: readonly Vote[], { weights, aggregate }: TallyInit): Certificate => {
  const { kind, height, root } = votes[0]!
  const ordered = votes.toSorted((a, b) => a.validator - b.validator)
  const signers = BitArray.fromBitLen(weights.length)
  for (const { validator } of ordered) signers.set(validator, true)
  return { kind, height, root, signers, signature: aggregate(ordered.map(({ signature }) => signature)) }
}

const accuse = (state: HeightState, vote: Vote): Vote | undefined => {
  if (state.accused.has(vote.validator)) return undefined
  for (const votes of state.votes.values()) {
    const other = votes.get(vote.validator)
    if (other !== undefined && areExclusive(other, vote)) {
      state.accused.add(vote.validator)
      return other
    }
  }
  return undefined
}
