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

/** Bytes of a base64 string (with or without padding), or an error. */
export const parseBase64 = (text: string, what: string): Uint8Array => {
  const bytes = decodeBase64(text)
  if (bytes === undefined) throw apiError('bad-request', `expected ${what} in base64`)
  return bytes
}

/**
 * Bytes of a base64 string (with or without padding), undefined where it is none. By the length of what is decoded, since
 * Buffer skips what is not base64: a pattern takes 100 ms for ten megabytes.
 */
export const decodeBase64 = (text: string): Uint8Array | undefined => {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const digits = text.length - padding
  const { buffer, byteOffset, byteLength } = Buffer.from(text, 'base64')
  // Buffer takes base64url too.
  const isBase64 = digits % 4 !== 1 && byteLength === Math.floor((digits * 3) / 4) && !/[-_]/.test(text)
  return isBase64 ? new Uint8Array(buffer, byteOffset, byteLength) : undefined
}

const clip = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}...` : text)
