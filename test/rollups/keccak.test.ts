// Vectors: the empty string's hash is a constant of the Ethereum Yellow Paper (EMPTY), "abc" is of the Keccak team's
// ShortMsgKAT_256; viem is asked about the rest.

import test from 'ava'
import { keccak256 as viemKeccak } from 'viem'
import { concat, toHex, utf8 } from '../../src/base/bytes.ts'
import { isKeccakCommitment, keccak256, keccakCommitment, matchesKeccak } from '../../src/rollups/keccak.ts'
import { decodeLocator, encodeLocator, LAYER_BYTE, LOCATOR_BYTES } from '../../src/rollups/locator.ts'
import { bytesOf } from './support.ts'

test('keccak-256 is the one before SHA-3', (t) => {
  t.is(toHex(keccak256(new Uint8Array())), 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
  t.is(toHex(keccak256(utf8('abc'))), '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45')
  for (const length of [1, 135, 136, 137, 10_000]) {
    const data = bytesOf(length, length)
    t.is(`0x${toHex(keccak256(data))}`, viemKeccak(data))
  }
})

test('a keccak commitment is a zero byte and the hash, and only of these bytes', (t) => {
  const commitment = keccakCommitment(utf8('abc'))
  t.is(toHex(commitment), '004e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45')
  t.true(matchesKeccak(commitment, utf8('abc')))
  t.false(matchesKeccak(commitment, utf8('abd')))
  t.false(isKeccakCommitment(commitment.subarray(1)))
  t.false(isKeccakCommitment(concat(Uint8Array.of(1), commitment.subarray(1))))
})

test('a locator is type, layer, version, height and blobId, and comes back', (t) => {
  const blobId = bytesOf(32, 1)
  const bytes = encodeLocator({ height: 0x0102_0304_0506, blobId })
  t.is(bytes.length, LOCATOR_BYTES)
  t.is(toHex(bytes), `0177000000010203040506${toHex(blobId)}`)
  t.deepEqual(decodeLocator(bytes), { height: 0x0102_0304_0506, blobId })
  t.true(LAYER_BYTE < 0x7f)
})

test('anything else is no locator', (t) => {
  const bytes = encodeLocator({ height: 1, blobId: bytesOf(32, 1) })
  for (const place of [0, 1, 2]) {
    t.is(decodeLocator(bytes.with(place, 9)), undefined)
  }
  t.is(decodeLocator(bytes.subarray(1)), undefined)
  t.is(decodeLocator(concat(bytes, Uint8Array.of(0))), undefined)
  t.is(decodeLocator(bytes.with(3, 0xff)), undefined)
})
