// SHA-256 that answers at once: Node's own where there is one (1.8 GB/s), noble's in pages.

import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { concat } from '../base/bytes.ts'

export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array

export const createSha256 = (): Sha256 => {
  const { process } = globalThis as { process?: { getBuiltinModule?(id: string): unknown } }
  const crypto = process?.getBuiltinModule?.('node:crypto') as typeof import('node:crypto') | undefined
  if (crypto === undefined) return (...parts) => nobleSha256(concat(...parts))
  return (...parts) => {
    const hash = crypto.createHash('sha256')
    for (const part of parts) hash.update(part)
    return new Uint8Array(hash.digest())
  }
}
