// A node's folder: peer.key (libp2p identity), validator.keystore.json (a validator's BLS key, encrypted; or
// validator.key, where it was wanted plain), validator.json (what a validator gives away for genesis), genesis.json,
// config.json, data/. Keys are made once and never overwritten; a key file that cannot be read stops the command
// instead of being replaced.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { fromHex, toHex } from '../base/bytes.ts'
import type { BlsSigner } from '../chain/bls.ts'
import { secretKeyOfSeed } from '../chain/bls-keygen.ts'
import type { GenesisJson } from '../chain/genesis-json.ts'
import { badInput } from './failure.ts'
import { makeFolder, readIfThere, writeNew } from './files.ts'
import { decryptKey, encryptKey } from './keys/keystore.ts'

export const folderPaths = (dir: string) => ({
  peerKey: join(dir, 'peer.key'),
  /** The BLS key as hex: only where it was asked for. */
  validatorKey: join(dir, 'validator.key'),
  /** The BLS key in an EIP-2335 keystore. */
  keystore: join(dir, 'validator.keystore.json'),
  validatorJson: join(dir, 'validator.json'),
  genesis: join(dir, 'genesis.json'),
  config: join(dir, 'config.json'),
  /** Hashes of the API's tokens. */
  tokens: join(dir, 'tokens.json'),
  database: join(dir, 'data'),
})

/** What a validator's public file holds, and each validator of a genesis file. */
export type ValidatorJson = GenesisJson['validators'][number]

export interface PeerKey {
  /** libp2p private key, protobuf form. */
  readonly peerKey: Uint8Array
  readonly peerId: string
}

export interface NodeKeys extends PeerKey {
  /** 32 bytes. */
  readonly validatorKey?: Uint8Array
}

/** How a validator's key lies on disk, and what opens it. Asked at most once, and only where there is a key. */
export interface KeyProtection {
  /** `new`: to encrypt with; `open`: to open what is there. */
  readonly passphrase: (use: 'new' | 'open', path: string) => Promise<string>
  /** Keeps a new key as plain hex, readable by its owner only. */
  readonly plain: boolean
}

/** For networks of one's own: keys lie as they are. */
export const plainKeys: KeyProtection = {
  plain: true,
  passphrase: async (_use, path) => {
    throw badInput(`expected a plain key, got ${path}`)
  },
}

export interface MadeFolder {
  readonly keys: NodeKeys
  readonly validator?: ValidatorJson
  /** Files that were written, and files that were there and were kept. */
  readonly made: readonly string[]
  readonly kept: readonly string[]
}

/** Makes what is missing in a node's folder and keeps what is there. Throws `usage`. */
export const makeNodeFolder = async (
  dir: string,
  { validator, weight }: { readonly validator: boolean; readonly weight: number },
  bls: BlsSigner,
  protection: KeyProtection,
): Promise<MadeFolder> => {
  const paths = folderPaths(dir)
  makeFolder(dir)
  const made: string[] = []
  const kept: string[] = []
  const make = async (path: string, content: () => Promise<string> | string, secret: boolean) => {
    if (readIfThere(path) !== undefined) return void kept.push(path)
    writeNew(path, await content(), { secret })
    made.push(path)
  }
  await make(paths.peerKey, newPeerKey, true)
  let secretKey: Uint8Array | undefined
  if (validator && !hasKey(dir)) {
    const fresh = secretKeyOfSeed(randomBytes(32))
    if (protection.plain) await make(paths.validatorKey, () => `${toHex(fresh)}\n`, true)
    else {
      const passphrase = await protection.passphrase('new', paths.keystore)
      await make(paths.keystore, () => encryptKey(fresh, bls.publicKeyOf(fresh), passphrase), true)
    }
    secretKey = fresh
  } else if (validator) kept.push(keyPath(dir))
  const keys = await readNodeKeys(dir, protection, secretKey)
  if (keys.validatorKey === undefined) return { keys, made, kept }
  const mine: ValidatorJson = {
    publicKey: `0x${toHex(bls.publicKeyOf(keys.validatorKey))}`,
    possession: `0x${toHex(bls.provePossession(keys.validatorKey))}`,
    peerId: keys.peerId,
    weight,
  }
  await make(paths.validatorJson, () => `${JSON.stringify(mine, undefined, 2)}\n`, false)
  return { keys, validator: mine, made, kept }
}

/** Whether the folder has a validator's key, encrypted or not. */
const hasKey = (dir: string): boolean => {
  const { validatorKey, keystore } = folderPaths(dir)
  return readIfThere(validatorKey) !== undefined || readIfThere(keystore) !== undefined
}

const keyPath = (dir: string): string => {
  const { validatorKey, keystore } = folderPaths(dir)
  return readIfThere(keystore) === undefined ? validatorKey : keystore
}

/** The network identity in a folder that `weft init` has made. Throws `usage`. */
export const readPeerKey = (dir: string): PeerKey => {
  const paths = folderPaths(dir)
  const peer = readIfThere(paths.peerKey)
  if (peer === undefined)
    throw badInput(`expected a node's folder at ${dir}: make one with weft init --dir ${dir}`)
  const peerKey = fromHex(peer.trim())
  const peerId = peerKey === undefined ? undefined : peerIdOf(peerKey)
  if (peerKey === undefined || peerId === undefined) {
    throw badInput(`expected a libp2p private key in hex in ${paths.peerKey}, which holds something else`)
  }
  return { peerKey, peerId }
}

/** The keys of a folder that `weft init` has made. `known`: the validator's key, where it has just been made. Throws `usage`. */
export const readNodeKeys = async (
  dir: string,
  protection: Pick<KeyProtection, 'passphrase'>,
  known?: Uint8Array,
): Promise<NodeKeys> => {
  const paths = folderPaths(dir)
  const { peerKey, peerId } = readPeerKey(dir)
  if (known !== undefined) return { peerKey, peerId, validatorKey: known }
  const validator = readIfThere(paths.validatorKey)
  const keystore = readIfThere(paths.keystore)
  if (keystore !== undefined) {
    if (validator !== undefined) {
      throw badInput(`expected one validator key, got both ${paths.validatorKey} and ${paths.keystore}`)
    }
    const passphrase = await protection.passphrase('open', paths.keystore)
    return { peerKey, peerId, validatorKey: await decryptKey(keystore, passphrase, paths.keystore) }
  }
  if (validator === undefined) return { peerKey, peerId }
  const validatorKey = fromHex(validator.trim(), 32)
  if (validatorKey === undefined) {
    throw badInput(
      `expected a BLS secret key as 64 hex digits in ${paths.validatorKey}, which holds something else`,
    )
  }
  return { peerKey, peerId, validatorKey }
}

const newPeerKey = async (): Promise<string> =>
  `${toHex(privateKeyToProtobuf(await generateKeyPair('Ed25519')))}\n`

const peerIdOf = (peerKey: Uint8Array): string | undefined => {
  try {
    return peerIdFromPrivateKey(privateKeyFromProtobuf(peerKey)).toString()
  } catch {
    return undefined
  }
}
