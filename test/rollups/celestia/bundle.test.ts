// Several of Celestia's blobs in one publication: the form is read back whole or not at all.

import test from 'ava'
import fc from 'fast-check'
import { concat, toHex, utf8 } from '../../../src/base/bytes.ts'
import { BUNDLE_MAGIC, decodeBundle, encodeBundle } from '../../../src/rollups/celestia/bundle.ts'

const plain = (data: Uint8Array) => ({ shareVersion: 0, data }) as const

test('one blob without a signer is published as its own bytes', (t) => {
  const data = utf8('as it is')
  t.is(encodeBundle([plain(data)]), data)
  t.deepEqual(decodeBundle(data), [{ ...plain(data), offset: 0 }])
})

test('whatever is bundled comes back, each blob where it says that it is', (t) => {
  const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max })
  const blob = fc.oneof(
    bytes(1, 60).map(plain),
    fc
      .tuple(bytes(1, 60), bytes(20, 20))
      .map(([data, signer]) => ({ shareVersion: 1, signer, data }) as const),
    bytes(0, 60).map((rest) => plain(concat(BUNDLE_MAGIC, rest))),
  )
  fc.assert(
    fc.property(fc.array(blob, { minLength: 1, maxLength: 8 }), (blobs) => {
      const whole = encodeBundle(blobs)
      const found = decodeBundle(whole)
      t.is(found.length, blobs.length)
      for (const [i, { offset, ...one }] of found.entries()) {
        t.deepEqual(one, blobs[i])
        t.is(toHex(whole.subarray(offset, offset + one.data.length)), toHex(one.data))
      }
    }),
  )
})

test('what is no bundle to the last byte is a plain blob', (t) => {
  const whole = encodeBundle([plain(utf8('one')), plain(utf8('two'))])
  t.is(
    toHex(whole),
    `${toHex(utf8('weft.celestia.v1'))}0000000003${toHex(utf8('one'))}0000000003${toHex(utf8('two'))}`,
  )
  const others = [
    BUNDLE_MAGIC,
    whole.subarray(0, -1),
    concat(whole, Uint8Array.of(0)),
    whole.with(16, 2),
    concat(BUNDLE_MAGIC, Uint8Array.of(0, 0, 0, 0, 0)),
    concat(BUNDLE_MAGIC, Uint8Array.of(1, 0, 0, 0, 1, 9)),
    concat(BUNDLE_MAGIC, ...Array.from({ length: 1_025 }, () => Uint8Array.of(0, 0, 0, 0, 1, 7))),
    whole.with(0, 0),
  ]
  for (const [i, bytes] of others.entries())
    t.deepEqual(decodeBundle(bytes), [{ ...plain(bytes), offset: 0 }], `${i}`)
})
