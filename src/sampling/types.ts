// What sampling takes and gives, as plain data, and the collaborators that it asks for.

import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Announcement, Tile } from '../chain/containers.ts'
import type { Peer, Requests, SampleStore } from '../chain/ports.ts'
import type { TilePlace } from '../grid/block.ts'
import type { GridEngine } from '../grid/engine.ts'
import type { Random } from './random.ts'
import type { Timers } from './timers.ts'

export interface SamplerInit {
  /** Of the chain's genesis. */
  readonly maxBands: number
  /** From the start of a run to its verdict, in ms; the chain's `sampleDeadlineMs`. */
  readonly deadlineMs: number
  /** Largest share of withheld blocks that may pass for available. Default 0.005. */
  readonly failureProbability?: number
  /**
   * 32 secret bytes of this node, from which a block's draw follows, so that it is the same after a restart; for
   * example derived from its peer key. Default: draws are new in each life of the node.
   */
  readonly drawSecret?: Uint8Array
  /** Requests under way at once in a run. Default 32. */
  readonly concurrency?: number
  /** How long one peer has for a tile, in ms. Default 2,500. */
  readonly requestTimeoutMs?: number
  /** After how many ms without an answer another peer is asked as well. Default 1,000. */
  readonly hedgeMs?: number
  /** Pause before the same peers are asked again, in ms; doubles up to 2 s. Default 250. */
  readonly retryMs?: number
  /** Serving peers that are waited for before the first tile is asked for, up to half of the deadline. Default 3. */
  readonly minPeers?: number
  /** Most bytes of answers in a run, as a multiple of what the drawn tiles weigh; never below 8 MiB. Default 4. */
  readonly byteFactor?: number
}

export interface SamplerComponents {
  readonly peers: () => readonly Peer[]
  readonly request: Pick<Requests, 'tiles'>
  readonly penalize: (peer: string, code: string) => void
  readonly engine: Pick<GridEngine, 'checkTiles'>
  readonly store: Pick<SampleStore, 'putSamples' | 'getTile'>
  readonly log: Logger
  readonly metrics: Metrics
  /** Default: WebCrypto's generator. Whoever can guess it can fool this node. */
  readonly random?: Random
  /** Default: the system's. */
  readonly timers?: Timers
}

/**
 * Why a tile could not be had:
 * - `no-peers`: no serving peer, or all of them were caught lying.
 * - `not-had`: the last peer asked did not have it.
 * - `timeout`: the last peer asked did not answer in time.
 * - `refused`: the request failed.
 * - `wrong-tile`: another tile came than was asked for, or one that does not verify.
 * - `byte-budget`: the run's budget was spent.
 * - `unchecked`: it came and could not be checked in time.
 * - `deadline`: the deadline came before anyone could be asked.
 */
export type TileFailure =
  | 'no-peers'
  | 'not-had'
  | 'timeout'
  | 'refused'
  | 'wrong-tile'
  | 'byte-budget'
  | 'unchecked'
  | 'deadline'

/** What became of one drawn tile. */
export interface TileOutcome extends TilePlace {
  readonly ok: boolean
  /** Peers asked for it, in order, each once; the one that gave it is the last where `ok`. */
  readonly peers: readonly string[]
  /** Where not `ok`. */
  readonly reason?: TileFailure
}

export interface SamplingResult {
  readonly root: Uint8Array
  readonly height: number
  /** `available` only if every drawn tile came and verified by the deadline. */
  readonly verdict: 'available' | 'unavailable'
  /** One for each drawn tile, in the order of the draw. */
  readonly outcomes: readonly TileOutcome[]
  /** Those that came and verified. */
  readonly tiles: readonly Tile[]
  /** Bytes of all answers, also of useless ones. */
  readonly bytes: number
  readonly ms: number
}

export interface SampleOptions {
  /** Ends the run without a verdict: `sample` rejects with its reason. */
  readonly signal: AbortSignal
  /** Of the deadline so much has passed already, in ms. Default 0. */
  readonly waitedMs?: number
  /** Called when the tiles are drawn, with their number. */
  readonly onDrawn?: (samples: number) => void
  /** Called for each tile as it comes, or fails for good. */
  readonly onOutcome?: (outcome: TileOutcome) => void
}

export interface Sampler {
  /**
   * Samples one block, whose header (signature, leader, limits) has been checked by the caller. A block that is
   * sampled again keeps its drawn tiles, and those that came: only a tile that failed is asked for again. Throws
   * WeftError `commitments-root` if the commitments are not the header's.
   */
  sample(root: Uint8Array, announcement: Announcement, options: SampleOptions): Promise<SamplingResult>
}
