// Celestia's share commitment: what its clients know a blob by, and recompute (go-square, `inclusion`). The shares
// are cut into a mountain range of subtrees, each the root of a namespaced Merkle tree; an RFC 6962 tree over those
// roots is the commitment. The width of the subtrees depends on the number of shares alone.

import { concat } from '../../base/bytes.ts'
import { nobleSha256, type Sha256 } from '../../grid/sha256.ts'
import { type CelestiaBlob, sharesOf } from './share.ts'
import { rfc6962Root } from './tree.ts'

/** celestia-app, `SubtreeRootThreshold`. */
const SUBTREE_ROOT_THRESHOLD = 64

/** The commitment of a blob: 32 bytes. Throws ShareErrorCode. */
export const shareCommitment = (blob: CelestiaBlob, sha256: Sha256 = nobleSha256): Uint8Array =>
  rfc6962Root(subtreeRoots(blob, sha256), sha256)

/** Roots of the namespaced trees, 90 bytes each, in order of shares. Throws ShareErrorCode. */
export const subtreeRoots = (blob: CelestiaBlob, sha256: Sha256 = nobleSha256): readonly Uint8Array[] => {
  const shares = sharesOf(blob)
  let first = 0
  return mountainSizes(shares.length, subtreeWidth(shares.length)).map((size) => {
    const root = namespacedRoot(blob.namespace, shares.slice(first, first + size), sha256)
    first += size
    return root
  })
}

/** Sizes of the subtrees: as many of `width` as fit, then falling powers of two. */
export const mountainSizes = (count: number, width: number): readonly number[] => {
  const sizes: number[] = []
  for (let rest = count; rest > 0; rest -= sizes.at(-1)!) {
    sizes.push(Math.min(width, 2 ** Math.floor(Math.log2(rest))))
  }
  return sizes
}

/** Most leaves of a subtree for so many shares (ADR 013): at most 64 subtrees, never wider than the least square. */
export const subtreeWidth = (count: number): number =>
  Math.min(
    powerOfTwoFrom(Math.ceil(count / SUBTREE_ROOT_THRESHOLD)),
    powerOfTwoFrom(Math.ceil(Math.sqrt(count))),
  )

const powerOfTwoFrom = (least: number): number => {
  let power = 1
  while (power < least) power *= 2
  return power
}

/** A namespaced Merkle tree whose leaves are all of one namespace; their number is a power of two. */
const namespacedRoot = (namespace: Uint8Array, shares: readonly Uint8Array[], sha256: Sha256): Uint8Array => {
  const range = concat(namespace, namespace)
  let level = shares.map((share) => concat(range, sha256(LEAF, namespace, share)))
  while (level.length > 1) {
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      above.push(concat(range, sha256(NODE, level[i]!, level[i + 1]!)))
    }
    level = above
  }
  return level[0]!
}

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)
