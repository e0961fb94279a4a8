// How large a leader's blocks are, by what was lost and by how long encoding took.

import test from 'ava'
import { createBlockSize } from '../../src/node/block-size.ts'

const init = { maxRows: 64, encodeMs: 3_000 }

test('blocks are as large as the chain allows until something speaks against it', (t) => {
  const size = createBlockSize(init)
  t.is(size.rows(), 64)
  size.encoded(64, 2_900)
  size.encoded(1, 200)
  size.held(64)
  size.lost(7, 0)
  t.is(size.rows(), 64)
})

test('a block that took too long to encode makes the next as large as fits, and quick ones let it grow', (t) => {
  const size = createBlockSize(init)
  size.encoded(64, 12_000)
  t.is(size.rows(), 16)
  size.encoded(16, 1_000)
  t.is(size.rows(), 32, 'at most twice what was tried')
  size.encoded(2, 10)
  t.is(size.rows(), 32, 'a small block says nothing of a large one')
  size.encoded(32, 1_500)
  t.is(size.rows(), 64)
  size.encoded(1, 100_000)
  t.is(size.rows(), 1, 'never none')
})

test('a lost block halves, once a height, and what is certified lets it grow again', (t) => {
  const size = createBlockSize(init)
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
