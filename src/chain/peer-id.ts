// libp2p peer ids between their text form and their bytes (a multihash: the identity of a short public key, or the
// SHA-256 of a long one), which is what genesis holds and custody is computed from.

import { peerIdFromMultihash, peerIdFromString } from '@libp2p/peer-id'
import { equal } from '../base/bytes.ts'

/** Bytes of a peer id in text form; undefined if it is none. */
export const peerIdBytes = (text: string): Uint8Array | undefined => {
  try {
    return peerIdFromString(text).toMultihash().bytes
  } catch {
    return undefined
  }
}

/** Text form of a peer id's bytes; undefined if they are none. */
export const peerIdText = (bytes: Uint8Array): string | undefined => {
  try {
    // Code and length of both forms are below 128: one byte each.
    const copy = Uint8Array.from(bytes)
    const [code, size] = copy
    const digest = copy.subarray(2)
    if (code === undefined || size !== digest.length || size > 64) return undefined
    return peerIdFromMultihash({ code, size, digest, bytes: copy }).toString()
  } catch {
    return undefined
  }
}

/** Whether these bytes are a peer id, in the one form that its text leads back to. */
export const isPeerId = (bytes: Uint8Array): boolean => {
  const text = peerIdText(bytes)
  const again = text === undefined ? undefined : peerIdBytes(text)
  return again !== undefined && equal(again, bytes)
}
