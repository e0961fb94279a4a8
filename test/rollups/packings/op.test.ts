// Vectors: op-service/eth/blob_test.go of ethereum-optimism/optimism.

import test from 'ava'
import { concat, equal } from '../../../src/base/bytes.ts'
import { areCanonicalElements } from '../../../src/grid/canonical.ts'
import { OP_MAX_BYTES, packOp, unpackOp } from '../../../src/rollups/packings/op.ts'
import { bytesOf } from '../support.ts'

const ff = (count: number) => new Uint8Array(count).fill(0xff)
const rowOf = (...start: readonly Uint8Array[]) => {
  const row = new Uint8Array(131_072)
  row.set(concat(...start))
  return row
}

const vectors: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
  ['nothing', new Uint8Array(), rowOf()],
  ['one zero byte', new Uint8Array(1), rowOf(Uint8Array.of(0, 0, 0, 0, 1))],
  ['the most zeros', new Uint8Array(OP_MAX_BYTES), rowOf(Uint8Array.of(0, 0, 1, 0xfb, 0xfc))],
  ['27 bytes, which fill the first element', ff(27), rowOf(Uint8Array.of(0, 0, 0, 0, 0x1b), ff(27))],
  [
    '28 bytes, the last of which is split over two first bytes',
    ff(28),
    rowOf(Uint8Array.of(0x3f, 0, 0, 0, 0x1c), ff(27), Uint8Array.of(0x30)),
  ],
  ['32 bytes', ff(32), rowOf(Uint8Array.of(0x3f, 0, 0, 0, 0x20), ff(27), Uint8Array.of(0x30), ff(4))],
]
for (const [what, data, row] of vectors) {
  test(`${what}: the published row, and back`, (t) => {
    t.true(equal(packOp(data), row))
    t.true(equal(unpackOp(row), data))
  })
}

test('a row holds 130,044 bytes', (t) => {
  t.is(OP_MAX_BYTES, 130_044)
  t.throws(() => packOp(new Uint8Array(OP_MAX_BYTES + 1)), { code: 'too-long' })
})

test('every length near the edges of groups comes back, in field elements below the order', (t) => {
  const full = bytesOf(OP_MAX_BYTES, 7)
  for (const length of [1, 26, 30, 58, 59, 122, 123, 124, 250, 1_000, OP_MAX_BYTES - 1, OP_MAX_BYTES]) {
    const row = packOp(full.subarray(0, length))
    t.true(areCanonicalElements(row))
    t.true(equal(unpackOp(row), full.subarray(0, length)))
  }
})

const refused: readonly (readonly [string, Uint8Array])[] = [
  ['another version', rowOf(Uint8Array.of(0, 1, 0, 0, 1))],
  ['a length beyond the row', rowOf(Uint8Array.of(0, 0, 1, 0xfb, 0xfd))],
  ['bits in the first byte that no length asks for', rowOf(Uint8Array.of(0x30))],
  ['bytes after the length', rowOf(Uint8Array.of(0, 0, 0, 0, 1, 7, 1))],
  ['the highest bit of an element', rowOf(new Uint8Array(32), Uint8Array.of(0x80))],
  ['the second highest bit of an element', rowOf(new Uint8Array(32), Uint8Array.of(0x40))],
  ['a short row', new Uint8Array(131_071)],
]
for (const [what, row] of refused) {
  test(`${what} is refused`, (t) => {
    t.throws(() => unpackOp(row), { code: 'not-packed' })
  })
}
