// SHA-256 of several byte strings as one, for message ids: every gossip message, double ones too, is hashed. Node's own
// is several times faster than a portable one, and this file must load in a page as well.

import { sha256 as portable } from '@noble/hashes/sha2.js'

type Crypto = {
  createHash(name: 'sha256'): {
    update(bytes: Uint8Array): unknown
    digest(): Uint8Array
  }
}

const native = (
  globalThis as { process?: { getBuiltinModule?(name: string): Crypto | undefined } }
).process?.getBuiltinModule?.('node:crypto')

/** 32 bytes: SHA-256 of the parts, one after the other. */
export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = native?.createHash('sha256') ?? portable.create()
  for (const part of parts) hash.update(part)
  return Uint8Array.from(hash.digest())
}
