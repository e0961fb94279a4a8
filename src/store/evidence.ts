// Evidence of leaders that signed two headers of one height: the first two of each height, both with their signatures, so
// that anyone can check them, and so that a restart does not let a third one in. A leader can make as much of it as it has
// heights, so the oldest goes when there is too much.

import { SignedHeaderType } from '../chain/containers.ts'
import type { EvidenceStore } from '../chain/ports.ts'
import { heightKey, heightRange } from './keys.ts'
import { createMutex } from './mutex.ts'
import type { Tables } from './tables.ts'

/** Pairs of headers that are kept: 708 bytes each. */
const MAX_PAIRS = 4_096
const HEADER_BYTES = SignedHeaderType.maxSize

export const createEvidenceStore = (tables: Tables, maxPairs = MAX_PAIRS): EvidenceStore => {
  const exclusive = createMutex()
  return {
    putEvidence: ({ first, second }) =>
      exclusive(async () => {
        const key = heightKey('evidence', first.message.height)
        if ((await tables.get(key)) !== undefined) return
        const kept: Uint8Array[] = []
        for await (const old of tables.keys(heightRange('evidence', 0))) kept.push(old)
        const payload = new Uint8Array(2 * HEADER_BYTES)
        payload.set(SignedHeaderType.serialize(first))
        payload.set(SignedHeaderType.serialize(second), HEADER_BYTES)
        const gone = kept.slice(0, Math.max(0, kept.length - maxPairs + 1))
        await tables.write([...gone.map((old) => ({ delete: old })), { key, payload }])
      }),

    async *evidence(start, count) {
      for await (const [, payload] of tables.entries(heightRange('evidence', start, start + count))) {
        yield {
          first: SignedHeaderType.deserialize(payload.slice(0, HEADER_BYTES)),
          second: SignedHeaderType.deserialize(payload.slice(HEADER_BYTES)),
        }
      }
    },
  }
}
