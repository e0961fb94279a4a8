// Scalars as bigints, for setting tables up and for the few that an operation needs once. Never in a hot loop.

import { BLS_MODULUS, BYTES_PER_FIELD_ELEMENT } from './parameters.ts'

/** x modulo r, in [0, r). */
export const toScalar = (x: bigint): bigint => ((x % BLS_MODULUS) + BLS_MODULUS) % BLS_MODULUS

export const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n
  let square = toScalar(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % BLS_MODULUS
    square = (square * square) % BLS_MODULUS
  }
  return result
}

/** Inverse modulo r; 0 of 0. */
export const inverse = (x: bigint): bigint => {
  let [r0, r1, s0, s1] = [toScalar(x), BLS_MODULUS, 1n, 0n]
  while (r1 !== 0n) {
    const quotient = r0 / r1
    ;[r0, r1] = [r1, r0 - quotient * r1]
    ;[s0, s1] = [s1, s0 - quotient * s1]
  }
  return toScalar(s0)
}

/** omega_n = 7^((r-1)/n), for n a power of two (EIP-4844, PRIMITIVE_ROOT_OF_UNITY). */
export const rootOfUnity = (n: number): bigint => power(7n, (BLS_MODULUS - 1n) / BigInt(n))

/** The lowest `bits` bits of `value`, reversed. */
export const reverseBits = (value: number, bits: number): number => {
  let reversed = 0
  for (let i = 0; i < bits; i++) reversed = (reversed << 1) | ((value >> i) & 1)
  return reversed
}

/** Big-endian bytes of 0 <= x < 2^256. */
export const scalarToBytes = (x: bigint): Uint8Array => {
  const bytes = new Uint8Array(BYTES_PER_FIELD_ELEMENT)
  const view = new DataView(bytes.buffer)
  for (let word = 3, rest = x; word >= 0; word--, rest >>= 64n)
    view.setBigUint64(8 * word, BigInt.asUintN(64, rest))
  return bytes
}

/** The big-endian integer of 32 bytes, whatever its size. */
export const bytesToInteger = (bytes: Uint8Array): bigint => {
  if (bytes.length !== BYTES_PER_FIELD_ELEMENT) {
    throw new RangeError(`expected ${BYTES_PER_FIELD_ELEMENT} bytes, got ${bytes.length}`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let x = 0n
  for (let word = 0; word < 4; word++) x = (x << 64n) | view.getBigUint64(8 * word)
  return x
}

/** The scalar in 32 bytes; RangeError unless below r. */
export const bytesToScalar = (bytes: Uint8Array): bigint => {
  const x = bytesToInteger(bytes)
  if (x >= BLS_MODULUS) throw new RangeError('expected a scalar below r, got a larger one')
  return x
}
