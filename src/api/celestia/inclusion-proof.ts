// Our proof that a blob is in a final block, as `blob.GetProof` gives it and `blob.Included` checks it: the header, the
// entry, and the path from the entry to the header's entriesRoot. It is no NMT proof; it has the JSON form of one
// because Celestia's clients decode it into their type and send it back: what they know of, they keep.
//
//   start, end     place of the entry in the block's list, and the next
//   nodes          header (SSZ), entry (SSZ), then 15 hashes of 32 bytes from the leaf upwards, the list's length last

import { concat, equal, isZero } from '../../base/bytes.ts'
import { type Header, HeaderType } from '../../chain/containers.ts'
import { type Entry, EntryType } from '../../grid/containers.ts'
import { nodeSha256 } from '../../grid/node-sha256.ts'

export interface InclusionProof {
  readonly index: number
  readonly header: Header
  readonly entry: Entry
  /** DEPTH hashes, then the length of the list as SSZ mixes it in. */
  readonly branch: readonly Uint8Array[]
}

/** log2 of the list's limit of 16,384 entries. */
const DEPTH = 14
export const BRANCH_LENGTH = DEPTH + 1
const HEADER_BYTES = HeaderType.fixedSize as number
const ENTRY_BYTES = EntryType.fixedSize as number

/** The proof of the entry at a place of a final block's list. */
export const proveInclusion = (header: Header, entries: readonly Entry[], index: number): InclusionProof => {
  const branch: Uint8Array[] = []
  let level = entries.map((entry) => EntryType.hashTreeRoot(entry))
  let place = index
  let zero: Uint8Array = new Uint8Array(32)
  for (let depth = 0; depth < DEPTH; depth++) {
    branch.push(level[place ^ 1] ?? zero)
    const above: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) above.push(nodeSha256(level[i]!, level[i + 1] ?? zero))
    level = above
    zero = nodeSha256(zero, zero)
    place >>= 1
  }
  branch.push(lengthNode(entries.length))
  return { index, header, entry: entries[index] as Entry, branch }
}

/** Whether the path leads from the entry, at its place, to the header's entriesRoot. */
export const verifyInclusion = ({ index, header, entry, branch }: InclusionProof): boolean => {
  if (branch.length !== BRANCH_LENGTH || branch.some(({ length }) => length !== 32)) return false
  const last = branch[DEPTH]!
  // The place is within the list that the last node gives the length of.
  if (
    !isZero(last.subarray(4)) ||
    index < 0 ||
    index >= new DataView(last.slice().buffer).getUint32(0, true)
  ) {
    return false
  }
  let node = EntryType.hashTreeRoot(entry)
  for (let depth = 0; depth < DEPTH; depth++) {
    const side = branch[depth]!
    node = (index >> depth) & 1 ? nodeSha256(side, node) : nodeSha256(node, side)
  }
  return equal(nodeSha256(node, last), header.entriesRoot)
}

export const proofToNodes = ({ header, entry, branch }: InclusionProof): readonly Uint8Array[] => [
  HeaderType.serialize(header),
  EntryType.serialize(entry),
  ...branch,
]

/** undefined: no proof of this form. */
export const proofFromNodes = (index: number, nodes: readonly Uint8Array[]): InclusionProof | undefined => {
  const [header, entry, ...branch] = nodes
  if (header?.length !== HEADER_BYTES || entry?.length !== ENTRY_BYTES) return undefined
  return {
    index,
    header: HeaderType.deserialize(header),
    entry: EntryType.deserialize(entry),
    branch,
  }
}

const lengthNode = (length: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, length, true)
  return concat(bytes, new Uint8Array(28))
}
