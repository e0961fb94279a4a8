// Our proof that a blob is in a final block, as `blob.GetProof` gives it and `blob.Included` checks it: the header, the
// entry, and the path from the entry to the header's entriesRoot. It is no NMT proof; it has the JSON form of one
// because Celestia's clients decode it into their type and send it back: what they know of, they keep.
//
//   start, end     place of the entry in the block's list, and the next
//   nodes          header (SSZ), entry (SSZ), then 15 hashes of 32 bytes from the leaf upwards, the list's length last

import { type Header, HeaderType } from '../../chain/containers.ts'
import { entryPathOf, isEntryOf } from '../../chain/entry-path.ts'
import { type Entry, EntryType } from '../../grid/containers.ts'

export interface InclusionProof {
  readonly index: number
  readonly header: Header
  readonly entry: Entry
  /** 14 hashes, then the length of the list as SSZ mixes it in. */
  readonly branch: readonly Uint8Array[]
}

const HEADER_BYTES = HeaderType.fixedSize as number
const ENTRY_BYTES = EntryType.fixedSize as number

/** The proof of the entry at a place of a final block's list. */
export const proveInclusion = async (
  header: Header,
  entries: readonly Entry[],
  index: number,
): Promise<InclusionProof> => ({
  index,
  header,
  entry: entries[index] as Entry,
  branch: await entryPathOf(entries, index),
})

/** Whether the path leads from the entry, at its place, to the header's entriesRoot. */
export const verifyInclusion = ({ index, header, entry, branch }: InclusionProof): boolean =>
  isEntryOf(header.entriesRoot, entry, index, branch)

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
