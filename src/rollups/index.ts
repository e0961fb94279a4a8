// The public entry `weft-da/rollups`: what other stacks compute over their own bytes, without a node: packings of
// blobs, versioned hashes, commitments.

export { type BundledBlob, decodeBundle, encodeBundle } from './celestia/bundle.ts'
export { shareCommitment } from './celestia/commitment.ts'
export {
  type CelestiaBlob,
  isBlobNamespace,
  SHARE_BYTES,
  type ShareErrorCode,
  sharesOf,
} from './celestia/share.ts'
export {
  isKeccakCommitment,
  KECCAK_COMMITMENT_BYTES,
  keccak256,
  keccakCommitment,
  matchesKeccak,
} from './keccak.ts'
export { decodeLocator, encodeLocator, LAYER_BYTE, LOCATOR_BYTES, type Locator } from './locator.ts'
export { NITRO_BYTES_PER_ROW, packNitro, unpackNitro } from './packings/nitro.ts'
export { OP_MAX_BYTES, packOp, unpackOp } from './packings/op.ts'
export type { RollupPackingErrorCode } from './packings/packing.ts'
export { packViem, unpackViem, VIEM_BYTES_PER_ROW } from './packings/viem.ts'
