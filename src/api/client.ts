// The entry `weft-da/client`: the native client, for Node and pages, with what a client computes by itself: blobIds,
// namespaces, and whether a receipt or a list of entries holds. Nothing here imports from Node.

export { WeftError } from '../base/error.ts'
export type { Certified, ReceiptCode } from '../chain/receipt.ts'
export { verifyReceipt } from '../chain/verify-receipt.ts'
export { blobIdOf, FLAG_ALIGNED, FLAG_RAW, namespaceOf } from '../grid/blob.ts'
export {
  type BlobData,
  type BlobToPublish,
  type Client,
  type ClientInit,
  createClient,
  type PublishOptions,
  type ReadOptions,
} from './client/client.ts'
export type { ClientErrorCode, Refusal } from './client/errors.ts'
export type { CallOptions } from './client/http.ts'
export {
  type BlockCode,
  type ProvenBlock,
  type VerifyBlockOptions,
  verifyBlock,
} from './client/verify-block.ts'
export type {
  BlockJson,
  EntryJson,
  FinalHeaderJson,
  HeaderJson,
  LocationJson,
  NamespaceBlockJson,
  ReceiptJson,
  TicketJson,
  VerdictJson,
} from './schemas.ts'
