// A machine's plain data from a chain.

import type { Chain } from '../chain/chain.ts'
import type { ConsensusInit } from './types.ts'

/** Init of the machine of validator `validator` (an index of genesis), or of a node that only follows. */
export const consensusInitOf = ({ genesis, weights }: Chain, validator?: number): ConsensusInit => ({
  ...(validator !== undefined && { validator }),
  weights,
  genesisTimestamp: genesis.timestamp,
  blockIntervalMs: genesis.blockIntervalMs,
  timeoutMs: genesis.timeoutMs,
  maxTimeoutMs: genesis.maxTimeoutMs,
  idleIntervalMs: genesis.idleIntervalMs,
})
