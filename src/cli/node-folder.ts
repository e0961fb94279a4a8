// A node's folder: peer.key (libp2p identity), validator.key (BLS, validators only), validator.json (what a validator
// gives away for genesis), genesis.json, config.json, data/. Keys are made once and never overwritten; a key file that
// cannot be read stops the command instead of being replaced.

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

export const folderPaths = (dir: string) => ({
  peerKey: join(dir, 'peer.key'),
  validatorKey: join(dir, 'validator.key'),
  validatorJson: join(dir, 'validator.json'),
  genesis: join(dir, 'genesis.json'),
  config: join(dir, 'config.json'),
  database: join(dir, 'data'),
})

/** What a validator's public file holds, and each validator of a genesis file. */
export type ValidatorJson = GenesisJson['validators'][number]

export interface NodeKeys {
  /** libp2p private key, protobuf form. */
  readonly peerKey: Uint8Array
  readonly peerId: string
  /** 32 bytes. */
  readonly validatorKey?: Uint8Array
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
  if (validator) await make(paths.validatorKey, newValidatorKey, true)
  const keys = readNodeKeys(dir)
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

/** The keys of a folder that `weft init` has made. Throws `usage`. */
export const readNodeKeys = (dir: string): NodeKeys => {
  const paths = folderPaths(dir)
  const peer = readIfThere(paths.peerKey)
  if (peer === undefined)
    throw badInput(`expected a node's folder at ${dir}: make one with weft init --dir ${dir}`)
  const peerKey = fromHex(peer.trim())
  const peerId = peerKey === undefined ? undefined : peerIdOf(peerKey)
  if (peerKey === undefined || peerId === undefined) {
    throw badInput(`expected a libp2p private key in hex in ${paths.peerKey}, which holds something else`)
  }
  const validator = readIfThere(paths.validatorKey)
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

const newValidatorKey = (): string => `${toHex(secretKeyOfSeed(randomBytes(32)))}\n`

const peerIdOf = (peerKey: Uint8Array): string | undefined => {
  try {
    return peerIdFromPrivateKey(privateKeyFromProtobuf(peerKey)).toString()
  } catch {
    return undefined
  }
}
