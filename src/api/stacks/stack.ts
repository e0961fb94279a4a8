// What the interfaces of other stacks are built from: an address, facts of the chain, and a node.

import type { Logger } from '../../base/log.ts'
import type { FullNode } from '../../node/types.ts'
import type { ApiComponents, ApiInit } from '../server.ts'

export interface ChainFacts {
  /** 64 hex digits. */
  readonly chainId: string
  /** Of genesis, ms since 1970. */
  readonly genesisMs: number
  readonly maxRows: number
  readonly blockIntervalMs: number
}

export interface StackInit extends Pick<ApiInit, 'host' | 'port'> {
  readonly chain: ChainFacts
  /** What callers from other machines may do. Default: nothing. */
  readonly anonymous?: ApiInit['anonymous']
}

export interface StackComponents {
  readonly node: Omit<FullNode, 'start' | 'stop'>
  readonly log: Logger
  readonly readiness: ApiComponents['readiness']
  /** Of the node's API, as they are now. */
  readonly tokens?: ApiComponents['tokens']
}

/** Where each listens unless told otherwise: the ports that the stacks' own servers have. */
export const stackDefaults = {
  altda: { host: '127.0.0.1', port: 3_100 },
  nitro: { host: '127.0.0.1', port: 9_880 },
  celestia: { host: '127.0.0.1', port: 26_658 },
  beacon: { host: '127.0.0.1', port: 3_500 },
} as const

export type StackName = keyof typeof stackDefaults

/**
 * What callers without a token may do at an interface whose clients have no way to send one (OP's, Nitro's without a
 * secret, readers of blobs): where it listens on this machine alone, everything; elsewhere what the node's API allows.
 */
export const anonymousAt = ({ host, anonymous }: StackInit): ApiInit['anonymous'] =>
  anonymous ?? (['127.0.0.1', '::1', 'localhost'].includes(host) ? 'write' : undefined)
