// The way from one entry of a block to its header's entriesRoot: the SSZ Merkle tree over List[Entry, 16384], 14 levels
// of siblings and, last, the length that SSZ mixes in.

import { equal } from '../base/bytes.ts'
import { createPacer } from '../base/next-turn.ts'
import { treeRootOf } from '../base/tree-root.ts'
import { type Entry, EntryType } from '../grid/containers.ts'
import { nobleSha256 } from '../grid/sha256.ts'

/** log2(16,384) */
const LEVELS = 14
/** Siblings of a path: one a level, and the length. */
export const ENTRY_PATH_LENGTH = LEVELS + 1

const ZERO = new Uint8Array(32)
/** Roots of empty subtrees by level. */
const zeros: readonly Uint8Array[] = Array.from({ length: LEVELS }).reduce<Uint8Array[]>(
  (roots) => [...roots, nobleSha256(roots.at(-1)!, roots.at(-1)!)],
  [ZERO],
)

/** 15 nodes of 32 bytes, from the leaf up, a slice of a turn at a time. Rejects with RangeError where there is no such entry. */
export const entryPathOf = async (
  entries: readonly Entry[],
  index: number,
): Promise<readonly Uint8Array[]> => {
  if (!Number.isSafeInteger(index) || index < 0 || index >= entries.length)
    throw new RangeError(`expected one of ${entries.length} entries, got ${index}`)
  const pace = createPacer()
  const path: Uint8Array[] = []
  let layer: Uint8Array[] = []
  for (const entry of entries) {
    await pace()
    layer.push(treeRootOf(EntryType, entry))
  }
  for (let level = 0, at = index; level < LEVELS; level++, at >>= 1) {
    const zero = zeros[level]!
    path.push(layer[at ^ 1] ?? zero)
    const above: Uint8Array[] = []
    for (let i = 0; i < layer.length; i += 2) {
      await pace()
      above.push(nobleSha256(layer[i]!, layer[i + 1] ?? zero))
    }
    layer = above
  }
  return [...path, lengthChunk(entries.length)]
}

/** Whether the entry is number `index` of the list with this root. */
export const isEntryOf = (
  root: Uint8Array,
  entry: Entry,
  index: number,
  path: readonly Uint8Array[],
): boolean => {
  if (path.length !== ENTRY_PATH_LENGTH || path.some((node) => node.length !== 32)) return false
  if (!Number.isSafeInteger(index) || index < 0 || index >= 2 ** LEVELS) return false
  let node: Uint8Array = treeRootOf(EntryType, entry)
  for (const [level, sibling] of path.slice(0, LEVELS).entries()) {
    node = (index >> level) & 1 ? nobleSha256(sibling, node) : nobleSha256(node, sibling)
  }
  return equal(nobleSha256(node, path[LEVELS]!), root)
}

/** A length as SSZ mixes it in: 32 bytes, little-endian. */
const lengthChunk = (length: number): Uint8Array => {
  const chunk = new Uint8Array(32)
  new DataView(chunk.buffer).setUint32(0, length, true)
  return chunk
}
