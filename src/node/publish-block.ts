// Publishing an own block: the header first, so that light nodes can begin, then the proposal, then its 128 columns.

import { nextTurn } from '../base/next-turn.ts'
import { COLUMNS } from '../chain/limits.ts'
import type { Network } from '../chain/ports.ts'
import type { ColumnSource } from './columns-of.ts'

/**
 * One column a turn of the event loop: it is encoded once and encrypted for every peer, which takes a block of 256 rows
 * some 10 to 20 ms a column. Eight of them in one turn held everything else up for more than 50 ms.
 */
export const publishBlock = async (
  root: Uint8Array,
  { network, columns }: { readonly network: Pick<Network, 'publish'>; readonly columns: ColumnSource },
  signal: AbortSignal,
): Promise<void> => {
  const proposal = await columns.proposal(root)
  if (proposal === undefined) return
  await network.publish.header({ header: proposal.header, commitments: proposal.commitments })
  await nextTurn()
  await network.publish.proposal(proposal)
  if (proposal.header.message.rowCount === 0) return
  for (let index = 0; index < COLUMNS && !signal.aborted; index++) {
    await nextTurn()
    const column = await columns.column(root, index)
    if (column !== undefined) await network.publish.column(column)
  }
}
