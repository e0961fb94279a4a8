// A receipt: the portable proof that a blob is certified. It carries the header of the blob's block, the headers up to
// one that has a finalize certificate, that certificate, the blob's entry with its path to entriesRoot, and the block's
// commitments. Whoever has genesis checks it offline; it says that the blob was certified, and nothing of whether its
// bytes can still be had.

import {
  ByteVectorType,
  ContainerType,
  ListCompositeType,
  UintNumberType,
  type ValueOf,
} from '@chainsafe/ssz'
import { equal } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import { accept, type Reject, reject } from '../base/verdict.ts'
import { type Blob, blobIdOf, isAligned } from '../grid/blob.ts'
import { cellCount, writeBytes } from '../grid/cells.ts'
import { CommitmentsType, type Entry, EntryType } from '../grid/containers.ts'
import { areCommitmentsOf } from '../grid/roots.ts'
import { BYTES_PER_BLOB } from '../kernel/parameters.ts'
import type { BlsVerifier } from './bls.ts'
import type { Chain } from './chain.ts'
import { CertificateType, type Header, HeaderType } from './containers.ts'
import { ENTRY_PATH_LENGTH, isEntryOf } from './entry-path.ts'
import { type FinalityCode, verifyFinality } from './finality.ts'
import { COLUMNS_TO_RESTORE } from './limits.ts'

/** Most headers of a receipt. Most often it is one: each block has a certificate of its own as a rule. */
export const MAX_RECEIPT_HEADERS = 64
export const RECEIPT_VERSION = 1

const Bytes32 = new ByteVectorType(32)

export const ReceiptType = new ContainerType({
  version: new UintNumberType(2),
  chainId: Bytes32,
  headers: new ListCompositeType(HeaderType, MAX_RECEIPT_HEADERS),
  certificate: CertificateType,
  entry: EntryType,
  entryIndex: new UintNumberType(4),
  entryPath: new ListCompositeType(Bytes32, ENTRY_PATH_LENGTH),
  commitments: CommitmentsType,
})
export type Receipt = ValueOf<typeof ReceiptType>

export type ReceiptCode =
  | FinalityCode
  | 'version'
  | 'other-chain'
  | 'entry-path'
  | 'commitments'
  | 'entry-place'
  | 'other-bytes'
  | 'other-commitments'

/** What a receipt that holds says. */
export interface Certified {
  readonly verdict: 'accept'
  readonly entry: Entry
  /** Of the block that holds the blob. */
  readonly header: Header
  /** Of the blob's own rows, where it is aligned; else none. */
  readonly commitments: readonly Uint8Array[]
}

export interface ReceiptContext {
  readonly chain: Chain
  readonly bls: Pick<BlsVerifier, 'verifyAggregate'>
  /** The blob's bytes, where they are at hand: held against blobId. */
  readonly data?: Uint8Array | undefined
  /** KZG commitment of a row of 131,072 bytes: with `data` of an aligned blob its commitments are computed as well. */
  readonly commit?: ((row: Uint8Array) => Uint8Array) | undefined
}

/** Judges a receipt. Pure: one hash a header, one aggregate verification, and what `data` and `commit` ask for. */
export const judgeReceipt = (receipt: Receipt, context: ReceiptContext): Certified | Reject<ReceiptCode> => {
  const { headers, certificate, entry, entryIndex, entryPath, commitments } = receipt
  const [header] = headers

  // [reject] It is of a form that is known, and of this chain.
  if (receipt.version !== RECEIPT_VERSION) return reject('version')
  if (!equal(receipt.chainId, context.chain.chainId)) return reject('other-chain')

  // [reject] The header, and with it the block, is final.
  const finality = verifyFinality(headers, certificate, context)
  if (finality.verdict !== 'accept') return finality as Reject<FinalityCode>
  if (header === undefined) return reject('no-headers')

  // [reject] The entry is one of the header's.
  if (!isEntryOf(header.entriesRoot, entry, entryIndex, entryPath)) return reject('entry-path')

  // [reject] The commitments are those of the header, and the blob's rows are among them.
  if (!areCommitmentsOf(header, commitments)) return reject('commitments')
  const own = commitmentsOfBlob(entry, commitments)
  if (own === undefined) return reject('entry-place')

  // [reject] The bytes that came with it are the blob's.
  const { data, commit } = context
  if (data !== undefined) {
    const blob: Blob = { namespace: entry.namespace, flags: entry.flags, data }
    if (data.length !== entry.length || !equal(blobIdOf(blob), entry.blobId)) return reject('other-bytes')
    const isCommitted = (row: Uint8Array, i: number) => commit === undefined || equal(commit(row), own[i]!)
    if (own.length > 0 && !rowsOfAligned(blob).every(isCommitted)) return reject('other-commitments')
  }
  return { ...accept, entry, header, commitments: own }
}

/** Commitments of an aligned blob's rows, [] of another; undefined where the rows are not all there. */
const commitmentsOfBlob = (
  { startCell, length, flags }: Entry,
  commitments: readonly Uint8Array[],
): readonly Uint8Array[] | undefined => {
  const cells = cellCount(length, flags)
  if (startCell + cells > commitments.length * COLUMNS_TO_RESTORE) return undefined
  if (!isAligned(flags)) return []
  if (startCell % COLUMNS_TO_RESTORE !== 0) return undefined
  const first = startCell / COLUMNS_TO_RESTORE
  return commitments.slice(first, first + Math.ceil(cells / COLUMNS_TO_RESTORE))
}

/** The rows of 131,072 bytes that an aligned blob makes, wherever it lies. */
export const rowsOfAligned = ({ flags, data }: Pick<Blob, 'flags' | 'data'>): readonly Uint8Array[] => {
  const count = Math.ceil(cellCount(data.length, flags) / COLUMNS_TO_RESTORE)
  const rows = Array.from({ length: count }, () => new Uint8Array(BYTES_PER_BLOB))
  writeBytes(rows, 0, data, flags)
  return rows
}

export const serializeReceipt = (receipt: Receipt): Uint8Array => ReceiptType.serialize(receipt)

/** From SSZ bytes. Throws WeftError `malformed`. Not judged. */
export const deserializeReceipt = (bytes: Uint8Array): Receipt => {
  try {
    return ReceiptType.deserialize(bytes)
  } catch (cause) {
    throw new WeftError('malformed', 'expected the SSZ bytes of a receipt', { path: '' }, { cause })
  }
}
