// Asking peers for a block's proposal by its root: validators first, one after the other, until one answers with what
// the header says.

import { equal } from '../base/bytes.ts'
import { deadline } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Verdict } from '../base/verdict.ts'
import type { Proposal } from '../chain/containers.ts'
import type { Network } from '../chain/ports.ts'
import { headerRoot } from '../chain/signing.ts'

export interface FetchProposalComponents {
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize'>
  readonly judgeProposal: (proposal: Proposal) => Promise<Verdict>
  readonly log: Logger
}

const REQUEST_TIMEOUT_MS = 4_000

/** The judged proposal, or undefined when no peer that is connected now has it. */
export const fetchProposal = async (
  root: Uint8Array,
  { network, judgeProposal, log }: FetchProposalComponents,
  signal: AbortSignal,
): Promise<Proposal | undefined> => {
  const peers = [...network.peers()].sort((a, b) => Number(b.isValidator) - Number(a.isValidator))
  for (const peer of peers) {
    if (signal.aborted) return undefined
    try {
      const limit = deadline(REQUEST_TIMEOUT_MS, signal)
      const [proposal] = await network.request.proposals(peer.id, { roots: [root] }, { signal: limit })
      if (proposal === undefined) continue
      if (!equal(headerRoot(proposal.header.message), root)) {
        network.penalize(peer.id, 'proposal-not-asked')
        continue
      }
      const verdict = await judgeProposal(proposal)
      if (verdict.verdict === 'accept') return proposal
      if (verdict.verdict === 'reject') network.penalize(peer.id, `proposal-${verdict.code}`)
    } catch (error) {
      log.debug({ peer: peer.id, reason: messageOf(error) }, 'a proposal could not be had from a peer')
    }
  }
  return undefined
}
