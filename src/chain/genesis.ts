// Genesis: its defaults, its judgement and its SSZ bytes. The JSON form for people is in genesis-json.ts. A genesis is
// trusted input of an operator, so what is wrong with it is thrown, with the place and what was expected.

import { toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { BlsVerifier } from './bls.ts'
import { type Genesis, GenesisType, type Validator } from './containers.ts'
import { COLUMNS, MAX_BANDS, MAX_COMMITMENTS, MAX_VALIDATORS } from './limits.ts'
import { isPeerId } from './peer-id.ts'
import { sumOf } from './quorum.ts'

export type GenesisErrorCode =
  /** Not JSON, not SSZ, or a field is missing, unknown or of another type. */
  | 'malformed'
  /** A number, list or text outside its bounds. */
  | 'out-of-range'
  /** Two validators share a public key or a peer id. */
  | 'duplicate'
  | 'peer-id'
  /** A public key is no point of the subgroup, or its possession is not proven. */
  | 'possession'
  /** The schedule of versions does not start at height 0 or does not ascend. */
  | 'versions'
export type GenesisError = WeftError<GenesisErrorCode, { readonly path: string }>

/** The protocol's version that this code implements. */
export const PROTOCOL_VERSION = 1

/** Bounds the total weight so that 3 * total stays far inside u64 and the safe integers. */
export const MAX_TOTAL_WEIGHT = 2 ** 32 - 1

/** A block's timestamp is at most this far above its parent's, per height: longer intervals would make time lag. */
export const MAX_STEP_PER_HEIGHT_MS = 60_000

/** Longest time that timers of all platforms can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** DESIGN section 2. Times in milliseconds. */
export const genesisDefaults = {
  maxRows: 64,
  maxBands: 8,
  blockIntervalMs: 2_000,
  timeoutMs: 10_000,
  maxTimeoutMs: 60_000,
  idleIntervalMs: 10_000,
  sampleDeadlineMs: 10_000,
  custodyFull: 8,
  retentionMs: 14 * 24 * 60 * 60 * 1_000,
} as const

export interface GenesisInit extends Partial<Omit<Genesis, 'name' | 'validators' | 'versions'>> {
  /** 1 to 64 letters, digits, dots, dashes or underlines. */
  readonly name: string
  readonly timestamp: number
  readonly validators: readonly Validator[]
}

/** A genesis with the defaults where `init` says nothing. Not judged. */
export const createGenesis = ({ name, timestamp, validators, ...others }: GenesisInit): Genesis => ({
  ...genesisDefaults,
  ...others,
  name: new TextEncoder().encode(name),
  timestamp,
  validators: [...validators],
  versions: [{ height: 0, version: PROTOCOL_VERSION }],
})

export const nameOf = (genesis: Pick<Genesis, 'name'>): string => new TextDecoder().decode(genesis.name)

/** SSZ bytes. Refuses, by throwing, what the types cannot hold. */
export const serializeGenesis = (genesis: Genesis): Uint8Array => GenesisType.serialize(genesis)

/** From SSZ bytes. Throws GenesisError `malformed`. Not judged. */
export const deserializeGenesis = (bytes: Uint8Array): Genesis => {
  try {
    return GenesisType.deserialize(bytes)
  } catch (cause) {
    throw new WeftError('malformed', 'expected the SSZ bytes of a genesis', { path: '' }, { cause })
  }
}

/**
 * Throws GenesisError unless a chain can be run by this genesis. Possessions cost a pairing check each (some tens of
 * milliseconds with noble): whoever has judged this chain id before may leave `bls` out.
 */
export const validateGenesis = (genesis: Genesis, bls?: Pick<BlsVerifier, 'verifyPossession'>): void => {
  checkName(genesis)
  range('timestamp', genesis.timestamp, 1, 2 ** 48)
  checkShape(genesis)
  checkTimes(genesis)
  checkVersions(genesis)
  checkValidators(genesis)
  if (bls !== undefined) checkPossessions(genesis, bls)
}

const fail = (code: GenesisErrorCode, path: string, message: string): never => {
  throw new WeftError(code, `${path}: ${message}`, { path })
}

const range = (path: string, value: number, least: number, most: number): void => {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    fail('out-of-range', path, `expected an integer from ${least} to ${most}, got ${value}`)
}

const checkName = (genesis: Genesis): void => {
  const name = nameOf(genesis)
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(name))
    fail(
      'out-of-range',
      'name',
      `expected 1 to 64 letters, digits, dots, dashes or underlines, got "${name}"`,
    )
}

const checkShape = ({ maxRows, maxBands, custodyFull }: Genesis): void => {
  range('maxRows', maxRows, 1, MAX_COMMITMENTS)
  range('maxBands', maxBands, 1, MAX_BANDS)
  if ((maxBands & (maxBands - 1)) !== 0)
    fail('out-of-range', 'maxBands', `expected a power of two, got ${maxBands}`)
  range('custodyFull', custodyFull, 1, COLUMNS)
}

const checkTimes = (genesis: Genesis): void => {
  range('blockIntervalMs', genesis.blockIntervalMs, 1, MAX_STEP_PER_HEIGHT_MS)
  range('idleIntervalMs', genesis.idleIntervalMs, 1, MAX_STEP_PER_HEIGHT_MS)
  range('maxTimeoutMs', genesis.maxTimeoutMs, 1, MAX_TIMER_MS)
  range('timeoutMs', genesis.timeoutMs, 1, genesis.maxTimeoutMs)
  range('sampleDeadlineMs', genesis.sampleDeadlineMs, 1, MAX_TIMER_MS)
  range('retentionMs', genesis.retentionMs, 1, 2 ** 48)
}

const checkVersions = ({ versions }: Genesis): void => {
  range('versions.length', versions.length, 1, 64)
  if (versions[0]?.height !== 0) fail('versions', 'versions', 'expected the first version from height 0 on')
  versions.forEach((step, i) => {
    range(`versions[${i}].height`, step.height, 0, Number.MAX_SAFE_INTEGER)
    range(`versions[${i}].version`, step.version, 1, 2 ** 16 - 1)
    const before = versions[i - 1] ?? { height: -1, version: 0 }
    if (step.height <= before.height || step.version <= before.version)
      fail('versions', `versions[${i}]`, 'expected heights and versions that ascend, versions from 1')
  })
}

const checkValidators = ({ validators }: Genesis): void => {
  range('validators.length', validators.length, 1, MAX_VALIDATORS)
  const keys = new Set<string>()
  const peers = new Set<string>()
  validators.forEach((validator, i) => {
    const path = `validators[${i}]`
    range(`${path}.weight`, validator.weight, 1, MAX_TOTAL_WEIGHT)
    if (!isPeerId(validator.peerId))
      fail('peer-id', `${path}.peerId`, 'expected the bytes of a libp2p peer id')
    const key = toHex(validator.publicKey)
    const peer = toHex(validator.peerId)
    if (keys.has(key)) fail('duplicate', `${path}.publicKey`, 'expected a key of its own')
    if (peers.has(peer)) fail('duplicate', `${path}.peerId`, 'expected a peer id of its own')
    keys.add(key)
    peers.add(peer)
  })
  range('total weight', sumOf(validators.map((validator) => validator.weight)), 1, MAX_TOTAL_WEIGHT)
}

const checkPossessions = ({ validators }: Genesis, bls: Pick<BlsVerifier, 'verifyPossession'>): void => {
  validators.forEach(({ publicKey, possession }, i) => {
    if (!bls.verifyPossession(publicKey, possession))
      fail('possession', `validators[${i}].possession`, 'expected a proof of possession of the public key')
  })
}
