// Bytes and numbers as the clients of JSON-RPC write them: Go's hexutil (0x...) and Go's []byte (base64).

import { Type } from 'typebox'
import { fromHex, toHex } from '../../base/bytes.ts'
import { invalidParams } from './errors.ts'

/** geth's hexutil.Bytes. */
export const HexBytes = Type.String({ pattern: '^0x([0-9a-fA-F]{2})*$', description: 'bytes in hex with 0x' })

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
  pattern: '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  description: 'bytes in base64',
})

export const bytesOfHex = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array()
export const hexOfBytes = (bytes: Uint8Array): string => `0x${toHex(bytes)}`

/** Throws RpcError where the number is beyond what is exact. */
export const numberOfHex = (value: string | number, what: string): number => {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw invalidParams(`expected ${what} below 2^53`)
  return number
}

export const bytesOfBase64 = (text: string): Uint8Array => {
  const { buffer, byteOffset, byteLength } = Buffer.from(text, 'base64')
  return new Uint8Array(buffer, byteOffset, byteLength)
}
export const base64OfBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')
