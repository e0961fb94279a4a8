// A receipt as people and programs pass it on: JSON, byte strings as lower-case hex without a prefix. Every field is
// stated and none may be unknown.

import { toHex } from '../base/bytes.ts'
import type { Entry } from '../grid/containers.ts'
import {
  type CertificateJson,
  certificateAt,
  certificateToJson,
  entryAt,
  type Hexed,
  headerAt,
  hexed,
} from './container-json.ts'
import type { Header } from './containers.ts'
import { bytesAt, listAt, numberAt, objectAt } from './json-fields.ts'
import { MAX_RECEIPT_HEADERS, type Receipt } from './receipt.ts'

export interface ReceiptJson {
  readonly version: number
  readonly chainId: string
  /** The first is that of the blob's block, the last that of the certificate. */
  readonly headers: readonly Hexed<Header>[]
  readonly certificate: CertificateJson
  readonly entry: Hexed<Entry>
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
    certificate: certificateToJson(certificate),
    entry: hexed(entry),
    entryIndex,
    entryPath: entryPath.map(toHex),
    commitments: commitments.map(toHex),
  }
}

/** From parsed JSON. Throws WeftError `malformed`. Not judged. */
export const receiptFromJson = (json: unknown): Receipt => {
  const whole = objectAt('receipt', json, receiptFields)
  return {
    version: numberAt('version', whole.version),
    chainId: bytesAt('chainId', whole.chainId, 32),
    headers: listAt('headers', whole.headers, MAX_RECEIPT_HEADERS).map((header, i) =>
      headerAt(`headers[${i}]`, header),
    ),
    certificate: certificateAt('certificate', whole.certificate),
    entry: entryAt('entry', whole.entry),
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
