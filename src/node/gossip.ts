// What a full node does with gossip: each message is judged by the rules of the chain, cheap clauses first, then used
// and forwarded, or not.

import { equal } from '../base/bytes.ts'
import { accept, ignore, reject, type Verdict } from '../base/verdict.ts'
import { judgeAnnouncement, judgeColumn, judgeProposalPaced } from '../chain/block-rules.ts'
import type { Bls } from '../chain/bls.ts'
import type { Chain } from '../chain/chain.ts'
import type { Certificate, Header, Vote } from '../chain/containers.ts'
import { MAX_HEADERS_PER_HEIGHT } from '../chain/header-rules.ts'
import type { GossipHandlers } from '../chain/ports.ts'
import { headerRoot } from '../chain/signing.ts'
import { createVoteBook } from '../chain/vote-book.ts'
import { judgeCertificate, judgeVote, MAX_VOTE_LEAD } from '../chain/vote-rules.ts'
import type { GridEngine } from '../grid/engine.ts'
import type { Assembler } from './assembler.ts'
import type { Candidates } from './candidates.ts'
import type { Headers } from './headers.ts'

export interface GossipComponents {
  readonly chain: Chain
  /** Remembers answers (memo-bls.ts): the same signed header is judged many times. */
  readonly bls: Pick<Bls, 'verify' | 'verifyAggregate'>
  readonly headers: Headers
  readonly candidates: Candidates
  readonly assembler: Pick<Assembler, 'expect' | 'addProposal' | 'addColumn'>
  readonly engine: Pick<GridEngine, 'checkColumns'>
  readonly finalHeight: () => number
  readonly currentHeight: () => number
  readonly isKnownCertificate: (certificate: Pick<Certificate, 'kind' | 'height' | 'root'>) => boolean
  readonly onVote: (vote: Vote) => void
  readonly onCertificate: (certificate: Certificate) => void
}

export const createGossip = (components: GossipComponents): GossipHandlers => {
  const { headers, candidates, assembler, engine } = components
  const votes = createVoteBook()

  /** Clauses that ask whether a header is of use here, before anything is verified. */
  const judgeUse = (root: Uint8Array, header: Header): Verdict => {
    // [ignore] The height is final, or too far ahead for anything to be said of it.
    if (header.height <= components.finalHeight()) return ignore('old-header')
    if (header.height > components.currentHeight() + MAX_VOTE_LEAD) return ignore('early-header')

    // [ignore] Two other headers of this height are known: they are evidence enough.
    const others = headers.seenAt(header.height).filter((other) => !equal(other, root))
    return others.length >= MAX_HEADERS_PER_HEIGHT ? ignore('third-header') : accept
  }

  return {
    async header(announcement) {
      const root = headerRoot(announcement.header.message)
      const use = judgeUse(root, announcement.header.message)
      if (use.verdict !== 'accept') return use
      // [reject] The announcement is not valid.
      const verdict = judgeAnnouncement(announcement, components)
      if (verdict.verdict !== 'accept') return verdict
      await headers.introduce(announcement)
      assembler.expect(root, announcement.header)
      return accept
    },

    async proposal(proposal) {
      const root = headerRoot(proposal.header.message)
      const use = judgeUse(root, proposal.header.message)
      if (use.verdict !== 'accept') return use
      // [reject] The proposal is not valid, as far as can be told without its cells.
      const verdict = await judgeProposalPaced(proposal, components)
      if (verdict.verdict !== 'accept') return verdict
      await headers.introduce({ header: proposal.header, commitments: proposal.commitments })
      assembler.addProposal(root, proposal)
      return accept
    },

    async column(column) {
      const { message } = column.header
      const root = headerRoot(message)
      const use = judgeUse(root, message)
      if (use.verdict !== 'accept') return use
      // [reject] Leader, signature or limits do not hold.
      const verdict = judgeColumn(column, components)
      if (verdict.verdict !== 'accept') return verdict
      // [ignore] Two other headers of this height came meanwhile; this one counts from now on.
      if (!headers.see(root, column.header)) return ignore('third-header')
      // [ignore] The column is here already, or on disk as far as it is in custody.
      const candidate = candidates.get(root)
      if (candidate?.state === 'kept' || candidate?.columns.has(column.index)) return ignore('known-column')
      // [reject] A field element is not canonical, or the path does not lead to dataRoot.
      const { index, cells, branch } = column
      const [path] = await engine.checkColumns(message, [{ index, cells, branch }])
      if (path?.verdict !== 'accept') return path ?? reject('column-unchecked')
      assembler.addColumn(root, column)
      return accept
    },

    async vote(vote) {
      const verdict = judgeVote(vote, {
        ...components,
        finalHeight: components.finalHeight(),
        currentHeight: components.currentHeight(),
        known: votes.others,
      })
      if (verdict.verdict !== 'accept') return verdict
      votes.add(vote, components.finalHeight())
      components.onVote(vote)
      return verdict
    },

    async certificate(certificate) {
      const verdict = judgeCertificate(certificate, {
        ...components,
        finalHeight: components.finalHeight(),
        known: components.isKnownCertificate,
      })
      if (verdict.verdict === 'accept') components.onCertificate(certificate)
      return verdict
    },
  }
}
