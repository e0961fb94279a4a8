// libp2p identities as the rest of the project handles them: bytes on disk and in genesis, text in logs and addresses.

import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PeerId, PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id'
import { peerIdText as textOfBytes } from '../chain/peer-id.ts'

/** A new Ed25519 key. */
export const createIdentity = (): Promise<PrivateKey> => generateKeyPair('Ed25519')

/** libp2p's protobuf form of a private key, for files. */
export const identityToBytes = (key: PrivateKey): Uint8Array => privateKeyToProtobuf(key)

/** Throws where the bytes are no private key. */
export const identityFromBytes = (bytes: Uint8Array): PrivateKey => privateKeyFromProtobuf(bytes)

/** The peer id's bytes (its multihash): what genesis holds and custody is computed from. */
export const peerIdBytes = (key: PrivateKey): Uint8Array => peerIdFromPrivateKey(key).toMultihash().bytes

/** Text form of the peer id of a key. */
export const peerIdText = (key: PrivateKey): string => peerIdFromPrivateKey(key).toString()

/** Throws TypeError where the bytes are no peer id. */
export const peerIdFromBytes = (bytes: Uint8Array): PeerId => {
  const text = textOfBytes(bytes)
  if (text === undefined) throw new TypeError('expected the bytes of a peer id')
  return peerIdFromString(text)
}

/** Throws TypeError where the text is no peer id. */
export const peerIdFromText = (text: string): PeerId => {
  try {
    return peerIdFromString(text)
  } catch (cause) {
    throw new TypeError(`expected a peer id, got ${text}`, { cause })
  }
}
