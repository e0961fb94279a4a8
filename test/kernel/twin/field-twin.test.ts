// The twin against libraries of others (node-eth-kzg for rows) and against the code's definition (noble's field).

import { randomBytes } from 'node:crypto'
import { DasContextJs } from '@crate-crypto/node-eth-kzg'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import test from 'ava'
import { createFieldTwin } from '../../../src/kernel/twin/field-twin.ts'

const twin = createFieldTwin()
const Fr = bls12_381.fields.Fr
const context = DasContextJs.create({ usePrecomp: false })

const element = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(32)
  for (let i = 31, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 255n)
  return bytes
}
const integer = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const randomElements = (count: number): Uint8Array => {
  const bytes = new Uint8Array(randomBytes(32 * count))
  for (let i = 0; i < count; i++) bytes[32 * i] = bytes[32 * i]! & 0x3f
  return bytes
}
const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const cellsAt = (cells: Uint8Array, indices: readonly number[]): Uint8Array =>
  join(indices.map((index) => cells.subarray(2048 * index, 2048 * (index + 1))))

test('a row is extended to the cells that another library computes', (t) => {
  const blob = randomElements(4096)
  t.deepEqual(twin.extendRow(blob), join(context.computeCells(blob)))
})

test('a row comes back from any 64 cells, and from more that agree', (t) => {
  const cells = twin.extendRow(randomElements(4096))
  const last = Array.from({ length: 64 }, (_, i) => 64 + i)
  const odd = Array.from({ length: 64 }, (_, i) => 2 * i + 1)
  const most = Array.from({ length: 127 }, (_, i) => i + 1)
  for (const indices of [last, odd, most])
    t.deepEqual(twin.recoverRow(indices, cellsAt(cells, indices)), cells)
})

test('surplus cells that contradict the others are refused', (t) => {
  const cells = twin.extendRow(randomElements(4096))
  const indices = Array.from({ length: 65 }, (_, i) => i)
  const some = cellsAt(cells, indices)
  some[64 * 2048 + 31]! ^= 1
  t.throws(() => twin.recoverRow(indices, some), { instanceOf: RangeError })
})

test('extended bands lie on the polynomial of degree below B through the data bands', (t) => {
  for (const bands of [1, 2, 4, 8, 64]) {
    const data = randomElements(bands)
    const all = twin.extendBands(bands, data)
    const root = Fr.pow(7n, (Fr.ORDER - 1n) / BigInt(2 * bands))
    const bits = Math.log2(2 * bands)
    const point = (band: number): bigint => {
      const reversed =
        bits === 0 ? 0 : Number.parseInt(band.toString(2).padStart(bits, '0').split('').reverse().join(''), 2)
      return Fr.pow(root, BigInt(reversed))
    }
    const values = Array.from({ length: 2 * bands }, (_, band) =>
      integer(all.subarray(32 * band, 32 * band + 32)),
    )
    // Divided differences of order B and above vanish on a polynomial of degree below B.
    let differences = values
    for (let order = 1; order <= bands; order++) {
      differences = differences
        .slice(1)
        .map((value, i) => Fr.div(Fr.sub(value, differences[i]!), Fr.sub(point(i + order), point(i))))
    }
    t.deepEqual(all.subarray(0, 32 * bands), data)
    t.true(
      differences.every((value) => value === 0n),
      `B = ${bands}`,
    )
  }
})

test('for B = 1 the second band repeats the first', (t) => {
  const data = randomElements(64)
  t.deepEqual(twin.extendBands(1, data), join([data, data]))
})

test('bands come back from any B of them, and contradictions are refused', (t) => {
  for (const bands of [1, 2, 8]) {
    const all = twin.extendBands(bands, randomElements(3 * bands))
    const pick = (indices: readonly number[]) => join(indices.map((i) => all.subarray(96 * i, 96 * i + 96)))
    const odd = Array.from({ length: bands }, (_, i) => 2 * i + 1)
    t.deepEqual(twin.recoverBands(bands, odd, pick(odd)), all)
    const more = Array.from({ length: bands + 1 }, (_, i) => i)
    t.deepEqual(twin.recoverBands(bands, more, pick(more)), all)
    const wrong = pick(more)
    wrong[wrong.length - 1]! ^= 1
    t.throws(() => twin.recoverBands(bands, more, wrong), { instanceOf: RangeError })
  }
})

test('band coefficients make an extended band of the data bands', (t) => {
  const all = twin.extendBands(8, randomElements(8 * 2))
  const chunks = Array.from({ length: 16 }, (_, i) => all.subarray(64 * i, 64 * i + 64))
  for (let band = 8; band < 16; band++) {
    t.deepEqual(twin.combine(chunks.slice(0, 8), twin.bandCoefficients(8, band)), chunks[band])
  }
})

test('powers and reduction agree with another field library', (t) => {
  const x = randomElements(1)
  const expected = Array.from({ length: 5 }, (_, i) => element(Fr.pow(integer(x), BigInt(i))))
  t.deepEqual([...twin.powers(x, 5)], expected)
  t.deepEqual([...twin.powers(x, 0)], [])
  const digest = new Uint8Array(32).fill(0xff)
  t.deepEqual(twin.reduce(digest), element(Fr.create(integer(digest))))
})

test('scalars that are not canonical and lengths that do not fit are refused', (t) => {
  const r = element(Fr.ORDER)
  const range = { instanceOf: RangeError }
  t.false(twin.areCanonical(r))
  t.true(twin.areCanonical(element(Fr.ORDER - 1n)))
  t.true(twin.areCanonical(new Uint8Array()))
  t.throws(() => twin.areCanonical(new Uint8Array(31)), range)
  t.throws(() => twin.combine([r], [element(1n)]), range)
  t.throws(() => twin.combine([element(1n)], [r]), range)
  t.throws(() => twin.combine([], []), range)
  t.throws(() => twin.combine([element(1n), new Uint8Array(64)], [element(1n), element(1n)]), range)
  t.throws(() => twin.powers(r, 2), range)
  t.throws(() => twin.extendRow(new Uint8Array(131_071)), range)
  t.throws(() => twin.extendBands(3, new Uint8Array(96)), range)
  t.throws(() => twin.extendBands(128, new Uint8Array(128 * 32)), range)
  t.throws(() => twin.recoverBands(2, [1, 0], new Uint8Array(64)), range)
  t.throws(() => twin.recoverBands(2, [0, 4], new Uint8Array(64)), range)
  t.throws(() => twin.recoverBands(2, [0], new Uint8Array(32)), range)
  t.throws(() => twin.bandCoefficients(8, 7), range)
  t.throws(() => twin.bandCoefficients(8, 16), range)
  t.throws(() => twin.recoverRow([0, 0], new Uint8Array(4096)), range)
})
