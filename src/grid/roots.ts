// Roots of a block's three lists, and whether lists that came with a header are the header's. Cheap: SHA-256 alone.

import { equal } from '../base/bytes.ts'
import type { GridHeader } from './block.ts'
import { CommitmentsType, EntriesType, type Entry, SheetType } from './containers.ts'
import { COLUMNS, type Shape } from './shape.ts'

export const commitmentsRootOf = (commitments: readonly Uint8Array[]): Uint8Array =>
  CommitmentsType.hashTreeRoot([...commitments])

export const entriesRootOf = (entries: readonly Entry[]): Uint8Array => EntriesType.hashTreeRoot([...entries])

export const proofsRootOf = (sheet: readonly Uint8Array[]): Uint8Array => SheetType.hashTreeRoot([...sheet])

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

/** The roots of a block without rows (DESIGN section 3: dataRoot zero, the others those of empty lists). */
export const emptyHeader = (): GridHeader => ({
  rowCount: 0,
  commitmentsRoot: commitmentsRootOf([]),
  entriesCell: 0,
  entriesRoot: entriesRootOf([]),
  dataRoot: new Uint8Array(32),
  proofsRoot: proofsRootOf([]),
})
