// What the nodes of a simulation share: the chain, the content of its blocks, time, links, gossip and streams, and the
// observer that writes down what happens.

import type { Chain } from '../../src/chain/chain.ts'
import type { Announcement, Certificate, Column, Proposal, Vote } from '../../src/chain/containers.ts'
import type { StreamHandlers } from '../../src/chain/ports.ts'
import type { Random } from '../../src/sampling/random.ts'
import type { Content } from './content.ts'
import type { Costs, RowCosts } from './costs.ts'
import type { Cpu } from './cpu.ts'
import type { EventQueue } from './event-queue.ts'
import type { GossipNet, Outcome, Topic } from './gossip.ts'
import type { Links } from './links.ts'
import type { Observer } from './observer.ts'
import type { Scenario } from './scenario.ts'
import type { Streams } from './streams.ts'
import type { SimNode, Topology } from './topology.ts'
import type { Turn } from './virtual-time.ts'

export interface Topics {
  readonly header: Topic
  readonly proposal: Topic
  readonly vote: Topic
  readonly certificate: Topic
  readonly columns: readonly Topic[]
}

export interface World {
  readonly scenario: Scenario
  readonly chain: Chain
  readonly content: Content
  readonly costs: Costs
  readonly rowCosts: RowCosts
  readonly queue: EventQueue
  readonly turn: Turn
  readonly random: Random
  readonly topology: Topology
  readonly links: Links
  readonly gossip: GossipNet
  readonly topics: Topics
  readonly streams: Streams
  readonly main: readonly Cpu[]
  readonly observer: Observer
  /** Lowers a peer's score at a node, by the real table of points; at the limit it is banned. */
  penalize(node: number, peer: number, code: string): void
  isBanned(node: number, peer: number): boolean
}

/** What gossip carries, with the block's root at hand. */
export type GossipValue =
  | { readonly kind: 'header'; readonly root: Uint8Array; readonly announcement: Announcement }
  | { readonly kind: 'proposal'; readonly root: Uint8Array; readonly proposal: Proposal }
  | { readonly kind: 'column'; readonly root: Uint8Array; readonly column: Column }
  | { readonly kind: 'vote'; readonly vote: Vote }
  | { readonly kind: 'certificate'; readonly certificate: Certificate }

/** A node as the world drives it. */
export interface Participant {
  readonly node: SimNode
  start(): void
  stop(): void
  take(value: GossipValue, from: number, judged: (outcome: Outcome) => void): void
  /** Answers streams; undefined where it never answers. */
  readonly handlers: StreamHandlers | undefined
  /** Work of its threads so far, in milliseconds. */
  busyMs(): number
}
