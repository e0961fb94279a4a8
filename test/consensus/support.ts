// A machine under a test's hands: four validators of weight 1, times from genesis, votes without signatures.

import { BitArray } from '@chainsafe/ssz'
import type { Certificate, Vote } from '../../src/chain/containers.ts'
import { type VoteKind, ZERO_ROOT } from '../../src/chain/signing.ts'
import { createConsensus } from '../../src/consensus/machine.ts'
import type {
  BlockFacts,
  Consensus,
  ConsensusInit,
  ConsensusInput,
  ConsensusOutput,
} from '../../src/consensus/types.ts'

export const GENESIS = 1_000_000
export const GENESIS_ROOT = new Uint8Array(32).fill(0xee)
export const init: ConsensusInit = {
  weights: [1, 1, 1, 1],
  genesisTimestamp: GENESIS,
  blockIntervalMs: 2_000,
  timeoutMs: 10_000,
  maxTimeoutMs: 60_000,
  idleIntervalMs: 5_000,
}

export const root = (value: number): Uint8Array => new Uint8Array(32).fill(value)

export const vote = (
  validator: number,
  kind: VoteKind,
  height: number,
  of: Uint8Array = ZERO_ROOT,
): Vote => ({
  kind,
  height,
  root: of,
  validator,
  signature: new Uint8Array(96).fill(validator),
})

export const certificate = (kind: VoteKind, height: number, of: Uint8Array = ZERO_ROOT): Certificate => ({
  kind,
  height,
  root: of,
  signers: BitArray.fromBoolArray([true, true, true, false]),
  signature: new Uint8Array(96),
})

export const header = (
  height: number,
  parentHeight = 0,
  parentRoot: Uint8Array = GENESIS_ROOT,
  timestamp = GENESIS + 1_000 * height,
): BlockFacts => ({ height, parentHeight, parentRoot, timestamp })

export const emptyStart: Extract<ConsensusInput, { type: 'start' }> = {
  type: 'start',
  final: { height: 0, root: GENESIS_ROOT, timestamp: GENESIS },
  certificates: [],
  records: [],
  blocks: [],
}

export interface Hands {
  readonly machine: Consensus
  /** Feeds an input `at` ms after genesis. */
  feed(at: number, input: ConsensusInput): readonly ConsensusOutput[]
  /** A block that is known and available. */
  block(at: number, of: Uint8Array, facts: BlockFacts): readonly ConsensusOutput[]
}

/** A machine of `validator` (undefined: a follower), started at genesis unless `start` says otherwise. */
export const createHands = (
  validator: number | undefined,
  start: ConsensusInput = emptyStart,
  change: Partial<ConsensusInit> = {},
): Hands & { readonly started: readonly ConsensusOutput[] } => {
  const machine = createConsensus(
    { ...init, validator, ...change },
    { aggregate: (signatures) => new Uint8Array(96).fill(signatures.length) },
  )
  const feed = (at: number, input: ConsensusInput) => machine.step(GENESIS + at, input)
  const started = feed(0, start)
  return {
    machine,
    feed,
    started,
    block: (at, of, facts) => [
      ...feed(at, { type: 'proposal', root: of, header: facts }),
      ...feed(at, { type: 'available', root: of }),
    ],
  }
}

/** The outputs of one type. */
export const only = <Type extends ConsensusOutput['type']>(
  outputs: readonly ConsensusOutput[],
  type: Type,
): readonly Extract<ConsensusOutput, { type: Type }>[] =>
  outputs.filter((output): output is Extract<ConsensusOutput, { type: Type }> => output.type === type)

/** Kinds of the votes that are to be signed. */
export const signedKinds = (outputs: readonly ConsensusOutput[]): readonly number[] =>
  only(outputs, 'sign').flatMap(({ votes }) => votes.map(({ kind }) => kind))
