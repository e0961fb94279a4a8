import { createHash } from 'node:crypto'
import test from 'ava'
import fc from 'fast-check'
import { custodyGroups, fullNodeCustody, validatorCustody } from '../../src/chain/custody.ts'

/** EIP-7594's get_custody_groups, written from the EIP with integers and node's SHA-256. */
const slowGroups = (nodeId: bigint, count: number): number[] => {
  const groups: number[] = []
  for (let id = nodeId; groups.length < count; id = (id + 1n) % 2n ** 256n) {
    const littleEndian = Buffer.from(id.toString(16).padStart(64, '0'), 'hex').reverse()
    const digest = createHash('sha256').update(littleEndian).digest()
    const group = Number(digest.readBigUInt64LE(0) % 128n)
    if (!groups.includes(group)) groups.push(group)
  }
  return groups.sort((a, b) => a - b)
}

const bytesOf = (id: bigint) => Uint8Array.from(Buffer.from(id.toString(16).padStart(64, '0'), 'hex'))

test('custody groups are those of the EIP, also where the id overflows', (t) => {
  for (const id of [0n, 1n, 255n, 2n ** 256n - 1n, 2n ** 256n - 5n]) {
    for (const count of [0, 1, 4, 8, 64, 127, 128])
      t.deepEqual(custodyGroups(bytesOf(id), count), slowGroups(id, count))
  }
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      fc.integer({ min: 0, max: 128 }),
      (id, count) => {
        t.deepEqual(custodyGroups(bytesOf(id), count), slowGroups(id, count))
      },
    ),
    { numRuns: 50 },
  )
})

test('a full node’s custody is that of the SHA-256 of its peer id', (t) => {
  const peerId = new Uint8Array(38).fill(9)
  const id = BigInt(`0x${createHash('sha256').update(peerId).digest('hex')}`)
  t.deepEqual(fullNodeCustody(peerId, 8), slowGroups(id, 8))
})

test('custody outside 0 to 128 columns or of ids of another length is refused', (t) => {
  for (const count of [-1, 129, 0.5, Number.NaN])
    t.throws(() => custodyGroups(new Uint8Array(32), count), { instanceOf: RangeError })
  t.throws(() => custodyGroups(new Uint8Array(31), 8), { instanceOf: RangeError })
})

test('validator i of n keeps the 64 consecutive columns from floor(128 * i / n)', (t) => {
  t.deepEqual(
    validatorCustody(0, 1),
    Array.from({ length: 64 }, (_, i) => i),
  )
  t.deepEqual(validatorCustody(1, 3)[0], 42)
  t.deepEqual(validatorCustody(3, 4), [...Array(32).keys(), ...Array.from({ length: 32 }, (_, i) => 96 + i)])
  for (const n of [1, 2, 3, 4, 7, 100, 1_024]) {
    for (let i = 0; i < n; i++) {
      const columns = validatorCustody(i, n)
      t.is(new Set(columns).size, 64)
      t.true(columns.includes(Math.floor((128 * i) / n)))
      t.true(columns.includes((Math.floor((128 * i) / n) + 63) % 128))
    }
  }
})
