// When announcements, proposals and columns are valid, as far as it can be told without KZG, the grid's tree and the
// packing: those checks are the grid engine's (src/grid), and come after these, before anything is used or stored.
// Lengths first, then the header, whose signature is what an attacker cannot make, then the roots.

import { accept, type Reject, reject, type Verdict } from '../base/verdict.ts'
import {
  areCommitmentsOf,
  areEntriesOf,
  areEntriesOfPaced,
  isSheetOf,
  isSheetOfPaced,
} from '../grid/roots.ts'
import { shapeOf } from '../grid/shape.ts'
import type { Chain } from './chain.ts'
import type { Announcement, Column, Header, Proposal } from './containers.ts'
import { type HeaderContext, type HeaderRejection, judgeSignedHeader } from './header-rules.ts'
import { COLUMN_BRANCH_DEPTH, COLUMNS } from './limits.ts'

export type AnnouncementRejection = HeaderRejection | 'commitments-count' | 'commitments-root'
export type ProposalRejection =
  | AnnouncementRejection
  | 'sheet-count'
  | 'entries-count'
  | 'entries-root'
  | 'proofs-root'
export type ColumnRejection =
  | HeaderRejection
  | 'no-columns'
  | 'column-index'
  | 'cells-count'
  | 'branch-length'

/** Judges a signed header with its commitments. Whether these are points of the subgroup is left to KZG. */
export const judgeAnnouncement = (
  { header, commitments }: Announcement,
  context: HeaderContext,
): Verdict<AnnouncementRejection> => {
  // [reject] There is one commitment a row.
  if (commitments.length !== header.message.rowCount) return reject('commitments-count')

  // [reject] The header is valid by itself.
  const verdict = judgeSignedHeader(header, context)
  if (verdict.verdict !== 'accept') return verdict

  // [reject] The commitments are those of commitmentsRoot.
  if (!areCommitmentsOf(header.message, commitments)) return reject('commitments-root')

  return accept
}

/** Judges a proposal: everything but what KZG, the tree and the packing say. */
export const judgeProposal = (proposal: Proposal, context: HeaderContext): Verdict<ProposalRejection> => {
  const { header, entries, sheet } = proposal
  const verdict = judgeBeforeLists(proposal, context)
  if (verdict.verdict !== 'accept') return verdict

  // [reject] The entries are those of entriesRoot.
  if (!areEntriesOf(header.message, entries)) return reject('entries-root')

  // [reject] The sheet is that of proofsRoot.
  if (!isSheetOf(header.message, shapeOfHeader(header.message, context), sheet)) return reject('proofs-root')

  return accept
}

/** The same rules in the same order, giving way to others while the lists are hashed: for who serves sockets. */
export const judgeProposalPaced = async (
  proposal: Proposal,
  context: HeaderContext,
): Promise<Verdict<ProposalRejection>> => {
  const { header, entries, sheet } = proposal
  const verdict = judgeBeforeLists(proposal, context)
  if (verdict.verdict !== 'accept') return verdict

  // [reject] The entries are those of entriesRoot.
  if (!(await areEntriesOfPaced(header.message, entries))) return reject('entries-root')

  // [reject] The sheet is that of proofsRoot.
  if (!(await isSheetOfPaced(header.message, shapeOfHeader(header.message, context), sheet)))
    return reject('proofs-root')

  return accept
}

const shapeOfHeader = ({ rowCount }: Header, { chain }: Pick<HeaderContext, 'chain'>) =>
  shapeOf(rowCount, chain.genesis.maxBands)

/** The clauses that cost little: counts, header and commitments. */
const judgeBeforeLists = (proposal: Proposal, context: HeaderContext): Verdict<ProposalRejection> => {
  const counts = faultOfCounts(proposal, context.chain)
  if (counts !== undefined) return counts

  // [reject] Header and commitments are valid.
  return judgeAnnouncement({ header: proposal.header, commitments: proposal.commitments }, context)
}

/**
 * Judges a column before its proposal has come: leader, signature, limits. The Merkle path to dataRoot, which has to be
 * checked before it is forwarded, is the grid engine's: it needs the extended bands of the column.
 */
export const judgeColumn = (column: Column, context: HeaderContext): Verdict<ColumnRejection> => {
  const { rowCount } = column.header.message

  // [reject] The block has rows, so it has columns.
  if (rowCount === 0) return reject('no-columns')

  // [reject] The index is below 128.
  if (column.index >= COLUMNS) return reject('column-index')

  // [reject] There is one cell a row.
  if (column.cells.length !== rowCount) return reject('cells-count')

  // [reject] The branch has 7 nodes.
  if (column.branch.length !== COLUMN_BRANCH_DEPTH) return reject('branch-length')

  // [reject] The header is valid by itself.
  return judgeSignedHeader(column.header, context)
}

/** Lengths of a proposal's lists, before anything is hashed. */
const faultOfCounts = (
  { header, commitments, entries, sheet }: Proposal,
  { genesis }: Chain,
): Reject<ProposalRejection> | undefined => {
  const { rowCount }: Header = header.message

  // [reject] It has at most maxRows rows.
  if (rowCount > genesis.maxRows) return reject('row-count')

  // [reject] There is one commitment a row.
  if (commitments.length !== rowCount) return reject('commitments-count')

  // [reject] There is one proof a data tile: B * 128.
  if (sheet.length !== shapeOf(rowCount, genesis.maxBands).bands * COLUMNS) return reject('sheet-count')

  // [reject] There are entries if and only if there are rows, and no more than there are data cells, 64 a row.
  if (entries.length > 0 !== rowCount > 0 || entries.length > rowCount * (COLUMNS / 2))
    return reject('entries-count')

  return undefined
}
