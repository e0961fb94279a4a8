// Publishing an own block: the header first, so that light nodes can begin, then the proposal, then its 128 columns.

import { COLUMNS } from '../chain/limits.ts'
import type { Network } from '../chain/ports.ts'
import type { ColumnSource } from './columns-of.ts'

/** Columns handed to the network at once. */
const AT_ONCE = 8

export const publishBlock = async (
  root: Uint8Array,
  { network, columns }: { readonly network: Pick<Network, 'publish'>; readonly columns: ColumnSource },
  signal: AbortSignal,
): Promise<void> => {
  const proposal = await columns.proposal(root)
  if (proposal === undefined) return
  await network.publish.header({ header: proposal.header, commitments: proposal.commitments })
  await network.publish.proposal(proposal)
  if (proposal.header.message.rowCount === 0) return
  for (let first = 0; first < COLUMNS && !signal.aborted; first += AT_ONCE) {
    const indices = Array.from({ length: AT_ONCE }, (_, i) => first + i)
    await Promise.all(
      indices.map(async (index) => {
        const column = await columns.column(root, index)
        if (column !== undefined) await network.publish.column(column)
      }),
    )
  }
}
