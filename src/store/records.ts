// What lies inside the envelopes, as SSZ: parts of the protocol's containers without what another part has already
// (a column without its header), and the few records that are the store's own.

import {
  ByteListType,
  ByteVectorType,
  ContainerType,
  ListCompositeType,
  UintNumberType,
  type ValueOf,
} from '@chainsafe/ssz'
import { CellsType } from '../chain/cells-type.ts'
import { EntriesType, MAX_BLOB_BYTES, SheetType } from '../chain/containers.ts'
import { COLUMN_BRANCH_DEPTH } from '../chain/limits.ts'
import type { SampleRecord, SigningRecord } from '../chain/ports.ts'

const u8 = new UintNumberType(1)
const u16 = new UintNumberType(2)
const u32 = new UintNumberType(4)
const u64 = new UintNumberType(8)
const Bytes32 = new ByteVectorType(32)
export const ZERO_ROOT = new Uint8Array(32)

/** A proposal less its header and commitments. */
export const ProposalRestType = new ContainerType({ entries: EntriesType, sheet: SheetType })

/** A column less its header; its index is in its key. */
export const ColumnRestType = new ContainerType({
  cells: CellsType,
  branch: new ListCompositeType(Bytes32, COLUMN_BRANCH_DEPTH),
})

/** A zero `parentRoot` says that the header was not there. */
export const FinalType = new ContainerType({ root: Bytes32, arrivedMs: u64, parentRoot: Bytes32 })
/** As format 1 had it. */
export const FinalOfFormat1Type = new ContainerType({ root: Bytes32, arrivedMs: u64 })
/** Bytes of a final record of format 1. */
export const FINAL_OF_FORMAT_1_BYTES = 40

/** A waiting blob less its data, of `dataBytes` bytes. */
export const WaitingType = new ContainerType({
  order: u64,
  namespace: new ByteVectorType(29),
  flags: u8,
  dataBytes: u32,
})
export const WAITING_BYTES = 42
/** As formats 1 and 2 had it: the data in one value with it, always longer. */
export const WaitingOfFormat2Type = new ContainerType({
  order: u64,
  submission: new ContainerType({
    namespace: new ByteVectorType(29),
    flags: u8,
    data: new ByteListType(MAX_BLOB_BYTES),
  }),
})

export const PlaceType = new ContainerType({ index: u32 })
export const RowPlaceType = new ContainerType({ row: u16, index: u32 })
export const SpanType = new ContainerType({ first: u32, count: u32 })
export const HeightType = new ContainerType({ height: u64 })
export const FormatType = new ContainerType({ format: u32 })

/** Bytes of one entry in a serialized list of entries: 29 + 4 + 8 + 1 + 32. */
export const ENTRY_BYTES = 74

const SigningType = new ContainerType({
  height: u64,
  // Bit 0: notarised, 1: nil, 2: finalized, 3: proposed.
  signed: u8,
  notarised: Bytes32,
  finalized: Bytes32,
  proposed: Bytes32,
})

export const encodeSigning = (record: SigningRecord): Uint8Array =>
  SigningType.serialize({
    height: record.height,
    signed:
      (record.notarised ? 1 : 0) |
      (record.nil ? 2 : 0) |
      (record.finalized ? 4 : 0) |
      (record.proposed ? 8 : 0),
    notarised: record.notarised ?? ZERO_ROOT,
    finalized: record.finalized ?? ZERO_ROOT,
    proposed: record.proposed ?? ZERO_ROOT,
  })

export const decodeSigning = (payload: Uint8Array): SigningRecord => {
  const { height, signed, notarised, finalized, proposed } = SigningType.deserialize(payload)
  return {
    height,
    nil: (signed & 2) !== 0,
    ...(signed & 1 ? { notarised } : {}),
    ...(signed & 4 ? { finalized } : {}),
    ...(signed & 8 ? { proposed } : {}),
  }
}

const JournalType = new ContainerType({ available: u8, samples: u16, decidedMs: u64 })
export type JournalValue = ValueOf<typeof JournalType>

export const encodeJournal = (record: SampleRecord): Uint8Array =>
  JournalType.serialize({
    available: record.verdict === 'available' ? 1 : 0,
    samples: record.samples,
    decidedMs: record.decidedMs,
  })

export const decodeJournal = (height: number, root: Uint8Array, payload: Uint8Array): SampleRecord => {
  const { available, samples, decidedMs } = JournalType.deserialize(payload)
  return { root, height, verdict: available === 1 ? 'available' : 'unavailable', samples, decidedMs }
}
