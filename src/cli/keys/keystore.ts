// A validator's key at rest: an EIP-2335 keystore, the format of Ethereum's validators, so that their tools read ours
// and the other way round. The derivation is PBKDF2 with 262,144 rounds (scrypt's usual parameters would take 256 MiB).

import { Keystore } from '@chainsafe/bls-keystore'
import { messageOf } from '../../base/error.ts'
import { badInput } from '../failure.ts'

/** A keystore as JSON text. `secretKey`: 32 bytes, `publicKey`: 48. */
export const encryptKey = async (
  secretKey: Uint8Array,
  publicKey: Uint8Array,
  passphrase: string,
): Promise<string> => {
  const keystore = await Keystore.create(passphrase, secretKey, publicKey, '', 'Weft validator key')
  return `${JSON.stringify(keystore.toObject(), undefined, 2)}\n`
}

/** The 32 bytes of the key in a keystore. Throws `usage` where it is none, or the passphrase does not open it. */
export const decryptKey = async (text: string, passphrase: string, path: string): Promise<Uint8Array> => {
  const keystore = parse(text, path)
  const key = await keystore.decrypt(passphrase).catch((cause: unknown) => {
    throw badInput(`expected the passphrase of ${path}, got another`, { cause })
  })
  if (key.length !== 32) throw badInput(`expected a key of 32 bytes in ${path}, got ${key.length}`)
  return new Uint8Array(key)
}

const parse = (text: string, path: string): Keystore => {
  try {
    return Keystore.parse(text)
  } catch (cause) {
    throw badInput(`expected an EIP-2335 keystore in ${path}: ${messageOf(cause).split('\n')[0]}`, { cause })
  }
}
