// Headers, certificates and entries as people and programs pass them on: JSON with byte strings as lower-case hex
// without a prefix, and a certificate's signers as one character a validator. Every field is stated and none may be
// unknown. Nothing here is judged.

import { BitArray } from '@chainsafe/ssz'
import { toHex } from '../base/bytes.ts'
import type { Entry } from '../grid/containers.ts'
import type { Certificate, Header } from './containers.ts'
import { bytesAt, malformed, numberAt, objectAt } from './json-fields.ts'
import { MAX_VALIDATORS } from './limits.ts'

export type Hexed<T> = { readonly [K in keyof T]: T[K] extends Uint8Array ? string : T[K] }

export interface CertificateJson {
  readonly kind: number
  readonly height: number
  readonly root: string
  /** A `1` for each validator that signed, a `0` for each that did not, in the order of genesis. */
  readonly signers: string
  readonly signature: string
}

/** The value with its byte strings in hex. */
export const hexed = <T extends object>(value: T): Hexed<T> =>
  Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, field instanceof Uint8Array ? toHex(field) : field]),
  ) as Hexed<T>

export const certificateToJson = (certificate: Certificate): CertificateJson => ({
  ...hexed({ ...certificate, signers: undefined }),
  signers: certificate.signers
    .toBoolArray()
    .map((signed) => (signed ? '1' : '0'))
    .join(''),
})

/** From parsed JSON. Throws WeftError `malformed`, as all below. */
export const certificateAt = (path: string, json: unknown): Certificate => {
  const certificate = objectAt(path, json, ['kind', 'height', 'root', 'signers', 'signature'])
  return {
    kind: numberAt(`${path}.kind`, certificate.kind, MAX_U8),
    height: numberAt(`${path}.height`, certificate.height),
    root: bytesAt(`${path}.root`, certificate.root, 32),
    signers: signersAt(`${path}.signers`, certificate.signers),
    signature: bytesAt(`${path}.signature`, certificate.signature, 96),
  }
}

export const entryAt = (path: string, json: unknown): Entry => {
  const entry = objectAt(path, json, ['blobId', 'namespace', 'startCell', 'length', 'flags'])
  return {
    namespace: bytesAt(`${path}.namespace`, entry.namespace, 29),
    startCell: numberAt(`${path}.startCell`, entry.startCell, MAX_U32),
    length: numberAt(`${path}.length`, entry.length),
    flags: numberAt(`${path}.flags`, entry.flags, MAX_U8),
    blobId: bytesAt(`${path}.blobId`, entry.blobId, 32),
  }
}

export const headerAt = (path: string, json: unknown): Header => {
  const header = objectAt(path, json, [...Object.keys(headerNumbers), ...headerRoots])
  const numbers = Object.entries(headerNumbers).map(([field, most]) => [
    field,
    numberAt(`${path}.${field}`, header[field], most),
  ])
  const roots = headerRoots.map((field) => [field, bytesAt(`${path}.${field}`, header[field], 32)])
  return Object.fromEntries([...numbers, ...roots]) as Header
}

const MAX_U8 = 2 ** 8 - 1
const MAX_U16 = 2 ** 16 - 1
const MAX_U32 = 2 ** 32 - 1

/** Fields and the largest number of each. */
const headerNumbers = {
  version: MAX_U16,
  height: Number.MAX_SAFE_INTEGER,
  parentHeight: Number.MAX_SAFE_INTEGER,
  timestamp: Number.MAX_SAFE_INTEGER,
  proposer: MAX_U16,
  rowCount: MAX_U16,
  entriesCell: MAX_U32,
} as const satisfies Partial<Record<keyof Header, number>>
const headerRoots = [
  'chainId',
  'parentRoot',
  'commitmentsRoot',
  'entriesRoot',
  'dataRoot',
  'proofsRoot',
  'validatorsRoot',
] as const satisfies readonly (keyof Header)[]

const signersAt = (path: string, value: unknown): BitArray => {
  if (typeof value !== 'string' || !/^[01]+$/.test(value) || value.length > MAX_VALIDATORS)
    throw malformed(path, 'one 0 or 1 a validator', value)
  return BitArray.fromBoolArray([...value].map((bit) => bit === '1'))
}
