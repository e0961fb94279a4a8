// Packing against a second, naive description of it, hostile packings each refused by its code, and properties.

import test from 'ava'
import fc from 'fast-check'
import { concat, u32be } from '../../src/base/bytes.ts'
import { WeftError } from '../../src/base/error.ts'
import {
  type Blob,
  blobIdOf,
  describeFault,
  FLAG_ALIGNED,
  FLAG_RAW,
  namespaceOf,
} from '../../src/grid/blob.ts'
import { lookupInRows, writeBytes } from '../../src/grid/cells.ts'
import { EntriesType, type Entry } from '../../src/grid/containers.ts'
import { rowsNeeded } from '../../src/grid/layout.ts'
import { type PackedBlobs, packBlobs } from '../../src/grid/packing.ts'
import { readBlob } from '../../src/grid/read.ts'
import { entriesRootOf } from '../../src/grid/roots.ts'
import { judgePacking } from '../../src/grid/unpacking.ts'
import { flipped, nodeSha256, randomBlob, randomElements, replaced } from './support.ts'

const RAW = FLAG_ALIGNED | FLAG_RAW
const limits = { maxRows: 64 }
const pack = (blobs: readonly Blob[]) => packBlobs(blobs, limits, nodeSha256)
const judge = ({ rows, entries, entriesCell }: PackedBlobs, maxRows = 64) =>
  judgePacking(
    lookupInRows(rows),
    { rowCount: rows.length, entriesCell, entriesRoot: entriesRootOf(entries), maxRows },
    nodeSha256,
  )
const codeOf = (result: ReturnType<typeof judge>) =>
  result.verdict === 'reject' ? result.code : result.verdict
const codeOfError = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (error) {
    return error instanceof WeftError ? error.code : String(error)
  }
}

/** Rows that carry any bytes and any list, valid or not. */
const forge = (
  rowCount: number,
  entriesCell: number,
  entries: readonly Entry[],
  data: readonly Uint8Array[],
): PackedBlobs => {
  const rows = Array.from({ length: rowCount }, () => new Uint8Array(131_072))
  entries.forEach((entry, i) => {
    if (data[i] !== undefined) writeBytes(rows, entry.startCell, data[i], entry.flags)
  })
  const list = EntriesType.serialize([...entries])
  writeBytes(rows, entriesCell, concat(u32be(list.length), list), 0)
  return { rows, entries, entriesCell }
}

const entryOf = (blob: Blob, startCell: number): Entry => ({
  namespace: blob.namespace,
  startCell,
  length: blob.data.length,
  flags: blob.flags,
  blobId: blobIdOf(blob, nodeSha256),
})

test('blobs lie back to back, by namespace and then as given, and the list of entries after them', (t) => {
  const late = randomBlob('z', 1_985)
  const first = randomBlob('a', 1)
  const second = randomBlob('a', 1_984)
  const { rows, entries, entriesCell } = pack([late, first, second])
  t.deepEqual(
    entries.map(({ startCell, length }) => [startCell, length]),
    [
      [0, 1],
      [1, 1_984],
      [2, 1_985],
    ],
  )
  t.is(entriesCell, 4)
  t.is(rows.length, 1)
  const row = rows[0]!
  t.is(row[1], first.data[0])
  t.deepEqual(row.subarray(2_048 + 1, 2_048 + 32), second.data.subarray(0, 31))
  t.is(row[2_048 + 32], 0)
  t.deepEqual(row.subarray(3 * 2_048 + 1, 3 * 2_048 + 3), Uint8Array.of(late.data[1_984]!, 0))
  t.deepEqual(row.subarray(4 * 2_048 + 1, 4 * 2_048 + 5), u32be(3 * 74))
  t.deepEqual(row.subarray(4 * 2_048 + 5, 4 * 2_048 + 32), entries[0]!.namespace.subarray(0, 27))
})

test('an aligned blob starts and ends at row boundaries, and so does what follows it', (t) => {
  const { entries, entriesCell, rows } = pack([
    randomBlob('a', 10),
    randomBlob('b', 126_977, FLAG_ALIGNED),
    randomBlob('c', 10),
    randomBlob('d', 131_072, RAW),
  ])
  t.deepEqual(
    entries.map(({ startCell }) => startCell),
    [0, 64, 192, 256],
  )
  t.is(entriesCell, 320)
  t.is(rows.length, 6)
})

test('a raw blob is its rows, bit for bit', (t) => {
  const raw = randomBlob('r', 2 * 131_072, RAW)
  const { rows } = pack([raw])
  t.deepEqual(concat(rows[0]!, rows[1]!), raw.data)
  t.is(rows.length, 3)
})

test('the list of entries takes a row more where it does not fit', (t) => {
  t.is(pack([randomBlob('a', 63 * 1_984)]).rows.length, 1)
  t.is(pack([randomBlob('a', 63 * 1_984 + 1)]).rows.length, 2)
})

test('no blobs make no rows', (t) => {
  t.deepEqual(pack([]), { rows: [], entries: [], entriesCell: 0 })
  t.is(codeOf(judge(pack([]))), 'accept')
})

test('blobs that cannot be packed are refused by code', (t) => {
  const good = randomBlob('a', 10)
  const cases: readonly (readonly [string, readonly Blob[]])[] = [
    ['blob-empty', [{ ...good, data: new Uint8Array() }]],
    ['namespace-malformed', [{ ...good, namespace: flipped(good.namespace, 0) }]],
    ['namespace-malformed', [{ ...good, namespace: flipped(good.namespace, 18) }]],
    ['namespace-malformed', [{ ...good, namespace: new Uint8Array(28) }]],
    ['flags-unknown', [{ ...good, flags: 4 }]],
    ['flags-unknown', [{ ...good, flags: FLAG_RAW }]],
    ['raw-length', [{ ...good, flags: RAW }]],
    ['raw-not-canonical', [{ ...good, flags: RAW, data: new Uint8Array(131_072).fill(0xff) }]],
    ['blob-repeated', [good, good]],
    ['too-many-rows', [randomBlob('a', 64 * 126_976)]],
    ['too-many-entries', new Array<Blob>(16_385).fill(good)],
  ]
  for (const [code, blobs] of cases)
    t.is(
      codeOfError(() => pack(blobs)),
      code,
      code,
    )
})

test('an error of packing says what was expected and what came', (t) => {
  const error = t.throws(() => pack([randomBlob('a', 5), { ...randomBlob('b', 5), flags: RAW }]))
  t.is(error?.message, 'blob 1: expected a raw blob of whole rows of 131072 bytes, got 5 bytes')
  const described = [
    'namespace-malformed',
    'flags-unknown',
    'blob-empty',
    'raw-length',
    'raw-not-canonical',
  ] as const
  for (const fault of described) t.regex(describeFault(randomBlob('a', 5), fault), /^expected .*, got /)
})

test('the same bytes under other namespaces or flags are other blobs', (t) => {
  const data = randomElements(131_072)
  const blobs = [
    { namespace: namespaceOf(Uint8Array.of(1)), flags: 0, data },
    { namespace: namespaceOf(Uint8Array.of(2)), flags: 0, data },
    { namespace: namespaceOf(Uint8Array.of(2)), flags: FLAG_ALIGNED, data },
    { namespace: namespaceOf(Uint8Array.of(2)), flags: RAW, data },
  ]
  t.is(new Set(pack(blobs).entries.map(({ blobId }) => Buffer.from(blobId).toString('hex'))).size, 4)
})

test('a block of 256 rows holds 15,794 blobs of one cell each, and not one more', (t) => {
  const blobs = Array.from({ length: 15_794 }, (_, i) => ({
    namespace: namespaceOf(Uint8Array.of(1)),
    flags: 0,
    data: u32be(i),
  }))
  const packed = packBlobs(blobs, { maxRows: 256 }, nodeSha256)
  t.is(packed.rows.length, 256)
  t.is(codeOf(judge(packed, 256)), 'accept')
  const more = [...blobs, { ...blobs[0]!, data: u32be(15_794) }]
  t.is(
    codeOfError(() => packBlobs(more, { maxRows: 256 }, nodeSha256)),
    'too-many-rows',
  )
})

test('hostile packings are refused, each by its code', (t) => {
  const a = randomBlob('a', 2_000)
  const b = randomBlob('b', 3_000)
  const packed = pack([a, b])
  const [ea, eb] = [packed.entries[0]!, packed.entries[1]!]
  const data = [a.data, b.data]
  t.is(codeOf(judge(packed)), 'accept')
  t.is(codeOf(judge(forge(1, 4, [ea, eb], data))), 'accept')

  const refuse = (code: string, forged: PackedBlobs, maxRows = 64) =>
    t.is<string, string>(codeOf(judge(forged, maxRows)), code)
  refuse('row-count', packed, 0)
  refuse('row-count', { ...packed, rows: [...packed.rows, new Uint8Array(131_072)] })
  refuse('entries-cell', { ...packed, entriesCell: 64 })
  refuse('entries-cell', { ...packed, entriesCell: -1 })
  refuse('entries-cell', { ...packed, entriesCell: 1.5 })
  refuse('entries-cell', { ...packed, rows: [] })
  refuse('entries-length', { ...packed, entriesCell: 5 })
  refuse('entries-length', forge(1, 0, [], []))
  const listAt = (length: number, cell = 4) => {
    const rows = packed.rows.map((row) => row.slice())
    rows[0]!.set(u32be(length), cell * 2_048 + 1)
    return { ...packed, rows, entriesCell: cell }
  }
  refuse('entries-length', listAt(147))
  refuse('entries-length', listAt(0))
  refuse('entries-length', listAt(16_385 * 74))
  refuse('entries-length', listAt(0xffffffff))
  refuse('entries-length', listAt(60 * 74, 63))
  refuse('entries-root', { ...packed, entries: [ea] })
  refuse('entries-root', listAt(74))
  refuse('entries-order', forge(1, 4, [eb, ea], data))
  refuse('entries-order', forge(1, 4, [ea, { ...eb, namespace: ea.namespace, startCell: 0 }], data))
  refuse('namespace-malformed', forge(1, 4, [ea, { ...eb, namespace: flipped(eb.namespace, 3) }], data))
  refuse('flags-unknown', forge(1, 4, [ea, { ...eb, flags: 8 }], data))
  refuse('flags-unknown', forge(1, 4, [ea, { ...eb, flags: FLAG_RAW }], data))
  refuse('entry-length', forge(1, 4, [ea, { ...eb, length: 0 }], data))
  refuse('entry-length', forge(1, 4, [ea, { ...eb, length: 131_073 }], data))
  refuse('entry-length', forge(1, 4, [ea, { ...eb, length: 2 ** 53 }], data))
  refuse('raw-length', forge(1, 4, [ea, { ...eb, flags: RAW }], data))
  refuse('start-cell', forge(1, 5, [ea, { ...eb, startCell: 3 }], data))
  refuse('start-cell', forge(1, 4, [ea, { ...eb, flags: FLAG_ALIGNED }], data))
  refuse(
    'start-cell',
    forge(
      1,
      5,
      [
        { ...ea, startCell: 1 },
        { ...eb, startCell: 3 },
      ],
      data,
    ),
  )
  refuse('entries-cell', forge(1, 5, [ea, eb], data))
  refuse('row-count', forge(2, 4, [ea, eb], data))
  refuse('blob-id-repeated', forge(1, 4, [ea, { ...eb, blobId: ea.blobId }], data))
  refuse('blob-id', forge(1, 4, [ea, { ...eb, blobId: flipped(eb.blobId, 0) }], data))
  refuse('blob-id', forge(1, 4, [ea, eb], [a.data, flipped(b.data, 2_999)]))
  refuse('blob-id', forge(1, 4, [ea, { ...eb, length: 2_999 }], data))
})

test('every byte that carries nothing must be zero', (t) => {
  const a = randomBlob('a', 1_000)
  const packed = pack([a])
  const unused = {
    'top byte of an element of a blob': 0,
    'after the last byte of a blob': 32 * 32 + 32 + 8,
    'last byte of a cell that a blob ends in': 2_047,
    'after the list of entries': 2_048 + 3 * 32 + 1,
    'an unused cell': 2 * 2_048 + 1,
    'the last byte of the grid': 131_071,
  }
  for (const [what, at] of Object.entries(unused)) {
    const rows = replaced(packed.rows, 0, (row) => flipped(row, at))
    t.is(packed.rows[0]![at], 0, what)
    t.is(codeOf(judge({ ...packed, rows })), 'padding', what)
  }
  const beyond = replaced(packed.rows, 0, (row) => flipped(row, 2 * 2_048, 0xff))
  t.is(codeOf(judge({ ...packed, rows: beyond })), 'not-canonical')
})

test('an aligned blob may not be packed closer, nor an ordinary one wider', (t) => {
  const a = randomBlob('a', 100)
  const b = randomBlob('b', 100, FLAG_ALIGNED)
  const c = randomBlob('c', 100)
  t.is(
    codeOf(judge(forge(3, 129, [entryOf(a, 0), entryOf(b, 64), entryOf(c, 128)], [a.data, b.data, c.data]))),
    'accept',
  )
  t.is(
    codeOf(judge(forge(1, 3, [entryOf(a, 0), entryOf(b, 1), entryOf(c, 2)], [a.data, b.data, c.data]))),
    'start-cell',
  )
  t.is(
    codeOf(judge(forge(2, 66, [entryOf(a, 0), entryOf(b, 64), entryOf(c, 65)], [a.data, b.data, c.data]))),
    'start-cell',
  )
})

const anyBlob: fc.Arbitrary<Blob> = fc
  .record({
    id: fc.uint8Array({ minLength: 1, maxLength: 2 }),
    flags: fc.constantFrom(0, 0, 0, FLAG_ALIGNED, RAW),
    length: fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.constantFrom(1_984, 1_985, 126_976, 126_977)),
    fill: fc.integer({ min: 0, max: 0x72 }),
  })
  .map(({ id, flags, length, fill }) => ({
    namespace: namespaceOf(id),
    flags,
    data: new Uint8Array(flags === RAW ? 131_072 : length).fill(fill),
  }))
const anyBlobs = fc.uniqueArray(anyBlob, {
  minLength: 1,
  maxLength: 8,
  selector: (blob) => Buffer.from(blobIdOf(blob, nodeSha256)).toString('hex'),
})

test('whatever is packed comes back, in the least number of rows', (t) => {
  fc.assert(
    fc.property(anyBlobs, (blobs) => {
      const packed = pack(blobs)
      const unpacked = judge(packed)
      if (unpacked.verdict !== 'accept') return false
      const sorted = blobs.toSorted((x, y) => Buffer.compare(x.namespace, y.namespace))
      const cellAt = lookupInRows(packed.rows)
      const same = sorted.every(
        (blob, i) => Buffer.compare(blob.data, readBlob(unpacked.entries[i]!, cellAt)!) === 0,
      )
      return (
        same && packed.rows.length === rowsNeeded(packed.entries) && unpacked.entries.length === blobs.length
      )
    }),
    { numRuns: 40 },
  )
  t.pass()
})

test('no bit of a packing can be changed', (t) => {
  fc.assert(
    fc.property(anyBlobs, fc.nat(), fc.integer({ min: 0, max: 7 }), (blobs, at, bit) => {
      const packed = pack(blobs)
      const row = at % packed.rows.length
      const rows = replaced(packed.rows, row, (bytes) => flipped(bytes, (at * 7_919) % 131_072, 1 << bit))
      return judge({ ...packed, rows }).verdict === 'reject'
    }),
    { numRuns: 60 },
  )
  t.pass()
})

test('a list of entries of any bytes is judged without throwing', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 74, maxLength: 74 * 3 }), (bytes) => {
      const length = bytes.length - (bytes.length % 74)
      const rows = [new Uint8Array(131_072)]
      writeBytes(rows, 0, concat(u32be(length), bytes.subarray(0, length)), 0)
      const entries = EntriesType.deserialize(bytes.slice(0, length))
      return judge({ rows, entries, entriesCell: 0 }).verdict === 'reject'
    }),
    { numRuns: 200 },
  )
  t.pass()
})
