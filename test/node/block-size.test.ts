// How large a leader's blocks are, by what was lost and by how long encoding took.

import test from 'ava'
import { createBlockSize } from '../../src/node/block-size.ts'

const init = { maxRows: 64, maxBands: 8, encodeMs: 3_000 }

/** Trusted with whole blocks. */
const grown = () => {
  const size = createBlockSize(init)
  size.held(16)
  size.held(32)
  return size
}

test('blocks begin small, double with each that is certified, and are as large as the chain allows', (t) => {
  const size = createBlockSize(init)
  t.is(size.rows(), 16)
  size.held(8)
  t.is(size.rows(), 16, 'a small block proves nothing')
  size.held(9)
  t.is(size.rows(), 32)
  size.held(32)
  t.is(size.rows(), 64)
  size.encoded(64, 2_900)
  size.encoded(1, 200)
  size.held(64)
  size.lost(7, 0)
  t.is(size.rows(), 64)
})

test('a block that took too long to encode makes the next as large as fits, and quick ones let it grow', (t) => {
  const size = grown()
  // A row costs 37 ms and a band 122: 64 rows of 8 bands 3.3 s.
  size.encoded(64, 3_344)
  t.is(size.rows(), 54)
  size.encoded(54, 2 * (54 + 26.4) * 37)
  t.is(size.rows(), 14, 'half as fast: the proofs of eight bands take as long as before')
  size.encoded(14, 4 * (14 + 26.4) * 37)
  t.is(size.rows(), 4, 'with four bands')
  size.encoded(4, 10)
  t.is(size.rows(), 8, 'at most twice what was tried')
  size.encoded(2, 10)
  t.is(size.rows(), 8, 'a small block says nothing of a large one')
  size.encoded(8, 1_300)
  t.is(size.rows(), 16)
  size.encoded(1, 100_000)
  t.is(size.rows(), 1, 'never none')
})

test('a lost block halves, once a height, and what is certified lets it grow again, slowly', (t) => {
  const size = grown()
  size.lost(5, 40)
  t.is(size.rows(), 20)
  size.lost(5, 40)
  t.is(size.rows(), 20, 'the same height')
  size.lost(6, 20)
  t.is(size.rows(), 10)
  size.held(3)
  t.is(size.rows(), 10, 'a small block proves nothing')
  size.held(10)
  t.is(size.rows(), 18)
  for (let i = 0; i < 10; i++) size.held(64)
  t.is(size.rows(), 64)
})
