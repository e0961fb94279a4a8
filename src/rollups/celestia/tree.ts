// The Merkle tree of RFC 6962, section 2.1, as Celestia and Tendermint use it: prefixes 00 for leaves and 01 for
// nodes, split at the largest power of two below the number of leaves.

import { nobleSha256, type Sha256 } from '../../grid/sha256.ts'

/** The root of these leaves; of none, the hash of nothing. */
export const rfc6962Root = (leaves: readonly Uint8Array[], sha256: Sha256 = nobleSha256): Uint8Array => {
  if (leaves.length === 0) return sha256(new Uint8Array())
  if (leaves.length === 1) return sha256(Uint8Array.of(0), leaves[0]!)
  let split = 1
  while (2 * split < leaves.length) split *= 2
  const left = rfc6962Root(leaves.slice(0, split), sha256)
  const right = rfc6962Root(leaves.slice(split), sha256)
  return sha256(Uint8Array.of(1), left, right)
}
