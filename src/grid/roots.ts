// Roots of a block's three lists, and whether lists that came with a header are the header's. SHA-256 alone, but of
// 16,384 entries it takes 220 ms, and of 8,192 proofs 30 to 50: on a thread that serves sockets the paced forms give way.

import { ByteVectorType, ListCompositeType, type Type } from '@chainsafe/ssz'
import { equal } from '../base/bytes.ts'
import { createPacer } from '../base/next-turn.ts'
import { treeRootOf } from '../base/tree-root.ts'
import type { GridHeader } from './block.ts'
import { CommitmentsType, EntriesType, type Entry, EntryType, SheetType } from './containers.ts'
import { COLUMNS, type Shape } from './shape.ts'

export const commitmentsRootOf = (commitments: readonly Uint8Array[]): Uint8Array =>
  treeRootOf(CommitmentsType, [...commitments])

export const entriesRootOf = (entries: readonly Entry[]): Uint8Array => treeRootOf(EntriesType, [...entries])

export const proofsRootOf = (sheet: readonly Uint8Array[]): Uint8Array => treeRootOf(SheetType, [...sheet])

const G1_BYTES = 48

/** Whether these are N commitments of 48 bytes, and those of the header. */
export const areCommitmentsOf = (
  header: Pick<GridHeader, 'rowCount' | 'commitmentsRoot'>,
  commitments: readonly Uint8Array[],
): boolean =>
  commitments.length === header.rowCount &&
  commitments.every((point) => point.length === G1_BYTES) &&
  equal(commitmentsRootOf(commitments), header.commitmentsRoot)

/** Whether these are the entries of the header. */
export const areEntriesOf = (header: Pick<GridHeader, 'entriesRoot'>, entries: readonly Entry[]): boolean =>
  equal(entriesRootOf(entries), header.entriesRoot)

/** Whether these are B * 128 proofs of 48 bytes, and those of the header. */
export const isSheetOf = (
  header: Pick<GridHeader, 'proofsRoot'>,
  { bands }: Pick<Shape, 'bands'>,
  sheet: readonly Uint8Array[],
): boolean =>
  sheet.length === bands * COLUMNS &&
  sheet.every((point) => point.length === G1_BYTES) &&
  equal(proofsRootOf(sheet), header.proofsRoot)

/** As `areEntriesOf`, in slices. */
export const areEntriesOfPaced = async (
  header: Pick<GridHeader, 'entriesRoot'>,
  entries: readonly Entry[],
): Promise<boolean> => equal(await listRootPaced(EntryType, EntriesType.limit, entries), header.entriesRoot)

/** As `isSheetOf`, in slices. */
export const isSheetOfPaced = async (
  header: Pick<GridHeader, 'proofsRoot'>,
  { bands }: Pick<Shape, 'bands'>,
  sheet: readonly Uint8Array[],
): Promise<boolean> =>
  sheet.length === bands * COLUMNS &&
  sheet.every((point) => point.length === G1_BYTES) &&
  equal(await listRootPaced(Bytes48, SheetType.limit, sheet), header.proofsRoot)

const Bytes32 = new ByteVectorType(32)
const Bytes48 = new ByteVectorType(G1_BYTES)

/** The root of a list: that of the list of its members' roots, since 32 bytes are their own root. */
const listRootPaced = async <T>(type: Type<T>, limit: number, members: readonly T[]): Promise<Uint8Array> => {
  const pace = createPacer()
  const roots: Uint8Array[] = []
  for (const member of members) {
    roots.push(type.hashTreeRoot(member))
    if (roots.length % PACED_MEMBERS === 0) await pace()
  }
  return treeRootOf(new ListCompositeType(Bytes32, limit), roots)
}

/** Members that are hashed before the clock is looked at: less than a millisecond. */
const PACED_MEMBERS = 64

/** The roots of a block without rows (DESIGN section 3: dataRoot zero, the others those of empty lists). */
export const emptyHeader = (): GridHeader => ({
  rowCount: 0,
  commitmentsRoot: commitmentsRootOf([]),
  entriesCell: 0,
  entriesRoot: entriesRootOf([]),
  dataRoot: new Uint8Array(32),
  proofsRoot: proofsRootOf([]),
})
