// What is simulated, as plain data: sizes, adversaries, the network, and the parameters of chain and nodes. Defaults are
// those of src/ at the time of the study, so that "as built" needs no option.

import { genesisDefaults } from '../../src/chain/genesis.ts'
import { defaultLimits } from '../../src/network/limits.ts'
import { samplerDefaults } from '../../src/sampling/sampler.ts'
import type { Profile } from './facts.ts'

export type Behaviour = 'honest' | 'silent' | 'withholding' | 'lying'

export interface Scenario {
  readonly seed: number
  /** All nodes; `validators` and `fullNodes` of them, the rest are light. */
  readonly nodes: number
  readonly validators: number
  readonly fullNodes: number
  /** Rows of each block, and the chain's maxBands. */
  readonly rows: number
  readonly maxBands: number
  /** Blocks that are looked at. */
  readonly blocks: number
  /** Share of the weight, and of the full nodes, that misbehaves: below a third. */
  readonly hostile: number
  /** What hostile nodes do, in turns. */
  readonly behaviours: readonly Behaviour[]
  /** Columns that a withholding leader does not send. */
  readonly withheldColumns: number

  readonly profile: Profile
  /** Names of regions that nodes are in; none: all of them, by Ethereum's shares. */
  readonly regions: readonly string[]
  readonly loss: number
  readonly slowStart: boolean

  // The chain.
  readonly blockIntervalMs: number
  readonly timeoutMs: number
  readonly maxTimeoutMs: number
  readonly idleIntervalMs: number
  readonly sampleDeadlineMs: number
  readonly custodyFull: number

  // Nodes.
  readonly failureProbability: number
  /** Share of the light nodes that sample; all of them forward. */
  readonly samplers: number
  readonly maxConnections: number
  /** Connections that a node tries to have. */
  readonly targetPeers: number
  /** Validators that each validator is connected to, at most. */
  readonly validatorPeers: number
  /** Validators that any other node tries to be connected to. */
  readonly validatorLinks: number
  /** Whether light and full nodes choose peers so that together they keep all columns. */
  readonly coversColumns: boolean
  /** Gossip's D, for columns and for everything else. */
  readonly columnDegree: number
  readonly degree: number
  readonly floodPublishPeers: number
  /** Copies of each column that its publisher sends where more than D listen; 0: as gossip decides. */
  readonly publishCopies: number
  /** Share of a processor that a worker thread gets, and that the thread of the network gets: less than one where many nodes share a machine. */
  readonly cpuShare: number
  readonly mainShare: number
}

export const defaults: Scenario = {
  seed: 1,
  nodes: 100,
  validators: 16,
  fullNodes: 24,
  rows: 8,
  maxBands: genesisDefaults.maxBands,
  blocks: 3,
  hostile: 0,
  behaviours: ['silent', 'withholding', 'lying'],
  withheldColumns: 63,
  profile: 'server',
  regions: [],
  loss: 0.01,
  slowStart: true,
  blockIntervalMs: genesisDefaults.blockIntervalMs,
  timeoutMs: genesisDefaults.timeoutMs,
  maxTimeoutMs: genesisDefaults.maxTimeoutMs,
  idleIntervalMs: genesisDefaults.idleIntervalMs,
  sampleDeadlineMs: genesisDefaults.sampleDeadlineMs,
  custodyFull: genesisDefaults.custodyFull,
  failureProbability: samplerDefaults.failureProbability,
  samplers: 1,
  maxConnections: defaultLimits.maxConnections,
  targetPeers: defaultLimits.targetPeers,
  validatorPeers: 63,
  validatorLinks: Number.MAX_SAFE_INTEGER,
  coversColumns: false,
  columnDegree: 8,
  degree: 8,
  floodPublishPeers: defaultLimits.floodPublishPeers,
  publishCopies: 0,
  cpuShare: 1,
  mainShare: 1,
}

/** How many validators and full nodes a network of `nodes` has in the study. */
export const rolesOf = (nodes: number): Pick<Scenario, 'nodes' | 'validators' | 'fullNodes'> => {
  if (nodes >= 10_000) return { nodes, validators: 128, fullNodes: 1_872 }
  if (nodes >= 1_000) return { nodes, validators: 64, fullNodes: 186 }
  const validators = Math.max(4, Math.round(nodes * 0.16))
  return { nodes, validators, fullNodes: Math.round(nodes * 0.24) }
}

/** Gossip's D_high: a node takes no more into its mesh. */
export const highOf = (degree: number): number => Math.round(degree * 1.5)
