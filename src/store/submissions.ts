// Blobs that were acknowledged and wait for a final block. Few and bounded by the mempool above, so that they are kept
// under their ids and put into the order of arrival when they are read.

import { ContainerType, UintNumberType } from '@chainsafe/ssz'
import { SubmissionType } from '../chain/containers.ts'
import type { SubmissionStore } from '../chain/ports.ts'
import { submissionKey, submissionRange } from './keys.ts'
import type { Tables } from './tables.ts'

const WaitingType = new ContainerType({ order: new UintNumberType(8), submission: SubmissionType })

export const createSubmissionStore = (tables: Tables): SubmissionStore => {
  let order = Date.now()
  return {
    async putSubmission(blobId, submission) {
      order = Math.max(order + 1, Date.now())
      const payload = WaitingType.serialize({ order, submission })
      await tables.write([{ key: submissionKey(blobId), payload }])
    },

    async deleteSubmissions(blobIds) {
      // Not synced: a submission that comes back after a crash is found to be final and deleted again.
      const changes = blobIds.map((blobId) => ({ delete: submissionKey(blobId) }))
      await tables.write(changes, { sync: false })
    },

    async *submissions() {
      const places: { readonly key: Uint8Array; readonly order: number }[] = []
      for await (const [key, payload] of tables.entries(submissionRange)) {
        places.push({ key, order: WaitingType.deserialize(payload).order })
      }
      for (const { key } of places.sort((a, b) => a.order - b.order)) {
        const payload = await tables.get(key)
        if (payload === undefined) continue
        yield { blobId: key.slice(1), submission: WaitingType.deserialize(payload).submission }
      }
    },
  }
}
