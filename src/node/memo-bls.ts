// Remembers which signatures were verified: one signed header comes with 128 columns, a proposal and an announcement,
// and is verified once. The key is a hash of message, key and signature, so an answer is only ever given again for
// exactly what was asked.

import { sha256 } from '@noble/hashes/sha2.js'
import { createBoundedMap } from '../base/bounded-map.ts'
import { concat, toHex } from '../base/bytes.ts'
import type { Bls } from '../chain/bls.ts'

/** Answers that are remembered. */
const MAX_ANSWERS = 4_096

export const memoBls = <B extends Pick<Bls, 'verify'>>(bls: B): B => {
  const answers = createBoundedMap<string, boolean>(MAX_ANSWERS)
  return {
    ...bls,
    verify(message: Uint8Array, publicKey: Uint8Array, signature: Uint8Array): boolean {
      const key = toHex(sha256(concat(message, publicKey, signature)))
      const known = answers.get(key)
      if (known !== undefined) return known
      const answer = bls.verify(message, publicKey, signature)
      answers.set(key, answer)
      return answer
    },
  }
}
