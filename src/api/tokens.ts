// Bearer tokens: who may do what. A token is `weft_<id>_<secret>`; kept is only the SHA-256 of it, so that whoever reads
// the file cannot use it. The id finds the record, the hashes are compared in constant time.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { toHex } from '../base/bytes.ts'

/** Each includes those before it. */
export const rights = ['read', 'write', 'admin'] as const
export type Right = (typeof rights)[number]

export interface TokenRecord {
  /** 12 hex digits, in the token and in logs. */
  readonly id: string
  /** For people. */
  readonly name: string
  /** SHA-256 of the token's text, hex. */
  readonly hash: string
  readonly right: Right
  /** Namespaces (58 hex digits) that it may publish in; all where left out. */
  readonly namespaces?: readonly string[] | undefined
  /** Requests a minute at most. */
  readonly ratePerMinute?: number | undefined
  /** Requests at once at most. */
  readonly atOnce?: number | undefined
  /** Bytes of a body at most. */
  readonly maxBodyBytes?: number | undefined
  readonly createdMs: number
}

const ID_BYTES = 6
const SECRET_BYTES = 32
const FORM = /^weft_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/

/** A new token: its text, to be shown once, and what is kept of it. */
export const createToken = (
  about: Omit<TokenRecord, 'id' | 'hash'>,
): { readonly text: string; readonly record: TokenRecord } => {
  const id = toHex(randomBytes(ID_BYTES))
  const text = `weft_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`
  return { text, record: { id, hash: toHex(hashOf(text)), ...about } }
}

/** The record of a token, or undefined where there is none or the secret is another. */
export const findToken = (text: string, records: readonly TokenRecord[]): TokenRecord | undefined => {
  const [, id] = FORM.exec(text) ?? []
  const record = records.find((one) => one.id === id)
  const kept = record === undefined ? new Uint8Array(32) : Buffer.from(record.hash, 'hex')
  const same = kept.length === 32 && timingSafeEqual(kept, hashOf(text))
  return same ? record : undefined
}

/** Whether a right includes another. */
export const includesRight = (own: Right, wanted: Right): boolean =>
  rights.indexOf(own) >= rights.indexOf(wanted)

const hashOf = (text: string): Uint8Array => createHash('sha256').update(text).digest()
