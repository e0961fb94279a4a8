// What the interfaces of other stacks are built from: an address, facts of the chain, and a node.

import type { Logger } from '../../base/log.ts'
import type { FullNode } from '../../node/types.ts'
import type { ApiComponents, ApiInit } from '../server.ts'
import type { RouteGuard } from './guard.ts'

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
  /** Of the node's API: taken where the stack's clients send bearer tokens (Celestia's). */
  readonly tokens?: ApiComponents['tokens']
  /** Without one everybody may who reaches the address. */
  readonly guard?: RouteGuard | undefined
}

/** Where each listens unless told otherwise: the ports that the stacks' own servers have. */
export const stackDefaults = {
  altda: { host: '127.0.0.1', port: 3_100 },
  nitro: { host: '127.0.0.1', port: 9_880 },
  celestia: { host: '127.0.0.1', port: 26_658 },
  beacon: { host: '127.0.0.1', port: 3_500 },
} as const

export type StackName = keyof typeof stackDefaults
