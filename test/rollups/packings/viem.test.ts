import test from 'ava'
import { fromBlobs, toBlobs } from 'viem'
import { equal } from '../../../src/base/bytes.ts'
import { packViem, unpackViem, VIEM_BYTES_PER_ROW } from '../../../src/rollups/packings/viem.ts'
import { areSame, bytesOf } from '../support.ts'

const row = VIEM_BYTES_PER_ROW
for (const length of [1, 30, 31, 32, 62, 1_000, row - 1, row, row + 1, 2 * row - 1, 300_000]) {
  test(`${length} bytes are the rows that viem makes of them, and come back through both`, (t) => {
    const data = bytesOf(length, length)
    const rows = packViem(data)
    t.true(areSame(rows, toBlobs({ data, to: 'bytes' })))
    t.true(equal(unpackViem(rows), data))
    t.true(equal(fromBlobs({ blobs: [...rows], to: 'bytes' }), data))
  })
}

test('zeros at the end are kept', (t) => {
  t.deepEqual(unpackViem(packViem(new Uint8Array(100))), new Uint8Array(100))
})

test('no bytes make no blob, as with viem', (t) => {
  t.throws(() => packViem(new Uint8Array()), { instanceOf: RangeError })
  t.throws(() => toBlobs({ data: new Uint8Array() }))
})

const rowOf = (place: number, byte: number) => {
  const bytes = new Uint8Array(131_072)
  bytes[place] = byte
  return bytes
}
const refused: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ['no rows', []],
  ['a row without an end', [rowOf(1, 0x7f)]],
  ['a row of zeros', [new Uint8Array(131_072)]],
  ['an element of 249 bits', [rowOf(32, 1)]],
  ['a short row', [new Uint8Array(32)]],
]
for (const [what, rows] of refused) {
  test(`${what} is refused`, (t) => {
    t.throws(() => unpackViem(rows), { code: 'not-packed' })
  })
}
