// Celestia's shares: how a blob is cut into pieces of 512 bytes before it is committed to (celestia-app specs,
// "Shares", "Share Splitting"). Weft stores no shares: they are made to compute the commitment that Celestia's
// clients check.

import { u32be } from '../../base/bytes.ts'
import { WeftError } from '../../base/error.ts'
import { isNamespace, NAMESPACE_BYTES } from '../../grid/blob.ts'

/** A blob in Celestia's terms. */
export interface CelestiaBlob {
  /** 29 bytes. */
  readonly namespace: Uint8Array
  /** At least one byte. */
  readonly data: Uint8Array
  readonly shareVersion: 0 | 1
  /** 20 bytes; with share version 1 and only then. */
  readonly signer?: Uint8Array
}

export type ShareErrorCode = 'share-version' | 'share-signer' | 'share-namespace' | 'share-empty'

export const SHARE_BYTES = 512
export const SIGNER_BYTES = 20
/** Ids up to ff are Celestia's own (specs, "Namespace", reserved). */
const LAST_RESERVED_ID = 0xff

/** The shares of a blob, at least one. Throws ShareErrorCode. */
export const sharesOf = (blob: CelestiaBlob): readonly Uint8Array[] => {
  expectBlob(blob)
  const { namespace, data, shareVersion, signer } = blob
  const shares: Uint8Array[] = []
  for (let offset = 0; offset < data.length; ) {
    const isFirst = offset === 0
    const share = new Uint8Array(SHARE_BYTES)
    share.set(namespace)
    share[NAMESPACE_BYTES] = (shareVersion << 1) | (isFirst ? 1 : 0)
    let head = NAMESPACE_BYTES + 1
    if (isFirst) {
      share.set(u32be(data.length), head)
      head += 4
      if (signer !== undefined) {
        share.set(signer, head)
        head += SIGNER_BYTES
      }
    }
    const part = data.subarray(offset, offset + SHARE_BYTES - head)
    share.set(part, head)
    offset += part.length
    shares.push(share)
  }
  return shares
}

/** Whether blobs may be published under the namespace at Celestia: version 0, 18 zero bytes, and not reserved. */
export const isBlobNamespace = (namespace: Uint8Array): boolean =>
  isNamespace(namespace) &&
  (namespace.subarray(0, NAMESPACE_BYTES - 1).some((byte) => byte !== 0) ||
    namespace[NAMESPACE_BYTES - 1]! > LAST_RESERVED_ID)

const expectBlob = ({ namespace, data, shareVersion, signer }: CelestiaBlob): void => {
  if (!isBlobNamespace(namespace)) {
    throw shareError('share-namespace', 'expected a namespace of version 0 that is not reserved')
  }
  if (data.length === 0) throw shareError('share-empty', 'expected a blob of at least one byte')
  if (shareVersion !== 0 && shareVersion !== 1) {
    throw shareError('share-version', `expected share version 0 or 1, got ${shareVersion}`)
  }
  if ((signer?.length ?? 0) !== shareVersion * SIGNER_BYTES) {
    throw shareError('share-signer', 'expected a signer of 20 bytes with share version 1, and none with 0')
  }
}

const shareError = (code: ShareErrorCode, message: string) =>
  new WeftError<ShareErrorCode, undefined>(code, message, undefined)
