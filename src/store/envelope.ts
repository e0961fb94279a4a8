// The envelope of every value: one format byte, eight bytes of checksum, the payload. The checksum covers the key as
// well, so that a value that is whole but lies under another key (a swapped file, a lost rename) is found too. It is
// SHA-256(format || key length as u8 || key || SHA-256(payload)), cut to eight bytes; large payloads are hashed by
// WebCrypto, off the thread (0.7 ms of its time for 512 KiB, where plain JavaScript takes 2.5 ms of ours).

import { sha256 } from '@noble/hashes/sha2.js'

/** Format of the values of this version. */
export const VALUE_FORMAT = 1
const CHECKSUM_BYTES = 8
export const ENVELOPE_BYTES = 1 + CHECKSUM_BYTES
/** From here on WebCrypto is the quicker one, its 90 microseconds per call included. */
const LARGE_PAYLOAD_BYTES = 16_384

/** Wraps a payload for its key. */
export const seal = async (key: Uint8Array, payload: Uint8Array): Promise<Uint8Array> => {
  const value = new Uint8Array(ENVELOPE_BYTES + payload.length)
  value[0] = VALUE_FORMAT
  value.set(await checksum(key, payload), 1)
  value.set(payload, ENVELOPE_BYTES)
  return value
}

/** The payload, or undefined if the value is not what was written under this key. */
export const unseal = async (key: Uint8Array, value: Uint8Array): Promise<Uint8Array | undefined> => {
  if (value.length < ENVELOPE_BYTES || value[0] !== VALUE_FORMAT) return undefined
  const payload = value.subarray(ENVELOPE_BYTES)
  const expected = await checksum(key, payload)
  for (let i = 0; i < CHECKSUM_BYTES; i++) if (value[1 + i] !== expected[i]) return undefined
  return payload
}

const checksum = async (key: Uint8Array, payload: Uint8Array): Promise<Uint8Array> => {
  const digest =
    payload.length < LARGE_PAYLOAD_BYTES
      ? sha256(payload)
      : new Uint8Array(await crypto.subtle.digest('SHA-256', payload as Uint8Array<ArrayBuffer>))
  const preimage = new Uint8Array(2 + key.length + digest.length)
  preimage[0] = VALUE_FORMAT
  preimage[1] = key.length
  preimage.set(key, 2)
  preimage.set(digest, 2 + key.length)
  return sha256(preimage).subarray(0, CHECKSUM_BYTES)
}
