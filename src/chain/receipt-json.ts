// A receipt as people and programs pass it on: JSON with byte strings as lower-case hex without a prefix, and the
// certificate's signers as one character a validator. Every field is stated and none may be unknown.

import { BitArray } from '@chainsafe/ssz'
import { fromHex, toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { Header } from './containers.ts'
import { MAX_VALIDATORS } from './limits.ts'
import { MAX_RECEIPT_HEADERS, type Receipt } from './receipt.ts'

type Hexed<T> = { readonly [K in keyof T]: T[K] extends Uint8Array ? string : T[K] }

export interface ReceiptJson {
  readonly version: number
  readonly chainId: string
  /** The first is that of the blob's block, the last that of the certificate. */
  readonly headers: readonly Hexed<Header>[]
  readonly certificate: {
    readonly kind: number
    readonly height: number
    readonly root: string
    /** A `1` for each validator that signed, a `0` for each that did not, in the order of genesis. */
    readonly signers: string
    readonly signature: string
  }
  readonly entry: {
    readonly blobId: string
    readonly namespace: string
    readonly startCell: number
    readonly length: number
    readonly flags: number
  }
  readonly entryIndex: number
  readonly entryPath: readonly string[]
  readonly commitments: readonly string[]
}

export const receiptToJson = (receipt: Receipt): ReceiptJson => {
  const { version, chainId, headers, certificate, entry, entryIndex, entryPath, commitments } = receipt
  return {
    version,
    chainId: toHex(chainId),
    headers: headers.map(hexed),
    certificate: {
      ...hexed({ ...certificate, signers: undefined }),
      signers: certificate.signers
        .toBoolArray()
        .map((signed) => (signed ? '1' : '0'))
        .join(''),
    },
    entry: hexed(entry),
    entryIndex,
    entryPath: entryPath.map(toHex),
    commitments: commitments.map(toHex),
  }
}

/** From parsed JSON. Throws WeftError `malformed`. Not judged. */
export const receiptFromJson = (json: unknown): Receipt => {
  const whole = objectAt('receipt', json, receiptFields)
  const certificate = objectAt('certificate', whole.certificate, certificateFields)
  const entry = objectAt('entry', whole.entry, entryFields)
  return {
    version: numberAt('version', whole.version),
    chainId: bytesAt('chainId', whole.chainId, 32),
    headers: listAt('headers', whole.headers, MAX_RECEIPT_HEADERS).map((header, i) =>
      headerAt(`headers[${i}]`, header),
    ),
    certificate: {
      kind: numberAt('certificate.kind', certificate.kind),
      height: numberAt('certificate.height', certificate.height),
      root: bytesAt('certificate.root', certificate.root, 32),
      signers: signersAt('certificate.signers', certificate.signers),
      signature: bytesAt('certificate.signature', certificate.signature, 96),
    },
    entry: {
      namespace: bytesAt('entry.namespace', entry.namespace, 29),
      startCell: numberAt('entry.startCell', entry.startCell),
      length: numberAt('entry.length', entry.length),
      flags: numberAt('entry.flags', entry.flags),
      blobId: bytesAt('entry.blobId', entry.blobId, 32),
    },
    entryIndex: numberAt('entryIndex', whole.entryIndex),
    entryPath: listAt('entryPath', whole.entryPath, 64).map((node, i) =>
      bytesAt(`entryPath[${i}]`, node, 32),
    ),
    commitments: listAt('commitments', whole.commitments, 256).map((one, i) =>
      bytesAt(`commitments[${i}]`, one, 48),
    ),
  }
}

const receiptFields = [
  'version',
  'chainId',
  'headers',
  'certificate',
  'entry',
  'entryIndex',
  'entryPath',
  'commitments',
]
const certificateFields = ['kind', 'height', 'root', 'signers', 'signature']
const entryFields = ['blobId', 'namespace', 'startCell', 'length', 'flags']
const headerNumbers = [
  'version',
  'height',
  'parentHeight',
  'timestamp',
  'proposer',
  'rowCount',
  'entriesCell',
] as const
const headerRoots = [
  'chainId',
  'parentRoot',
  'commitmentsRoot',
  'entriesRoot',
  'dataRoot',
  'proofsRoot',
  'validatorsRoot',
] as const

const headerAt = (path: string, json: unknown): Header => {
  const header = objectAt(path, json, [...headerNumbers, ...headerRoots])
  const numbers = headerNumbers.map((field) => [field, numberAt(`${path}.${field}`, header[field])])
  const roots = headerRoots.map((field) => [field, bytesAt(`${path}.${field}`, header[field], 32)])
  return Object.fromEntries([...numbers, ...roots]) as Header
}

const hexed = <T extends object>(value: T): Hexed<T> =>
  Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, field instanceof Uint8Array ? toHex(field) : field]),
  ) as Hexed<T>

const malformed = (path: string, expected: string, got: unknown) =>
  new WeftError('malformed', `${path}: expected ${expected}, got ${JSON.stringify(got)?.slice(0, 80)}`, {
    path,
  })

const objectAt = (
  path: string,
  json: unknown,
  fields: readonly string[],
): Readonly<Record<string, unknown>> => {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw malformed(path, 'an object', json)
  const names = Object.keys(json)
  const isWhole = names.length === fields.length && fields.every((field) => names.includes(field))
  if (!isWhole) throw malformed(path, `the fields ${fields.join(', ')}`, names)
  return json as Readonly<Record<string, unknown>>
}

const numberAt = (path: string, value: unknown): number => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw malformed(path, 'a whole number', value)
  return value
}

const bytesAt = (path: string, value: unknown, length: number): Uint8Array => {
  const bytes = typeof value === 'string' ? fromHex(value, length) : undefined
  if (bytes === undefined) throw malformed(path, `${2 * length} hex digits`, value)
  return bytes
}

const listAt = (path: string, value: unknown, most: number): readonly unknown[] => {
  if (!Array.isArray(value) || value.length > most) throw malformed(path, `a list of at most ${most}`, value)
  return value
}

const signersAt = (path: string, value: unknown): BitArray => {
  if (typeof value !== 'string' || !/^[01]+$/.test(value) || value.length > MAX_VALIDATORS)
    throw malformed(path, 'one 0 or 1 a validator', value)
  return BitArray.fromBoolArray([...value].map((bit) => bit === '1'))
}
