// Bytes and numbers as the clients of JSON-RPC write them: Go's hexutil (0x...) and Go's []byte (base64).

import { Type } from 'typebox'
import Format from 'typebox/format'
import { toHex } from '../../base/bytes.ts'
import { decodeBase64 } from '../parse.ts'
import { invalidParams } from './errors.ts'

// Formats, not patterns: what a group of digits repeats overflows the stack of V8's regular expressions at a few
// megabytes, and a blob has more.
const HEX_BYTES = 'hex-bytes'
const BASE64 = 'base64'
Format.Set(HEX_BYTES, (text) => decodeHex(text) !== undefined)
Format.Set(BASE64, (text) => text.length % 4 === 0 && decodeBase64(text) !== undefined)

/** geth's hexutil.Bytes. */
export const HexBytes = Type.String({ format: HEX_BYTES, description: 'bytes in hex with 0x' })

/** geth's hexutil.Uint64: no leading zeros; a plain number is taken too. */
export const HexNumber = Type.Union(
  [
    Type.String({ pattern: '^0x(0|[1-9a-fA-F][0-9a-fA-F]{0,15})$' }),
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  ],
  { description: 'a number in hex with 0x' },
)

/** Go's []byte: standard base64 with padding. */
export const Base64 = Type.String({
  format: BASE64,
  description: 'bytes in base64',
})

/** Bytes of hex with 0x; undefined where it is none. */
const decodeHex = (text: string): Uint8Array | undefined => {
  if (!text.startsWith('0x')) return undefined
  const { buffer, byteOffset, byteLength } = Buffer.from(text.slice(2), 'hex')
  // Buffer ends at the first pair that is no hex.
  if (2 * byteLength !== text.length - 2) return undefined
  return new Uint8Array(buffer, byteOffset, byteLength)
}

export const bytesOfHex = (hex: string): Uint8Array => decodeHex(hex) ?? new Uint8Array()
export const hexOfBytes = (bytes: Uint8Array): string => `0x${toHex(bytes)}`

/** Throws RpcError where the number is beyond what is exact. */
export const numberOfHex = (value: string | number, what: string): number => {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw invalidParams(`expected ${what} below 2^53`)
  return number
}

export const bytesOfBase64 = (text: string): Uint8Array => decodeBase64(text) ?? new Uint8Array()
export const base64OfBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')
