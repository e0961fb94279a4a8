// No vectors are published: the encoding is built a second time here, bit by bit from its description, with RLP by
// viem, and the two must agree.

import test from 'ava'
import { toRlp } from 'viem'
import { equal } from '../../../src/base/bytes.ts'
import { areCanonicalElements } from '../../../src/grid/canonical.ts'
import { NITRO_BYTES_PER_ROW, packNitro, unpackNitro } from '../../../src/rollups/packings/nitro.ts'
import { areSame, bytesOf } from '../support.ts'

/** 31 bytes an element first; then the rest, lowest bit first, six bits into each first byte. */
const slowRows = (data: Uint8Array): readonly Uint8Array[] => {
  let rest = toRlp(data, 'bytes')
  const rows: Uint8Array[] = []
  while (rest.length > 0) {
    const row = new Uint8Array(131_072)
    for (let element = 0; element < 4_096; element++) {
      row.set(rest.subarray(0, 31), 32 * element + 1)
      rest = rest.subarray(31)
    }
    const extra = rest.subarray(0, 3_072)
    rest = rest.subarray(3_072)
    for (let bit = 0; bit < 8 * extra.length; bit++) {
      if ((extra[bit >> 3]! >> (bit & 7)) & 1) row[32 * Math.floor(bit / 6)]! |= 1 << (bit % 6)
    }
    rows.push(row)
  }
  return rows
}

const plain = 4_096 * 31
const lengths = [
  0,
  1,
  2,
  55,
  56,
  255,
  256,
  plain - 4,
  plain - 3,
  plain + 1,
  plain + 1_000,
  130_044,
  130_045,
  300_000,
]
for (const length of lengths) {
  test(`${length} bytes are the rows of the slow twin, and come back`, (t) => {
    const data = bytesOf(length, length)
    const rows = packNitro(data)
    t.true(areSame(rows, slowRows(data)))
    t.true(rows.every((row) => areCanonicalElements(row)))
    t.true(equal(unpackNitro(rows), data))
  })
}

test('a row holds 130,048 bytes of the RLP string', (t) => {
  t.is(NITRO_BYTES_PER_ROW, 130_048)
  t.is(packNitro(new Uint8Array(130_044)).length, 1)
  t.is(packNitro(new Uint8Array(130_045)).length, 2)
})

test('small bytes are their own RLP', (t) => {
  for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
    t.deepEqual(unpackNitro(packNitro(Uint8Array.of(byte))), Uint8Array.of(byte))
  }
})

const rowOf = (...bytes: number[]) => {
  const row = new Uint8Array(131_072)
  row.set(bytes, 1)
  return row
}
const refused: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ['no rows', []],
  ['a list in place of a string', [rowOf(0xc1, 1)]],
  ['a string that is longer than its rows', [rowOf(0xba, 2, 0, 0)]],
  ['a length with a leading zero', [rowOf(0xb9, 0, 60)]],
  ['a long form of a short string', [rowOf(0xb8, 55)]],
  ['a long form of a small byte', [rowOf(0x81, 1)]],
  ['an element above 254 bits', [new Uint8Array(131_072).fill(0x40, 32, 33)]],
  ['a short row', [new Uint8Array(32)]],
]
for (const [what, rows] of refused) {
  test(`${what} is refused`, (t) => {
    t.throws(() => unpackNitro(rows), { code: 'not-packed' })
  })
}
