// Receipts of certified blobs, made from what this node has of final blocks: headers from the blob's block up to the
// next one with a finalize certificate of its own.

import { equal } from '../base/bytes.ts'
import type { Header } from '../chain/containers.ts'
import { entryPathOf } from '../chain/entry-path.ts'
import type { BlockStore, CertificateStore, FinalStore } from '../chain/ports.ts'
import { MAX_RECEIPT_HEADERS, RECEIPT_VERSION } from '../chain/receipt.ts'
import { KIND } from '../chain/signing.ts'
import type { Reader } from './reader.ts'
import type { Missing, ReceiptAnswer } from './types.ts'

export interface ReceiptsComponents {
  readonly chainId: Uint8Array
  readonly store: Pick<BlockStore, 'getProposal' | 'getAnnouncement'> &
    Pick<CertificateStore, 'getCertificate'> &
    Pick<FinalStore, 'locateBlob' | 'finalRoots'>
  readonly lookUp: Reader['lookUp']
}

const unreachable: Missing = { found: false, reason: 'unreachable' }

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

  const headers: Header[] = []
  const above = Number.MAX_SAFE_INTEGER - location.height
  for await (const { height, root } of store.finalRoots(location.height, above)) {
    const announcement = await store.getAnnouncement(root)
    if (announcement === undefined || headers.push(announcement.header.message) > MAX_RECEIPT_HEADERS) break
    const certificate = await store.getCertificate(KIND.finalize, height)
    if (certificate === undefined || !equal(certificate.root, root)) continue
    const entryPath = [...entryPathOf(entries, entryIndex)]
    const version = RECEIPT_VERSION
    const receipt = { version, chainId, headers, certificate, entry, entryIndex, entryPath, commitments }
    return { found: true, receipt }
  }
  return unreachable
}
