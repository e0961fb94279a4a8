// What proves to others that a block is final, and receipts of certified blobs, made from what this node has of final
// blocks: headers from the block up to the next one with a finalize certificate of its own.

import { equal } from '../base/bytes.ts'
import type { Header } from '../chain/containers.ts'
import { entryPathOf } from '../chain/entry-path.ts'
import type { BlockStore, CertificateStore, FinalStore } from '../chain/ports.ts'
import { MAX_RECEIPT_HEADERS, RECEIPT_VERSION } from '../chain/receipt.ts'
import { KIND } from '../chain/signing.ts'
import type { Reader } from './reader.ts'
import type { Finality, Missing, ReceiptAnswer } from './types.ts'

export interface FinalityComponents {
  readonly store: Pick<BlockStore, 'getAnnouncement'> &
    Pick<CertificateStore, 'getCertificate'> &
    Pick<FinalStore, 'finalRoots'>
}

export interface ReceiptsComponents {
  readonly chainId: Uint8Array
  readonly store: FinalityComponents['store'] &
    Pick<BlockStore, 'getProposal'> &
    Pick<FinalStore, 'locateBlob'>
  readonly lookUp: Reader['lookUp']
}

const unreachable: Missing = { found: false, reason: 'unreachable' }

/** Undefined where no block of this height is final here, or what proves it is not here now. */
export const finalityOf = async (
  height: number,
  { store }: FinalityComponents,
): Promise<Finality | undefined> => {
  const headers: Header[] = []
  for await (const final of store.finalRoots(height, Number.MAX_SAFE_INTEGER - height)) {
    if (headers.length === 0 && final.height !== height) break
    const announcement = await store.getAnnouncement(final.root)
    if (announcement === undefined || headers.push(announcement.header.message) > MAX_RECEIPT_HEADERS) break
    const certificate = await store.getCertificate(KIND.finalize, final.height)
    if (certificate !== undefined && equal(certificate.root, final.root)) return { headers, certificate }
  }
  return undefined
}

export const receiptOf = async (
  blobId: Uint8Array,
  { chainId, store, lookUp }: ReceiptsComponents,
): Promise<ReceiptAnswer> => {
  const location = await lookUp(() => store.locateBlob(blobId))
  if ('reason' in location) return location
  const proposal = await store.getProposal(location.root)
  if (proposal === undefined) return unreachable
  const { entries, commitments } = proposal
  const entryIndex = entries.findIndex((entry) => equal(entry.blobId, blobId))
  const entry = entries[entryIndex]
  if (entry === undefined) return unreachable

  const finality = await finalityOf(location.height, { store })
  if (finality === undefined) return unreachable
  const entryPath = [...(await entryPathOf(entries, entryIndex))]
  const { headers, certificate } = finality
  const version = RECEIPT_VERSION
  const receipt = {
    version,
    chainId,
    headers: [...headers],
    certificate,
    entry,
    entryIndex,
    entryPath,
    commitments,
  }
  return { found: true, receipt }
}
