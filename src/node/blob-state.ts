// Where a publication stands, from what this node has: its index of final blocks, the blocks above, what waits.

import { equal } from '../base/bytes.ts'
import type { FinalStore } from '../chain/ports.ts'
import type { Candidates } from './candidates.ts'
import type { Mempool } from './mempool.ts'
import type { BlobState } from './types.ts'

export const blobStateOf = async (
  blobId: Uint8Array,
  components: {
    readonly store: Pick<FinalStore, 'locateBlob'>
    readonly candidates: Pick<Candidates, 'all'>
    readonly mempool: Pick<Mempool, 'has'>
  },
): Promise<BlobState> => {
  const final = await components.store.locateBlob(blobId)
  if (final !== undefined) return { state: 'certified', height: final.height, root: final.root }
  const holder = components.candidates
    .all()
    .find(
      ({ proposal, state }) =>
        state !== 'invalid' && proposal?.entries.some((entry) => equal(entry.blobId, blobId)),
    )
  if (holder !== undefined)
    return { state: 'included', height: holder.header.message.height, root: holder.root }
  return { state: components.mempool.has(blobId) ? 'accepted' : 'unknown' }
}
