// A chain as everything above sees it: its genesis and what follows from it once and for all.

import { treeRootOf } from '../base/tree-root.ts'
import { type Genesis, GenesisType, ValidatorsType } from './containers.ts'
import { leaderOf } from './leader.ts'
import { sumOf } from './quorum.ts'

export interface Chain {
  readonly genesis: Genesis
  /** hash_tree_root of genesis, 32 bytes; also the root of the block of height 0, which nobody signs. */
  readonly chainId: Uint8Array
  /** hash_tree_root of the list of validators, 32 bytes: what every header states. */
  readonly validatorsRoot: Uint8Array
  /** Weights in the order of genesis. */
  readonly weights: readonly number[]
  readonly totalWeight: number
}

/** What follows from a genesis. Judges nothing: see genesis.ts. */
export const chainOf = (genesis: Genesis): Chain => {
  const weights = genesis.validators.map((validator) => validator.weight)
  return {
    genesis,
    chainId: treeRootOf(GenesisType, genesis),
    validatorsRoot: treeRootOf(ValidatorsType, genesis.validators),
    weights,
    totalWeight: sumOf(weights),
  }
}

/** The parent of the first block: height 0, the chain id as root, genesis's timestamp. */
export const genesisBlock = ({ chainId, genesis }: Pick<Chain, 'chainId' | 'genesis'>) =>
  ({ height: 0, root: chainId, timestamp: genesis.timestamp }) as const

/** Protocol version of headers at a height, by genesis's schedule. */
export const versionAt = (genesis: Pick<Genesis, 'versions'>, height: number): number => {
  let version = 0
  for (const step of genesis.versions) if (step.height <= height) version = step.version
  return version
}

/** Index of the validator that leads a height. */
export const leaderAt = (genesis: Pick<Genesis, 'validators'>, height: number): number =>
  leaderOf(height, genesis.validators.length)
