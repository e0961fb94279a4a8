// When a signed header is valid. Three parts, because they are known at different times: what the header says by itself
// and its signature (enough to forward an announcement, a proposal or a column), how many headers of its height are
// known, and how it stands to its parent (needed before anyone votes for it or samples it).

import { equal, isZero } from '../base/bytes.ts'
import { accept, ignore, type Reject, reject, type Verdict } from '../base/verdict.ts'
import { commitmentsRootOf, entriesRootOf, proofsRootOf } from '../grid/roots.ts'
import { DATA_COLUMNS } from '../grid/shape.ts'
import type { BlsVerifier } from './bls.ts'
import { type Chain, leaderAt, versionAt } from './chain.ts'
import type { Header, SignedHeader } from './containers.ts'
import { MAX_STEP_PER_HEIGHT_MS } from './genesis.ts'
import { headerRoot, headerSigningRoot } from './signing.ts'

export type HeaderRejection =
  | 'chain-id'
  | 'version'
  | 'height'
  | 'timestamp'
  | 'parent-height'
  | 'proposer'
  | 'validators-root'
  | 'row-count'
  | 'entries-cell'
  | 'empty-roots'
  | 'header-signature'

/** What judging headers takes. */
export interface HeaderContext {
  readonly chain: Chain
  readonly bls: Pick<BlsVerifier, 'verify'>
}

/** Most headers of one height (and so of its leader) that are kept and relayed: the second is evidence. */
export const MAX_HEADERS_PER_HEIGHT = 2

/** Judges a header by itself: its clauses, then its proposer's signature. */
export const judgeSignedHeader = (signed: SignedHeader, context: HeaderContext): Verdict<HeaderRejection> => {
  const fault = faultOfHeader(signed.message, context.chain)
  if (fault !== undefined) return fault

  // [reject] The signature is the proposer's, of the header's root, in the domain `header`.
  const { message, signature } = signed
  const { publicKey } = context.chain.genesis.validators[message.proposer]!
  const signingRoot = headerSigningRoot(context.chain.chainId, message.height, headerRoot(message))
  if (!context.bls.verify(signingRoot, publicKey, signature)) return reject('header-signature')

  return accept
}

/** The clauses that need neither signature nor parent; for headers whose root a certificate vouches for. */
export const faultOfHeader = (
  header: Header,
  { chainId, genesis, validatorsRoot }: Chain,
): Reject<HeaderRejection> | undefined => {
  // [reject] The header is of this chain.
  if (!equal(header.chainId, chainId)) return reject('chain-id')

  // [reject] Its height is at least 1 and a safe integer.
  if (!Number.isSafeInteger(header.height) || header.height < 1) return reject('height')

  // [reject] Its timestamp is a safe integer: no other could be above a parent's by as little as allowed.
  if (!Number.isSafeInteger(header.timestamp)) return reject('timestamp')

  // [reject] Its version is the one that genesis schedules for its height.
  if (header.version !== versionAt(genesis, header.height)) return reject('version')

  // [reject] Its parent is below it.
  if (header.parentHeight >= header.height) return reject('parent-height')

  // [reject] A parent of height 0 is the genesis block, whose root is the chain id.
  if (header.parentHeight === 0 && !equal(header.parentRoot, chainId)) return reject('parent-height')

  // [reject] Its proposer leads its height.
  if (header.proposer !== leaderAt(genesis, header.height)) return reject('proposer')

  // [reject] Its validators are those of genesis.
  if (!equal(header.validatorsRoot, validatorsRoot)) return reject('validators-root')

  // [reject] It has at most maxRows rows.
  if (header.rowCount > genesis.maxRows) return reject('row-count')

  if (header.rowCount === 0) {
    // [reject] Without rows there is no grid: dataRoot is zero, entriesCell 0, the other roots are of empty lists.
    if (header.entriesCell !== 0) return reject('entries-cell')
    if (!isEmptyGrid(header)) return reject('empty-roots')
  } else {
    // [reject] The list of entries begins inside the data region: N rows of 64 data cells.
    if (header.entriesCell >= header.rowCount * DATA_COLUMNS) return reject('entries-cell')
  }
  return undefined
}

/**
 * Judges a header against those known at its height. `known` are the roots of headers there (all by the one leader);
 * one that is among them is ignored as known, a third one because two are evidence enough.
 */
export const judgeHeaderCount = (
  root: Uint8Array,
  known: readonly Uint8Array[],
): Verdict<'known-header' | 'third-header'> => {
  // [ignore] The header is known.
  if (known.some((other) => equal(other, root))) return ignore('known-header')

  // [ignore] Two other headers of its height and leader are known.
  if (known.length >= MAX_HEADERS_PER_HEIGHT) return ignore('third-header')

  return accept
}

/**
 * Judges a header against its parent: the header whose root is parentRoot, or the genesis block; undefined where that
 * is not known, which says nothing about the header. No clock is asked, so that drift never blocks a vote.
 */
export const judgeHeaderParent = (
  header: Pick<Header, 'height' | 'parentHeight' | 'timestamp'>,
  parent: Pick<Header, 'height' | 'timestamp'> | undefined,
): Verdict<'parent-unknown' | 'parent-height' | 'timestamp-low' | 'timestamp-high'> => {
  // [ignore] The parent is not known yet.
  if (parent === undefined) return ignore('parent-unknown')

  // [reject] parentHeight is the parent's height.
  if (header.parentHeight !== parent.height) return reject('parent-height')

  // [reject] The timestamp is greater than the parent's.
  if (header.timestamp <= parent.timestamp) return reject('timestamp-low')

  // [reject] The timestamp is at most 60,000 ms per height above the parent's.
  const most = parent.timestamp + MAX_STEP_PER_HEIGHT_MS * (header.height - parent.height)
  if (header.timestamp > most) return reject('timestamp-high')

  return accept
}

const emptyCommitmentsRoot = commitmentsRootOf([])
const emptyEntriesRoot = entriesRootOf([])
const emptyProofsRoot = proofsRootOf([])

const isEmptyGrid = (header: Header): boolean =>
  isZero(header.dataRoot) &&
  equal(header.commitmentsRoot, emptyCommitmentsRoot) &&
  equal(header.entriesRoot, emptyEntriesRoot) &&
  equal(header.proofsRoot, emptyProofsRoot)
