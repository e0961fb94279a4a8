// Whole blocks from parts of them: any 64 columns, tiles alone, both together; what cannot be restored, and blocks of
// dishonest leaders whose parts all pass but whose whole does not.

import test from 'ava'
import { concat, equal, u32be } from '../../src/base/bytes.ts'
import type { EncodedBlock, GridColumn, RestoreResult } from '../../src/grid/block.ts'
import { writeBytes } from '../../src/grid/cells.ts'
import { checkColumn, checkColumnProofs } from '../../src/grid/columns.ts'
import { EntriesType } from '../../src/grid/containers.ts'
import { encodeBlock, encodeRows, treeOfColumns } from '../../src/grid/encode.ts'
import { packBlobs } from '../../src/grid/packing.ts'
import { lookupInColumns, readBlob } from '../../src/grid/read.ts'
import { restoreBlock, restoreData } from '../../src/grid/restore.ts'
import { proofsRootOf } from '../../src/grid/roots.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { makeTiles } from '../../src/grid/tiles.ts'
import { blobsForRows, createTestComponents, flipped, nodeSha256, replaced } from './support.ts'

const components = await createTestComponents()
const params = { maxRows: 64, maxBands: 2 }
const blobs = blobsForRows(3)
const block = encodeBlock(components, params, blobs)
const codeOf = (result: RestoreResult): string => (result.verdict === 'accept' ? 'accept' : result.code)
const columnsOf = (of: EncodedBlock, indices: readonly number[]) => indices.map((k) => of.columns[k]!)
const areSame = (some: readonly GridColumn[], others: readonly GridColumn[]): boolean =>
  some.length === others.length &&
  some.every(({ index, cells, branch }, i) => {
    const other = others[i]!
    return (
      index === other.index && equal(concat(...cells, ...branch), concat(...other.cells, ...other.branch))
    )
  })
const span = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)
const restore = (of: EncodedBlock, indices: readonly number[]) =>
  restoreBlock(components, params, of, { columns: columnsOf(of, indices) })

test('a block is restored from any 64 columns, bit for bit, and from all', (t) => {
  for (const indices of [
    span(0, 64),
    span(64, 64),
    span(0, 64).map((i) => 2 * i + 1),
    span(0, 128),
    span(30, 70),
  ]) {
    const result = restore(block, indices)
    if (result.verdict !== 'accept') return t.fail(result.code)
    t.true(areSame(result.columns, block.columns))
    t.deepEqual(result.entries, block.entries)
  }
  t.is(codeOf(restore(block, span(10, 63))), 'incomplete')
  t.is(codeOf(restore(block, [])), 'incomplete')
})

for (const [rows, maxBands] of [
  [1, 8],
  [2, 8],
  [3, 8],
  [5, 8],
  [9, 8],
  [25, 8],
] as const) {
  test(`${rows} rows come back from half of the columns, and their blobs byte for byte`, (t) => {
    const given = blobsForRows(rows)
    const encoded = encodeBlock(components, { maxRows: 64, maxBands }, given)
    t.is(encoded.header.rowCount, rows)
    const half = encoded.columns.filter(({ index }) => index % 2 === 1)
    const result = restoreBlock(components, { maxRows: 64, maxBands }, encoded, { columns: half })
    if (result.verdict !== 'accept') return t.fail(result.code)
    result.entries.forEach((entry, i) => {
      t.true(equal(readBlob(entry, lookupInColumns(result.columns))!, given[i]!.data))
    })
  })
}

test('tiles alone restore a block, extended ones too, and together with columns', (t) => {
  const tiles = block.columns.flatMap((column) => makeTiles(components, params, block, column, span(0, 4)))
  const some = tiles.filter(({ band, column }) => !([0, 1, 3].includes(band) && column >= 20 && column < 85))
  t.is(codeOf(restoreData(components, params, block.header, { tiles: some })), 'incomplete')
  const one = tiles.find(({ band, column }) => band === 3 && column === 40)!
  const result = restoreData(components, params, block.header, { tiles: [...some, one] })
  t.true(result.verdict === 'accept' && areSame(result.columns, block.columns))
  const both = { tiles: tiles.filter(({ column }) => column < 32), columns: columnsOf(block, span(100, 28)) }
  t.is(codeOf(restoreData(components, params, block.header, both)), 'incomplete')
  t.is(
    codeOf(
      restoreData(components, params, block.header, { ...both, columns: columnsOf(block, span(96, 32)) }),
    ),
    'accept',
  )
})

test('parts that do not fit are refused before anything is restored', (t) => {
  const column = block.columns[0]!
  const judge = (known: Parameters<typeof restoreData>[3]) =>
    codeOf(restoreData(components, params, block.header, known))
  t.is(judge({ columns: [{ ...column, cells: column.cells.slice(1) }] }), 'shape')
  t.is(judge({ columns: [{ ...column, index: 128 }] }), 'shape')
  t.is(
    judge({ columns: [{ ...column, cells: replaced(column.cells, 0, (cell) => cell.subarray(1)) }] }),
    'shape',
  )
  t.is(
    judge({
      columns: [{ ...column, cells: replaced(column.cells, 0, () => new Uint8Array(2_048).fill(255)) }],
    }),
    'not-canonical',
  )
  t.is(judge({ tiles: [{ band: 4, column: 0, cells: new Uint8Array(4_096) }] }), 'shape')
  t.is(judge({ tiles: [{ band: 0, column: 0, cells: new Uint8Array(2_048) }] }), 'shape')
  t.is(
    codeOf(restoreData(components, { maxRows: 2, maxBands: 2 }, block.header, { columns: block.columns })),
    'shape',
  )
})

test('a column that is not the block’s makes another grid, which dataRoot refuses', (t) => {
  const columns = replaced(columnsOf(block, span(0, 64)), 5, (column) => ({
    ...column,
    cells: replaced(column.cells, 0, (cell) => flipped(cell, 100)),
  }))
  t.is(codeOf(restoreBlock(components, params, block, { columns })), 'data-root')
})

test('a committed grid that is no codeword is refused from whichever columns it is restored', (t) => {
  const bent = replaced(block.columns, 90, (column) => ({
    ...column,
    cells: replaced(column.cells, 1, (cell) => flipped(cell, 31)),
  }))
  const tree = treeOfColumns(
    components,
    shapeOf(3, 2),
    bent.map(({ cells }) => cells),
  )
  const forged = { ...block, columns: tree.columns, header: { ...block.header, dataRoot: tree.dataRoot } }
  t.true(
    forged.columns.every(
      (column) => checkColumn(components, params, forged.header, column).verdict === 'accept',
    ),
  )
  t.is(codeOf(restore(forged, span(0, 64))), 'data-root')
  t.is(codeOf(restore(forged, span(64, 64))), 'data-root')
  t.is(codeOf(restore(forged, span(0, 128))), 'data-root')
  t.is(codeOf(restoreData(components, params, forged.header, { columns: forged.columns })), 'data-root')
  const tiles = forged.columns.flatMap((column) => makeTiles(components, params, forged, column, span(0, 4)))
  t.is(codeOf(restoreData(components, params, forged.header, { tiles })), 'data-root')
})

test('a sheet with one wrong proof is refused, though the data is right', (t) => {
  const sheet = replaced(block.sheet, 128 + 5, () => block.sheet[0]!)
  const forged = { ...block, sheet, header: { ...block.header, proofsRoot: proofsRootOf(sheet) } }
  t.is(codeOf(restore(forged, span(0, 64))), 'proof')
  t.is(codeOf(restoreData(components, params, forged.header, { columns: forged.columns })), 'accept')
  t.is(codeOf(restore({ ...block, sheet }, span(0, 64))), 'proofs-root')
  t.is(
    codeOf(restore({ ...block, commitments: block.commitments.slice(1) }, span(0, 64))),
    'commitments-root',
  )
})

test('a grid with true proofs and a false packing is refused with the packing’s code', (t) => {
  const packed = packBlobs(blobs, params, nodeSha256)
  const judge = (change: (rows: readonly Uint8Array[]) => Partial<typeof packed>) => {
    const forged = encodeRows(components, params, {
      ...packed,
      ...change(packed.rows.map((row) => row.slice())),
    })
    const held = columnsOf(forged, span(64, 64))
    t.true(
      checkColumnProofs(components, params, forged, held.slice(0, 2)).every(
        ({ verdict }) => verdict === 'accept',
      ),
    )
    return codeOf(restoreBlock(components, params, forged, { columns: held }))
  }
  t.is(
    judge((rows) => ({ rows: replaced(rows, 2, (row) => flipped(row, 131_071)) })),
    'padding',
  )
  t.is(
    judge((rows) => ({ rows: replaced(rows, 0, (row) => flipped(row, 5)) })),
    'blob-id',
  )
  t.is(
    judge(() => ({ entriesCell: packed.entriesCell + 1 })),
    'entries-length',
  )
  t.is(
    judge(() => ({ entries: packed.entries.slice(1) })),
    'entries-root',
  )
  t.is(
    judge((rows) => {
      const entries = replaced(packed.entries, 1, (entry) => ({ ...entry, startCell: entry.startCell + 1 }))
      const list = EntriesType.serialize([...entries])
      writeBytes(rows, packed.entriesCell, concat(u32be(list.length), list), 0)
      return { rows, entries }
    }),
    'start-cell',
  )
})

test('a block without rows is judged by its roots', (t) => {
  const empty = encodeBlock(components, params, [])
  const judge = (change: Partial<typeof empty.header>) =>
    codeOf(restoreData(components, params, { ...empty.header, ...change }, {}))
  const wrong = new Uint8Array(32).fill(1)
  t.is(judge({}), 'accept')
  t.is(codeOf(restoreBlock(components, params, empty, {})), 'accept')
  t.is(judge({ dataRoot: wrong }), 'data-root')
  t.is(judge({ commitmentsRoot: wrong }), 'commitments-root')
  t.is(judge({ proofsRoot: wrong }), 'proofs-root')
  t.is(judge({ entriesRoot: wrong }), 'entries-root')
  t.is(judge({ entriesCell: 1 }), 'entries-cell')
})
