// Blobs and scalars that tests of KZG share: made from their names, so that fixtures can refer to them.

import { createHash } from 'node:crypto'
import { BLS_MODULUS, BYTES_PER_BLOB, FIELD_ELEMENTS_PER_BLOB } from '../../src/kernel/parameters.ts'

/** A scalar as 32 bytes, big-endian, reduced. */
export const scalar = (value: bigint): Uint8Array => {
  const reduced = ((value % BLS_MODULUS) + BLS_MODULUS) % BLS_MODULUS
  return new Uint8Array(Buffer.from(reduced.toString(16).padStart(64, '0'), 'hex'))
}

/** 32 bytes big-endian as an integer, reduced or not. */
export const rawScalar = (value: bigint): Uint8Array =>
  new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))

export const integerOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

/** A scalar that nobody chose. */
export const hashed = (seed: string): bigint =>
  BigInt(`0x${createHash('sha256').update(seed).digest('hex')}`) % BLS_MODULUS

const blobOf = (element: (index: number) => bigint): Uint8Array => {
  const blob = new Uint8Array(BYTES_PER_BLOB)
  for (let i = 0; i < FIELD_ELEMENTS_PER_BLOB; i++) blob.set(scalar(element(i)), 32 * i)
  return blob
}

/** A blob of scalars that nobody chose. */
export const randomBlob = (seed: string): Uint8Array => blobOf((i) => hashed(`${seed}/${i}`))

const extremes = [0n, 1n, BLS_MODULUS - 1n, (BLS_MODULUS - 1n) / 2n, 1n << 128n, (1n << 254n) - 1n]

/** Blobs by kind: what breaks windows, buckets, carries and special cases. */
export const blobs: Readonly<Record<string, Uint8Array>> = {
  random: randomBlob('random'),
  zero: blobOf(() => 0n),
  constant: blobOf(() => 2n),
  'all r - 1': blobOf(() => BLS_MODULUS - 1n),
  'one element, the first': blobOf((i) => (i === 0 ? 1n : 0n)),
  'one element, the last': blobOf((i) => (i === 4095 ? BLS_MODULUS - 1n : 0n)),
  sparse: blobOf((i) => (i % 97 === 0 ? hashed(`sparse/${i}`) : 0n)),
  extremes: blobOf((i) => extremes[i % extremes.length]!),
  'small numbers': blobOf((i) => BigInt(i % 7)),
  'equal halves': blobOf((i) => hashed(`half/${i % 2048}`)),
  'opposite neighbours': blobOf((i) => (i % 2 === 0 ? 5n : -5n)),
}

/** Points of evaluation: at and off the domain. */
export const places: Readonly<Record<string, Uint8Array>> = {
  hashed: scalar(hashed('z')),
  zero: scalar(0n),
  'one, in the domain': scalar(1n),
  'r - 1, in the domain': scalar(-1n),
}
