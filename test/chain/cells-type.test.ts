// The list of cells against SSZ's own list type: the same bytes, roots and refusals, and one piece of memory.

import { randomBytes } from 'node:crypto'
import { ByteVectorType, ListCompositeType } from '@chainsafe/ssz'
import test from 'ava'
import { CellsType } from '../../src/chain/cells-type.ts'
import { ColumnType } from '../../src/chain/containers.ts'

const plain = new ListCompositeType(new ByteVectorType(2_048), 256)
const cellsOf = (count: number) => Array.from({ length: count }, () => new Uint8Array(randomBytes(2_048)))

test('cells are the same as in the list type of the library', (t) => {
  for (const count of [0, 1, 5, 256]) {
    const cells = cellsOf(count)
    const bytes = CellsType.serialize(cells)
    t.deepEqual(bytes, plain.serialize(cells))
    t.deepEqual(CellsType.deserialize(bytes), cells)
    t.deepEqual(CellsType.deserialize(bytes, { reuseBytes: true }), cells)
    t.deepEqual(CellsType.hashTreeRoot(cells), plain.hashTreeRoot(cells))
  }
  for (const length of [1, 2_047, 2_049, 257 * 2_048]) {
    t.throws(() => plain.deserialize(new Uint8Array(length)))
    t.throws(() => CellsType.deserialize(new Uint8Array(length)))
  }
})

test('decoded cells lie in one piece of memory of their own, and nothing else of the message with them', (t) => {
  const column = { ...ColumnType.defaultValue(), cells: cellsOf(7), branch: [new Uint8Array(32).fill(1)] }
  const bytes = ColumnType.serialize(column)
  // As a part of something larger, and as what Node's streams give.
  const frame = Buffer.alloc(bytes.length + 20)
  frame.set(bytes, 10)
  for (const message of [bytes, frame.subarray(10, 10 + bytes.length)]) {
    const { header, cells, branch } = ColumnType.deserialize(message)
    t.deepEqual(cells, column.cells)
    t.deepEqual(new Set(cells.map(({ buffer }) => buffer.byteLength)), new Set([7 * 2_048]))
    t.is(new Set(cells.map(({ buffer }) => buffer)).size, 1)
    for (const other of [header.signature, header.message.dataRoot, branch[0]!]) {
      t.not(other.buffer, cells[0]!.buffer)
    }
    message[message.length - 1]! ^= 1
    message[message.length - 300]! ^= 1
    t.deepEqual(cells, column.cells)
    message[message.length - 1]! ^= 1
    message[message.length - 300]! ^= 1
  }
})
