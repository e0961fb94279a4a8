// The three lists that a block's grid gives to its header, as SSZ types: entries (what lies where), commitments (one
// a row) and the sheet (one proof a data tile). Their hash_tree_roots are entriesRoot, commitmentsRoot and proofsRoot.

import {
  ByteVectorType,
  ContainerType,
  ListCompositeType,
  UintNumberType,
  type ValueOf,
} from '@chainsafe/ssz'
import '../base/page-buffer.ts'

const Bytes48 = new ByteVectorType(48)

/**
 * One blob's place in a block: its namespace (29 bytes), the data cell that it starts at, its length in bytes, its
 * flags (packing.ts) and its blobId.
 */
export const EntryType = new ContainerType({
  namespace: new ByteVectorType(29),
  startCell: new UintNumberType(4),
  length: new UintNumberType(8),
  flags: new UintNumberType(1),
  blobId: new ByteVectorType(32),
})
export type Entry = ValueOf<typeof EntryType>

/** At most 16,384 entries, sorted by (namespace, start cell). */
export const EntriesType = new ListCompositeType(EntryType, 16_384)

/** At most 256 commitments, one for each of the N rows. */
export const CommitmentsType = new ListCompositeType(Bytes48, 256)

/** The proof of data tile (b, k) at place b * 128 + k: B * 128 of them. */
export const SheetType = new ListCompositeType(Bytes48, 64 * 128)
