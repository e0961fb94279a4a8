// Reading the small values of a request, each with one sentence that names what was expected and what came.

import { fromHex } from '../base/bytes.ts'
import { apiError } from './errors.ts'

/** 32 bytes of hex, such as a blobId or a root. */
export const parseRoot = (text: string, what: string): Uint8Array => {
  const bytes = fromHex(text, 32)
  if (bytes === undefined)
    throw apiError('bad-request', `expected ${what} as 64 hex digits, got "${clip(text)}"`)
  return bytes
}

/** A namespace of 29 bytes; whether it is a valid one is the node's to say. */
export const parseNamespace = (text: unknown): Uint8Array => {
  const bytes = typeof text === 'string' ? fromHex(text, 29) : undefined
  if (bytes === undefined) {
    throw apiError(
      'bad-namespace',
      `expected a namespace as 58 hex digits, got ${JSON.stringify(clip(String(text)))}`,
    )
  }
  return bytes
}

/** An integer within bounds, both included. */
export const parseInteger = (text: string, what: string, min: number, max: number): number => {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max)) {
    throw apiError('bad-request', `expected ${what} from ${min} to ${max}, got "${clip(text)}"`)
  }
  return value
}

/** Bytes of a base64 string (with or without padding), or an error: Buffer alone would skip what is not base64. */
export const parseBase64 = (text: string, what: string): Uint8Array => {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1) {
    throw apiError('bad-request', `expected ${what} in base64`)
  }
  const { buffer, byteOffset, byteLength } = Buffer.from(text, 'base64')
  return new Uint8Array(buffer, byteOffset, byteLength)
}

const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}...` : text)
