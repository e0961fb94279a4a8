// What a rollup publishes, and its name: a blob is a namespace, flags and bytes; its blobId hashes all three. The
// flags say how its bytes lie in the grid. Namespaces are labels, not owners: anybody may publish under any of them.

import { equal, toHex, u64be, utf8 } from '../base/bytes.ts'
import { BYTES_PER_BLOB } from '../kernel/parameters.ts'
import { areCanonicalElements } from './canonical.ts'
import { nobleSha256, type Sha256 } from './sha256.ts'

/** The blob starts and ends at row boundaries, so that its rows' commitments are commitments to it alone. */
export const FLAG_ALIGNED = 1
/** The blob is whole rows of canonical field elements, kept bit for bit. Needs FLAG_ALIGNED too: raw rows are aligned. */
export const FLAG_RAW = 2

export interface Blob {
  /** 29 bytes in Celestia's format: version 0, 18 zero bytes, 10 bytes of the user's. */
  readonly namespace: Uint8Array
  /** 0, FLAG_ALIGNED, or FLAG_ALIGNED | FLAG_RAW. */
  readonly flags: number
  /** At least one byte; raw: a multiple of 131,072. */
  readonly data: Uint8Array
}

export type BlobFault =
  | 'namespace-malformed'
  | 'flags-unknown'
  | 'blob-empty'
  | 'raw-length'
  | 'raw-not-canonical'

export const NAMESPACE_BYTES = 29
const NAMESPACE_ID_BYTES = 10

/** The namespace of an id of 1 to 10 bytes, zeros before it (Celestia, version 0). Throws RangeError on other lengths. */
export const namespaceOf = (id: Uint8Array): Uint8Array => {
  if (id.length < 1 || id.length > NAMESPACE_ID_BYTES) {
    throw new RangeError(`expected a namespace id of 1 to ${NAMESPACE_ID_BYTES} bytes, got ${id.length}`)
  }
  const namespace = new Uint8Array(NAMESPACE_BYTES)
  namespace.set(id, NAMESPACE_BYTES - id.length)
  return namespace
}

/** Whether these are 29 bytes of version 0 with 18 zero bytes after it. */
export const isNamespace = (namespace: Uint8Array): boolean => {
  if (namespace.length !== NAMESPACE_BYTES) return false
  for (let i = 0; i < NAMESPACE_BYTES - NAMESPACE_ID_BYTES; i++) if (namespace[i] !== 0) return false
  return true
}

/** Whether the flags are one of the three that there are. */
export const areFlags = (flags: number): boolean =>
  flags === 0 || flags === FLAG_ALIGNED || flags === (FLAG_ALIGNED | FLAG_RAW)

export const isAligned = (flags: number): boolean => (flags & FLAG_ALIGNED) !== 0
export const isRaw = (flags: number): boolean => (flags & FLAG_RAW) !== 0

/** What is wrong with a blob by itself, or undefined. Whether it fits a block is `packBlobs`'s to say. */
export const faultOfBlob = (blob: Blob): BlobFault | undefined => {
  if (!isNamespace(blob.namespace)) return 'namespace-malformed'
  if (!areFlags(blob.flags)) return 'flags-unknown'
  if (blob.data.length === 0) return 'blob-empty'
  if (!isRaw(blob.flags)) return undefined
  if (blob.data.length % BYTES_PER_BLOB !== 0) return 'raw-length'
  return areCanonicalElements(blob.data) ? undefined : 'raw-not-canonical'
}

/** One sentence for people about a fault of a blob: what was expected and what came. */
export const describeFault = (blob: Blob, fault: BlobFault): string => {
  const { length } = blob.data
  switch (fault) {
    case 'namespace-malformed':
      return `expected a namespace of ${NAMESPACE_BYTES} bytes, 19 zero bytes and 10 of the user's, got ${toHex(blob.namespace.subarray(0, 2 * NAMESPACE_BYTES))}`
    case 'flags-unknown':
      return `expected flags 0, ${FLAG_ALIGNED} (aligned) or ${FLAG_ALIGNED | FLAG_RAW} (aligned and raw), got ${blob.flags}`
    case 'blob-empty':
      return 'expected a blob of at least one byte, got an empty one'
    case 'raw-length':
      return `expected a raw blob of whole rows of ${BYTES_PER_BLOB} bytes, got ${length} bytes`
    case 'raw-not-canonical':
      return 'expected a raw blob of field elements below r, 32 bytes each, got a larger one'
  }
}

const BLOB_DOMAIN = utf8('weft.blob.v1')

/** SHA-256("weft.blob.v1" || namespace || flags as u8 || length as u64 || bytes). */
export const blobIdOf = (blob: Blob, sha256: Sha256 = nobleSha256): Uint8Array =>
  sha256(...blobHead(blob), blob.data)

/** What is hashed before the bytes. */
export const blobHead = ({ namespace, flags, data }: Blob): readonly Uint8Array[] => [
  BLOB_DOMAIN,
  namespace,
  Uint8Array.of(flags),
  u64be(data.length),
]

/** Whether two blobs are the same publication: same namespace, flags and bytes. */
export const isSameBlob = (a: Blob, b: Blob): boolean =>
  a.flags === b.flags && equal(a.namespace, b.namespace) && equal(a.data, b.data)
