// Genesis as people read and write it: one JSON object, bytes in hex with 0x, peer ids in their text form, times in
// milliseconds. Every field is stated and none may be unknown: a misspelt parameter must not become a default.

import { fromHex, toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { BlsVerifier } from './bls.ts'
import type { Genesis, Validator } from './containers.ts'
import { nameOf, validateGenesis } from './genesis.ts'
import { peerIdBytes, peerIdText } from './peer-id.ts'

export interface GenesisJson {
  readonly name: string
  readonly timestamp: number
  readonly maxRows: number
  readonly maxBands: number
  readonly blockIntervalMs: number
  readonly timeoutMs: number
  readonly maxTimeoutMs: number
  readonly idleIntervalMs: number
  readonly sampleDeadlineMs: number
  readonly custodyFull: number
  readonly retentionMs: number
  readonly versions: readonly { readonly height: number; readonly version: number }[]
  readonly validators: readonly {
    /** 0x and 96 hex digits. */
    readonly publicKey: string
    /** 0x and 192 hex digits. */
    readonly possession: string
    /** libp2p peer id, e.g. 12D3KooW... */
    readonly peerId: string
    readonly weight: number
  }[]
}

/** The JSON form. Throws GenesisError `peer-id` if a validator's peer id is none. */
export const genesisToJson = (genesis: Genesis): GenesisJson => {
  const { name: _, versions, validators, ...numbers } = genesis
  return {
    name: nameOf(genesis),
    ...numbers,
    versions: versions.map(({ height, version }) => ({ height, version })),
    validators: validators.map(({ publicKey, possession, peerId, weight }, i) => ({
      publicKey: `0x${toHex(publicKey)}`,
      possession: `0x${toHex(possession)}`,
      peerId:
        peerIdText(peerId) ?? fail('peer-id', `validators[${i}].peerId`, 'expected a libp2p peer id', peerId),
      weight,
    })),
  }
}

/** From parsed JSON, judged as by validateGenesis. Throws GenesisError. */
export const genesisFromJson = (json: unknown, bls?: Pick<BlsVerifier, 'verifyPossession'>): Genesis => {
  const object = fieldsOf('genesis', json, [...NUMBERS, 'name', 'versions', 'validators'])
  const genesis: Genesis = {
    ...(Object.fromEntries(NUMBERS.map((field) => [field, numberAt(field, object[field])])) as Record<
      (typeof NUMBERS)[number],
      number
    >),
    name: new TextEncoder().encode(textAt('name', object.name)),
    versions: listAt('versions', object.versions).map((value, i) => {
      const step = fieldsOf(`versions[${i}]`, value, ['height', 'version'])
      return {
        height: numberAt(`versions[${i}].height`, step.height),
        version: numberAt(`versions[${i}].version`, step.version),
      }
    }),
    validators: listAt('validators', object.validators).map((value, i) =>
      validatorAt(`validators[${i}]`, value),
    ),
  }
  validateGenesis(genesis, bls)
  return genesis
}

/** From the text of a genesis file. Throws GenesisError. */
export const parseGenesis = (text: string, bls?: Pick<BlsVerifier, 'verifyPossession'>): Genesis => {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new WeftError('malformed', 'expected a genesis file in JSON', { path: '' }, { cause })
  }
  return genesisFromJson(json, bls)
}

const NUMBERS = [
  'timestamp',
  'maxRows',
  'maxBands',
  'blockIntervalMs',
  'timeoutMs',
  'maxTimeoutMs',
  'idleIntervalMs',
  'sampleDeadlineMs',
  'custodyFull',
  'retentionMs',
] as const

const validatorAt = (path: string, value: unknown): Validator => {
  const fields = fieldsOf(path, value, ['publicKey', 'possession', 'peerId', 'weight'])
  const peerId = textAt(`${path}.peerId`, fields.peerId)
  return {
    publicKey: bytesAt(`${path}.publicKey`, fields.publicKey, 48),
    possession: bytesAt(`${path}.possession`, fields.possession, 96),
    peerId: peerIdBytes(peerId) ?? fail('peer-id', `${path}.peerId`, 'expected a libp2p peer id', peerId),
    weight: numberAt(`${path}.weight`, fields.weight),
  }
}

const fieldsOf = (path: string, value: unknown, names: readonly string[]): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail('malformed', path, 'expected an object', value)
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown !== undefined) fail('malformed', path, `expected only ${names.join(', ')}`, unknown)
  return value as Record<string, unknown>
}

const listAt = (path: string, value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : fail('malformed', path, 'expected a list', value)

const numberAt = (path: string, value: unknown): number =>
  typeof value === 'number' ? value : fail('malformed', path, 'expected a number', value)

const textAt = (path: string, value: unknown): string =>
  typeof value === 'string' ? value : fail('malformed', path, 'expected a text', value)

const bytesAt = (path: string, value: unknown, length: number): Uint8Array =>
  (typeof value === 'string' ? fromHex(value, length) : undefined) ??
  fail('malformed', path, `expected ${length} bytes in hex`, value)

const fail = (code: 'malformed' | 'peer-id', path: string, expected: string, got: unknown): never => {
  const shown = got instanceof Uint8Array ? toHex(got) : got === undefined ? 'nothing' : JSON.stringify(got)
  throw new WeftError(code, `${path}: ${expected}, got ${shown.slice(0, 80)}`, { path })
}
