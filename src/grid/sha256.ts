// SHA-256 as a component: noble's runs everywhere and is the default; on Node the caller may pass the faster one of
// node:crypto, which this room does not import so that it loads in a page.

import { sha256 as noble } from '@noble/hashes/sha2.js'

/** SHA-256 of the parts joined: 32 bytes. */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array

export const nobleSha256: Sha256 = (...parts) => {
  if (parts.length === 1) return noble(parts[0]!)
  const hash = noble.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}
