// Hex of bytes, held against Node's own.

import test from 'ava'
import { fromHex, toHex } from '../../src/base/bytes.ts'

test('hex is what Node writes, for all bytes and for strings longer than one piece', (t) => {
  for (const length of [0, 1, 32, 256, 4_095, 4_096, 4_097, 20_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 256)
    t.is(toHex(bytes), Buffer.from(bytes).toString('hex'))
    t.deepEqual(fromHex(toHex(bytes)), bytes)
  }
})
