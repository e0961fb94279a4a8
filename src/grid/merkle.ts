// The Merkle tree over a grid: leaf(b,k) = SHA-256(0x00 || tile), node = SHA-256(0x01 || left || right). A column's
// root is the tree over its 2B leaves, dataRoot the tree over the 128 column roots, so that tile (b,k) is leaf
// k * 2B + b of one tree. Every number of leaves here is a power of two.

import { equal } from '../base/bytes.ts'
import type { Sha256 } from './sha256.ts'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)
const DIGEST_BYTES = 32

/** Levels of a tree from its leaves (first) to its root (last, alone). */
export type Levels = readonly (readonly Uint8Array[])[]

export const leafOf = (sha256: Sha256, tile: Uint8Array): Uint8Array => sha256(LEAF, tile)

export const nodeOf = (sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(NODE, left, right)

/** All levels over a power of two of leaves. Throws RangeError on another number. */
export const levelsOf = (sha256: Sha256, leaves: readonly Uint8Array[]): Levels => {
  if (leaves.length < 1 || (leaves.length & (leaves.length - 1)) !== 0) {
    throw new RangeError(`expected a power of two of leaves, got ${leaves.length}`)
  }
  const levels: (readonly Uint8Array[])[] = [leaves]
  for (let level = leaves; level.length > 1; ) {
    const below = level
    level = Array.from({ length: below.length / 2 }, (_, i) =>
      nodeOf(sha256, below[2 * i]!, below[2 * i + 1]!),
    )
    levels.push(level)
  }
  return levels
}

export const rootOfLevels = (levels: Levels): Uint8Array => levels.at(-1)![0]!

/** Siblings on the way from leaf `index` to the root, lowest first. */
export const branchOf = (levels: Levels, index: number): readonly Uint8Array[] =>
  levels.slice(0, -1).map((level, height) => level[(index >> height) ^ 1]!)

/** Whether the branch has `depth` siblings of 32 bytes. */
export const isBranch = (branch: readonly Uint8Array[], depth: number): boolean =>
  branch.length === depth && branch.every((sibling) => sibling.length === DIGEST_BYTES)

/** Whether `leaf` at `index` and its siblings make `root`. The index must be below 2^branch.length. */
export const leadsTo = (
  sha256: Sha256,
  root: Uint8Array,
  leaf: Uint8Array,
  index: number,
  branch: readonly Uint8Array[],
): boolean => {
  let node = leaf
  branch.forEach((sibling, height) => {
    node = (index >> height) & 1 ? nodeOf(sha256, sibling, node) : nodeOf(sha256, node, sibling)
  })
  return equal(node, root)
}
