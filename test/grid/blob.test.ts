// Blobs by themselves: the blobId against its formula written out, namespaces in Celestia's format.

import { createHash } from 'node:crypto'
import test from 'ava'
import { blobIdOf, isNamespace, isSameBlob, namespaceOf } from '../../src/grid/blob.ts'
import { flipped, nodeSha256, randomBlob } from './support.ts'

test('a blobId hashes domain, namespace, flags, length as u64 and bytes', (t) => {
  const blob = randomBlob('n', 70_000, 1)
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(70_000n)
  const preimage = Buffer.concat([
    Buffer.from('weft.blob.v1'),
    blob.namespace,
    Buffer.of(1),
    length,
    blob.data,
  ])
  const expected = new Uint8Array(createHash('sha256').update(preimage).digest())
  t.deepEqual(blobIdOf(blob), expected)
  t.deepEqual(blobIdOf(blob, nodeSha256), expected)
})

test('a blob is the same only with the same namespace, flags and bytes', (t) => {
  const blob = randomBlob('n', 100)
  const others = [
    { ...blob, flags: 1 },
    { ...blob, namespace: namespaceOf(Uint8Array.of(1)) },
    { ...blob, data: flipped(blob.data, 99) },
    { ...blob, data: blob.data.subarray(0, 99) },
  ]
  t.true(isSameBlob(blob, { ...blob, data: blob.data.slice() }))
  for (const other of others) {
    t.false(isSameBlob(blob, other))
    t.notDeepEqual(blobIdOf(blob), blobIdOf(other))
  }
})

test('a namespace is version 0, 18 zero bytes and an id of 10', (t) => {
  const namespace = namespaceOf(Uint8Array.of(1, 2))
  t.is(namespace.length, 29)
  t.deepEqual(namespace.subarray(19), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 2))
  t.true(isNamespace(namespace))
  t.true(isNamespace(namespaceOf(new Uint8Array(10).fill(255))))
  for (let at = 0; at < 19; at++) t.false(isNamespace(flipped(namespace, at)))
  for (let at = 19; at < 29; at++) t.true(isNamespace(flipped(namespace, at)))
  for (const length of [0, 28, 30]) t.false(isNamespace(new Uint8Array(length)))
  for (const length of [0, 11])
    t.throws(() => namespaceOf(new Uint8Array(length)), { instanceOf: RangeError })
})
