// Who has refused a blob: validators that it was brought to, and this one, where it cannot encode it. One of them may
// err or lie; where a quorum refuses, no honest leader is left that would take it, and the publication has failed.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import type { Chain } from '../chain/chain.ts'
import { isQuorum, sumOf } from '../chain/quorum.ts'

export interface Refusals {
  /** Notes a refusal; true where a quorum has refused now. */
  add(blobId: Uint8Array, validator: number): boolean
  /** Whether this validator has refused it. */
  has(blobId: Uint8Array, validator: number): boolean
  /** Hex ids of what it has refused. */
  of(validator: number): ReadonlySet<string>
  /** It is published anew: what was said before is over. */
  forget(blobId: Uint8Array): void
}

const MAX_REFUSED = 16_384

export const createRefusals = ({
  weights,
  totalWeight,
}: Pick<Chain, 'weights' | 'totalWeight'>): Refusals => {
  const byBlob = createBoundedMap<string, Set<number>>(MAX_REFUSED)
  return {
    add(blobId, validator) {
      const key = toHex(blobId)
      const refusing = (byBlob.get(key) ?? new Set<number>()).add(validator)
      byBlob.set(key, refusing)
      return isQuorum(sumOf([...refusing].map((index) => weights[index] ?? 0)), totalWeight)
    },
    has: (blobId, validator) => byBlob.get(toHex(blobId))?.has(validator) ?? false,
    of: (validator) =>
      new Set([...byBlob.entries()].flatMap(([key, refusing]) => (refusing.has(validator) ? [key] : []))),
    forget(blobId) {
      byBlob.delete(toHex(blobId))
    },
  }
}
