// Several of Celestia's blobs as one of Weft's, so that what a client submits in one call is in one block or in none; and
// one blob with what Weft has no place for, a signer. A blob without either is its own bytes. The form is closed: what
// is no bundle to the last byte is a plain blob, so that everybody reads the same out of the same bytes.
//
//   "weft.celestia.v1" (16 bytes), then of each blob: share version (1), signer (20, with version 1 only), length
//   (4, big-endian), bytes

import { concat, equal, u32be, utf8 } from '../../base/bytes.ts'
import { type CelestiaBlob, SIGNER_BYTES } from './share.ts'

/** What a bundle holds of a blob: the namespace is that of the whole. */
export interface BundledBlob extends Omit<CelestiaBlob, 'namespace'> {
  /** Where its bytes begin in what is published. */
  readonly offset: number
}

export const BUNDLE_MAGIC = utf8('weft.celestia.v1')

/** Blobs of a bundle at most. */
export const MAX_BUNDLED = 1_024

/** What is published for these blobs of one namespace, at least one: plain where that is enough. */
export const encodeBundle = (blobs: readonly Omit<CelestiaBlob, 'namespace'>[]): Uint8Array => {
  const [only] = blobs
  if (blobs.length === 1 && only?.shareVersion === 0 && !looksBundled(only.data)) return only.data
  return concat(
    BUNDLE_MAGIC,
    ...blobs.flatMap(({ shareVersion, signer, data }) => [
      Uint8Array.of(shareVersion),
      ...(signer === undefined ? [] : [signer]),
      u32be(data.length),
      data,
    ]),
  )
}

/** The blobs in what was published, at least one. */
export const decodeBundle = (bytes: Uint8Array): readonly BundledBlob[] =>
  (looksBundled(bytes) ? blobsOf(bytes) : undefined) ?? [{ shareVersion: 0, data: bytes, offset: 0 }]

const looksBundled = (bytes: Uint8Array): boolean =>
  equal(bytes.subarray(0, BUNDLE_MAGIC.length), BUNDLE_MAGIC)

const blobsOf = (bytes: Uint8Array): readonly BundledBlob[] | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blobs: BundledBlob[] = []
  let at = BUNDLE_MAGIC.length
  while (at < bytes.length) {
    const shareVersion = bytes[at++]
    if ((shareVersion !== 0 && shareVersion !== 1) || blobs.length === MAX_BUNDLED) return undefined
    const head = shareVersion * SIGNER_BYTES + 4
    if (at + head > bytes.length) return undefined
    const signer = bytes.subarray(at, at + shareVersion * SIGNER_BYTES)
    const length = view.getUint32(at + head - 4)
    at += head
    if (length === 0 || at + length > bytes.length) return undefined
    const data = bytes.subarray(at, at + length)
    blobs.push({ shareVersion, ...(shareVersion === 1 && { signer }), data, offset: at })
    at += length
  }
  return blobs.length === 0 ? undefined : blobs
}
