// Sees everything that honest validators sign and learn, and fails the schedule when a promise of DESIGN section 5 is
// broken. It counts possible certificates: honest weight that signed, plus all Byzantine weight, whether or not anyone
// has put the votes together.

import type { Certificate, Vote } from '../../../src/chain/containers.ts'
import { isQuorum } from '../../../src/chain/quorum.ts'
import { KIND } from '../../../src/chain/signing.ts'
import { areExclusive } from '../../../src/chain/vote-rules.ts'
import { type Block, keyOf } from './messages.ts'
import { GENESIS_ROOT, type World } from './world.ts'

export type FailureCode =
  | 'honest-double-vote'
  | 'honest-double-proposal'
  | 'two-notarised'
  | 'nil-and-finalize'
  | 'forked'
  | 'finalized-unavailable'
  | 'certificate-without-third'
  | 'fault-reported'
  | 'machine-threw'
  | 'no-progress'

export class SimulationFailure extends Error {
  readonly code: FailureCode
  constructor(code: FailureCode, message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

const fail = (code: FailureCode, message: string): never => {
  throw new SimulationFailure(code, message)
}

export interface Observer {
  /** An honest validator signed; `holds` says whether it holds the block. */
  voted(vote: Vote, holds: boolean): void
  /** An honest leader published a block. */
  proposed(block: Block): void
  /** An honest validator came to hold a block. */
  held(validator: number, root: Uint8Array): void
  /** A certificate exists. */
  certified(certificate: Certificate): void
  /** All promises about the whole run. */
  finish(): void
}

export const createObserver = (world: World): Observer => {
  const { weights, behaviours } = world.schedule
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const isHonest = (validator: number) => behaviours[validator] === 'honest'
  const byzantine = weights.reduce((sum, weight, i) => sum + (isHonest(i) ? 0 : weight), 0)
  const votes = new Map<number, Vote[]>()
  const proposals = new Map<number, string>()
  const holders = new Map<string, Set<number>>()

  /** Roots of a kind at a height for which a certificate can exist. */
  const possible = (height: number, kind: number): readonly Uint8Array[] => {
    const weightOf = new Map<string, { root: Uint8Array; weight: number }>()
    for (const vote of votes.get(height) ?? []) {
      if (vote.kind !== kind) continue
      const entry = weightOf.get(keyOf(vote.root)) ?? { root: vote.root, weight: 0 }
      entry.weight += weights[vote.validator]!
      weightOf.set(keyOf(vote.root), entry)
    }
    return [...weightOf.values()]
      .filter(({ weight }) => isQuorum(weight + byzantine, total))
      .map(({ root }) => root)
  }

  const checkHeight = (height: number): void => {
    const notarised = possible(height, KIND.notarise)
    if (notarised.length > 1) fail('two-notarised', `two blocks of height ${height} can be notarised`)
    const finalized = possible(height, KIND.finalize)
    if (finalized.length > 0 && possible(height, KIND.nil).length > 0)
      fail('nil-and-finalize', `height ${height} can be nil and final`)
  }

  /** Root of the ancestor of a block at a height, if it has one there. */
  const ancestorAt = (root: Uint8Array, height: number): Uint8Array | undefined => {
    let block = world.block(root)
    while (block !== undefined && block.header.height > height) {
      if (block.header.parentHeight <= height)
        return block.header.parentHeight === height ? block.header.parentRoot : undefined
      block = world.block(block.header.parentRoot)
    }
    return block?.root ?? GENESIS_ROOT
  }

  return {
    voted(vote, holds) {
      const atHeight = votes.get(vote.height) ?? []
      votes.set(vote.height, atHeight)
      for (const other of atHeight) {
        if (areExclusive(other, vote))
          fail(
            'honest-double-vote',
            `validator ${vote.validator} signed ${other.kind} and ${vote.kind} at ${vote.height}`,
          )
      }
      const known = atHeight.some((other) => other.validator === vote.validator && other.kind === vote.kind)
      if (known) return
      if (vote.kind !== KIND.nil && !holds)
        fail(
          'finalized-unavailable',
          `validator ${vote.validator} signed ${vote.kind} at ${vote.height} unseen`,
        )
      atHeight.push(vote)
      checkHeight(vote.height)
    },
    proposed({ key, proposer, header }) {
      const before = proposals.get(header.height)
      if (before !== undefined && before !== key)
        fail(
          'honest-double-proposal',
          `validator ${proposer} published two blocks of height ${header.height}`,
        )
      proposals.set(header.height, key)
    },
    held(validator, root) {
      const set = holders.get(keyOf(root)) ?? new Set()
      holders.set(keyOf(root), set.add(validator))
    },
    certified({ kind, height, root }) {
      if (kind !== KIND.finalize) return
      const holding = [...(holders.get(keyOf(root)) ?? [])].filter(isHonest)
      const weight = holding.reduce((sum, validator) => sum + weights[validator]!, 0)
      if (3 * weight <= total)
        fail('certificate-without-third', `final block of ${height} is held by ${weight}`)
    },
    finish() {
      const heights = [...votes.keys()].sort((a, b) => a - b)
      const finals = heights.flatMap((height) =>
        possible(height, KIND.finalize).map((root) => ({ height, root })),
      )
      for (const height of heights) {
        for (const root of possible(height, KIND.notarise)) {
          for (const final of finals) {
            if (final.height > height) break
            const ancestor = ancestorAt(root, final.height)
            if (ancestor === undefined || keyOf(ancestor) !== keyOf(final.root))
              fail('forked', `a block of ${height} can be notarised beside the final one of ${final.height}`)
          }
        }
      }
    },
  }
}
