// What a full node does with gossip: each message is judged by the rules of the chain, cheap clauses first, then used
// and forwarded, or not. A message that was judged before costs next to nothing.

import { createBoundedMap } from '../base/bounded-map.ts'
import { equal, toHex } from '../base/bytes.ts'
import { accept, ignore, reject, type Verdict } from '../base/verdict.ts'
import type { Certificate, Column, Proposal, SignedHeader, Vote } from '../chain/containers.ts'
import type { GossipHandlers } from '../chain/ports.ts'
import { headerRoot } from '../chain/signing.ts'
import type { GridEngine } from '../grid/engine.ts'
import type { Assembler } from './assembler.ts'
import type { Candidates } from './candidates.ts'
import type { Headers } from './headers.ts'

export interface GossipRules {
  /** Clauses of a header that need no parent, its signature last. */
  header(signed: SignedHeader): Verdict
  /** That commitments are those of the header. */
  commitments(header: SignedHeader['message'], commitments: readonly Uint8Array[]): Verdict
  /** That lists and lengths of a proposal are those of its header. */
  proposal(proposal: Proposal): Verdict
  /** Index, number of cells, depth of the branch. */
  column(column: Column): Verdict
  vote(vote: Vote): Verdict
  certificate(certificate: Certificate): Verdict
}

export interface GossipComponents {
  readonly rules: GossipRules
  readonly headers: Headers
  readonly candidates: Candidates
  readonly assembler: Pick<Assembler, 'expect' | 'addProposal' | 'addColumn'>
  readonly engine: Pick<GridEngine, 'checkColumns'>
  /** Heights that are of use now: above the final one, and not far above the current. */
  readonly isOfUse: (height: number) => boolean
  readonly onVote: (vote: Vote) => void
  readonly onCertificate: (certificate: Certificate) => void
}

/** Different headers of one height that are relayed: the second is evidence (docs/protocol.md). */
const HEADERS_PER_HEIGHT = 2
const MAX_JUDGED = 1_024

export const createGossip = (components: GossipComponents): GossipHandlers => {
  const { rules, headers, candidates, assembler, engine } = components
  /** Verdicts of signed headers, by root and signature: 128 columns carry the same one. */
  const judged = createBoundedMap<string, Verdict>(MAX_JUDGED)

  const judgeHeader = (root: Uint8Array, signed: SignedHeader): Verdict => {
    const { height } = signed.message
    // [ignore] the height is final already, or so far ahead that nothing can be said of it
    if (!components.isOfUse(height)) return ignore('height-not-of-use')
    // [ignore] two other headers of this height are known
    const others = headers.seenAt(height).filter((other) => !equal(other, root))
    if (others.length >= HEADERS_PER_HEIGHT) return ignore('header-third')
    // [reject] the header's own clauses and its signature
    const key = `${toHex(root)}${toHex(signed.signature)}`
    const known = judged.get(key)
    if (known !== undefined) return known
    const verdict = rules.header(signed)
    judged.set(key, verdict)
    return verdict
  }

  return {
    async header(announcement) {
      const root = headerRoot(announcement.header.message)
      const verdict = judgeHeader(root, announcement.header)
      if (verdict.verdict !== 'accept') return verdict
      // [reject] the commitments are not the header's
      const commitments = rules.commitments(announcement.header.message, announcement.commitments)
      if (commitments.verdict !== 'accept') return commitments
      await headers.introduce(announcement)
      assembler.expect(root, announcement.header)
      return accept
    },

    async proposal(proposal) {
      const root = headerRoot(proposal.header.message)
      const verdict = judgeHeader(root, proposal.header)
      if (verdict.verdict !== 'accept') return verdict
      // [reject] commitments, entries or sheet are not the header's
      const lists = rules.proposal(proposal)
      if (lists.verdict !== 'accept') return lists
      await headers.introduce({ header: proposal.header, commitments: proposal.commitments })
      assembler.addProposal(root, proposal)
      return accept
    },

    async column(column) {
      const root = headerRoot(column.header.message)
      const verdict = judgeHeader(root, column.header)
      if (verdict.verdict !== 'accept') return verdict
      // [reject] index, number of cells or depth of the branch
      const shape = rules.column(column)
      if (shape.verdict !== 'accept') return shape
      // [ignore] the column is here already
      const candidate = candidates.get(root)
      if (candidate?.columns.has(column.index)) return ignore('column-known')
      // [reject] a field element is not canonical, or the path does not lead to dataRoot
      const [path] = await engine.checkColumns(column.header.message, [
        { index: column.index, cells: column.cells, branch: column.branch },
      ])
      if (path?.verdict !== 'accept') return path ?? reject('column-unchecked')
      assembler.addColumn(root, column)
      return accept
    },

    async vote(vote) {
      // [ignore] the height is final already, or far ahead
      if (!components.isOfUse(vote.height)) return ignore('height-not-of-use')
      const verdict = rules.vote(vote)
      if (verdict.verdict === 'accept') components.onVote(vote)
      return verdict
    },

    async certificate(certificate) {
      const verdict = rules.certificate(certificate)
      if (verdict.verdict === 'accept') components.onCertificate(certificate)
      return verdict
    },
  }
}
