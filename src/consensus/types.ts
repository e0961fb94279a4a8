// What goes into the consensus machine and what comes out. The machine (machine.ts) is pure: no clock, no keys, no
// disk, no network; its host feeds inputs with the time they happened, and carries out the outputs of each step
// strictly in order, each one finished (synced, where it says so) before the next begins.
//
// Everything fed in has been judged by the rules of src/chain: headers are valid against their parent, votes come
// from validators and their signatures hold, certificates carry a quorum.

import type { Certificate, Header, Vote } from '../chain/containers.ts'
import type { SigningRecord } from '../chain/ports.ts'
import type { VoteKind } from '../chain/signing.ts'

/** Plain data that a machine is made of. Times in milliseconds. */
export interface ConsensusInit {
  /** Index of the own validator; undefined for a node that only follows. */
  readonly validator?: number | undefined
  /** Weights of the validators in the order of genesis. */
  readonly weights: readonly number[]
  /** Of genesis: no height begins before. */
  readonly genesisTimestamp: number
  readonly blockIntervalMs: number
  readonly timeoutMs: number
  readonly maxTimeoutMs: number
  readonly idleIntervalMs: number
  /** How often votes of a height that does not end are sent again. Default: timeoutMs. */
  readonly resendMs?: number
}

export interface ConsensusComponents {
  /** Joins BLS signatures (96 bytes each) of one message. Deterministic, without effects. */
  readonly aggregate: (signatures: readonly Uint8Array[]) => Uint8Array
}

/** What the machine needs of a header that has been judged valid. */
export type BlockFacts = Pick<Header, 'height' | 'parentHeight' | 'parentRoot' | 'timestamp'>

/** A block that the node knows when it starts. */
export interface RestoredBlock {
  readonly root: Uint8Array
  readonly header: BlockFacts
  /** Whether grid, sheet, packing and blobIds were checked and the custody is on disk. */
  readonly available: boolean
}

/** A block that is final. `timestamp` is undefined where only the certificate is known and not yet the header. */
export interface FinalBlock {
  readonly height: number
  readonly root: Uint8Array
  readonly timestamp: number | undefined
}

export type ConsensusInput =
  /** The first input, once. At a fresh chain `final` is {height: 0, root: chain id, timestamp: of genesis}. */
  | {
      readonly type: 'start'
      readonly final: FinalBlock
      /** Every stored certificate of a height above the final one's, in any order. */
      readonly certificates: readonly Certificate[]
      /** Every stored record of a height above the final one's. */
      readonly records: readonly SigningRecord[]
      /** The final block and every stored block above it. */
      readonly blocks: readonly RestoredBlock[]
      /**
       * Least height at which anything new is signed: the floor of the signing record, or infinity where it is not known
       * yet what this key has signed (signs-from follows). Default 0.
       */
      readonly signsFrom?: number
    }
  /** From this height on the key has signed nothing: what is due there is signed now. */
  | { readonly type: 'signs-from'; readonly height: number }
  /** A header that the rules accepted: gossip, proposal or catch-up. */
  | { readonly type: 'proposal'; readonly root: Uint8Array; readonly header: BlockFacts }
  /** The whole block was restored, all of it checked, and its custody, sheet and entries are synced (DESIGN 5). */
  | { readonly type: 'available'; readonly root: Uint8Array }
  /** The answer to `build`: the own block is encoded and synced to disk, its header not yet out. */
  | { readonly type: 'built'; readonly root: Uint8Array; readonly header: BlockFacts }
  | { readonly type: 'vote'; readonly vote: Vote }
  | { readonly type: 'certificate'; readonly certificate: Certificate }
  /** Whether the own node has blobs that are in no block yet. */
  | { readonly type: 'blobs-waiting'; readonly waiting: boolean }
  /** The time of the last `timer`, or later. Early or extra ticks do no harm. */
  | { readonly type: 'tick' }

/** A vote to be signed: the host adds validator and signature. */
export interface VoteIntent {
  readonly kind: VoteKind
  readonly height: number
  /** 32 bytes; zero for nil. */
  readonly root: Uint8Array
}

/** A place of a certificate in the store. */
export interface CertificateKey {
  readonly kind: VoteKind
  readonly height: number
}

export type ConsensusOutput =
  /**
   * Sync `record`; only then sign `votes`, publish them and feed them back as `vote` inputs; and if `proposal` is
   * there, publish that block (header, proposal, columns), signed. signer.ts does the first half and is the only
   * holder of the key.
   */
  | {
      readonly type: 'sign'
      readonly record: SigningRecord
      readonly votes: readonly VoteIntent[]
      readonly proposal?: Uint8Array
    }
  /** Votes that a synced record already covers: sign and publish again (after a restart, or where a height hangs). */
  | { readonly type: 'resend'; readonly votes: readonly VoteIntent[] }
  /** Publish the own block again, if it is stored: after a restart, at the height that the node still leads. */
  | { readonly type: 'resend-proposal'; readonly height: number; readonly root: Uint8Array }
  /** A certificate that is new here, formed or received: sync it to the store and publish it. */
  | { readonly type: 'certificate'; readonly certificate: Certificate; readonly formed: boolean }
  /** Publish stored certificates again: they are why the node is at its height. */
  | { readonly type: 'resend-certificates'; readonly certificates: readonly CertificateKey[] }
  /** The node will lead `height`, the one after the current: encode what is waiting. */
  | { readonly type: 'prepare'; readonly height: number }
  /**
   * The node leads `height`: build on this parent, with this timestamp, from what was encoded; answer with `built`.
   * It is sent when the block is due, so do it at once; an empty block if nothing is waiting.
   */
  | {
      readonly type: 'build'
      readonly height: number
      readonly parentHeight: number
      readonly parentRoot: Uint8Array
      readonly timestamp: number
    }
  /** What was built is of no use any more: its blobs are waiting again. */
  | { readonly type: 'discard'; readonly height: number; readonly root: Uint8Array }
  /** The node is at `height` now; `nilAt` is when it gives the height up. */
  | { readonly type: 'enter'; readonly height: number; readonly nilAt: number }
  /** The block, and with it all its ancestors, is final; heights jumped between are empty. */
  | { readonly type: 'final'; readonly height: number; readonly root: Uint8Array }
  /** A block with a certificate whose header is unknown (`header`) or whose data is not there (`data`): fetch it. */
  | {
      readonly type: 'want-block'
      readonly height: number
      readonly root: Uint8Array
      readonly part: 'header' | 'data'
    }
  /** Ask peers for certificates of heights from `start` to `end`; undefined: to their newest. */
  | { readonly type: 'want-certificates'; readonly start: number; readonly end: number | undefined }
  /** A validator signed what excludes each other: keep both as evidence. */
  | { readonly type: 'evidence'; readonly validator: number; readonly first: Vote; readonly second: Vote }
  /** Certificates that exclude each other exist: a third of the weight or more is Byzantine. The node stops voting. */
  | { readonly type: 'fault'; readonly height: number; readonly reason: string }
  /** Feed `tick` at this time; replaces every earlier timer. */
  | { readonly type: 'timer'; readonly at: number }

export interface Consensus {
  /** The current height: the least without a notarise or nil certificate. */
  readonly height: number
  readonly final: FinalBlock
  /** Feeds one input that happened at `now` (ms since the epoch); returns what is to be done, in order. */
  step(now: number, input: ConsensusInput): readonly ConsensusOutput[]
}
