// One altered byte or number at a time: every cell, proof, commitment, path, index, row count and root is refused,
// with the code of its cause. Two blocks: N = 3 in two bands of two lanes (the last lane zero), and N = 3 in four
// bands of one (the last band zero).

import { bls12_381 } from '@noble/curves/bls12-381.js'
import test from 'ava'
import { INFINITY } from '../../src/grid/aggregate.ts'
import type { EncodedBlock, GridColumn, GridHeader, GridTile, PartVerdict } from '../../src/grid/block.ts'
import { checkColumn, checkColumnProofs } from '../../src/grid/columns.ts'
import { encodeBlock, treeOfColumns } from '../../src/grid/encode.ts'
import { commitmentsRootOf, proofsRootOf } from '../../src/grid/roots.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { checkSheet } from '../../src/grid/sheet.ts'
import { checkTiles, makeTiles } from '../../src/grid/tiles.ts'
import { blobsForRows, createTestComponents, flipped, replaced } from './support.ts'

const components = await createTestComponents()
const two = { maxRows: 64, maxBands: 2 }
const four = { maxRows: 64, maxBands: 4 }
const block = encodeBlock(components, two, blobsForRows(3))
const thin = encodeBlock(components, four, blobsForRows(3))
const K = 70

const codeOf = (verdict: PartVerdict | undefined): string =>
  verdict === undefined ? 'none' : verdict.verdict === 'accept' ? 'accept' : verdict.code
const tilesOf = (of: EncodedBlock, params: typeof two, bands: readonly number[], k = K) =>
  makeTiles(components, params, of, of.columns[k]!, bands)
const judgeTile = (tile: GridTile, of: Pick<EncodedBlock, 'header' | 'commitments'> = block, params = two) =>
  codeOf(
    checkTiles(components, params, [
      { header: of.header, commitments: of.commitments, tiles: [tile] },
    ])[0]![0],
  )
const judgeColumn = (column: GridColumn, header: GridHeader = block.header, params = two) =>
  codeOf(checkColumn(components, params, header, column))
const judgeProofs = (of: EncodedBlock, column: GridColumn, params = two) =>
  codeOf(checkColumnProofs(components, params, of, [column])[0])
const judgeSheet = (of: EncodedBlock, params = two) => codeOf(checkSheet(components, params, of, of.columns))

const swap = (bytes: Uint8Array) => flipped(bytes, 3)
const above = (bytes: Uint8Array) => {
  const copy = bytes.slice()
  copy.fill(0xff, 0, 32)
  return copy
}
/** A well-formed point of the subgroup that is not the one expected. */
const otherPoint = bls12_381.G1.Point.BASE.toBytes()
/** On the curve and outside the subgroup: the point of the least x that has one. */
const outsideSubgroup = (() => {
  const { Fp } = bls12_381.fields
  for (let x = 1n; x < 100n; x++) {
    const ySquared = Fp.add(Fp.mul(Fp.sqr(x), x), 4n)
    if (!Fp.eql(Fp.pow(ySquared, (Fp.ORDER - 1n) / 2n), 1n)) continue
    if (bls12_381.G1.Point.fromAffine({ x, y: Fp.sqrt(ySquared) }).isTorsionFree()) continue
    const bytes = Fp.toBytes(x)
    bytes[0]! |= 0x80
    return bytes
  }
  throw new Error('expected a point outside the subgroup')
})()

/** The block with the tree made again over altered cells, commitments and sheet: what a dishonest leader can sign. */
const resigned = (of: EncodedBlock, params: typeof two, change: Partial<EncodedBlock>): EncodedBlock => {
  const changed = { ...of, ...change }
  const shape = shapeOf(of.header.rowCount, params.maxBands)
  const tree = treeOfColumns(
    components,
    shape,
    changed.columns.map(({ cells }) => cells),
  )
  const header = {
    ...of.header,
    dataRoot: tree.dataRoot,
    commitmentsRoot: commitmentsRootOf(changed.commitments),
    proofsRoot: proofsRootOf(changed.sheet),
  }
  return { ...changed, columns: tree.columns, header }
}

test('tiles as they are made are accepted: data, extended, of a zero band', (t) => {
  for (const tile of tilesOf(block, two, [0, 1, 2, 3])) t.is(judgeTile(tile), 'accept')
  for (const tile of tilesOf(thin, four, [0, 3, 4, 7])) t.is(judgeTile(tile, thin, four), 'accept')
  t.deepEqual(tilesOf(block, two, []), [])
  t.throws(() => tilesOf(block, two, [4]), { instanceOf: RangeError })
})

for (const [what, band] of [
  ['data', 0],
  ['extended', 2],
] as const) {
  test(`a ${what} tile with one thing altered is refused`, (t) => {
    const tile = tilesOf(block, two, [band])[0]!
    const others = tilesOf(block, two, [band], K + 1)[0]!
    t.is(judgeTile({ ...tile, cells: flipped(tile.cells, 31) }), 'path')
    t.is(judgeTile({ ...tile, cells: flipped(tile.cells, 4_095) }), 'path')
    t.is(judgeTile({ ...tile, cells: above(tile.cells) }), 'not-canonical')
    t.is(judgeTile({ ...tile, cells: tile.cells.subarray(0, 2_048) }), 'shape')
    for (let i = 0; i < tile.branch.length; i++) {
      t.is(judgeTile({ ...tile, branch: replaced(tile.branch, i, swap) }), 'path', `sibling ${i}`)
    }
    t.is(judgeTile({ ...tile, branch: tile.branch.slice(1) }), 'shape')
    t.is(judgeTile({ ...tile, branch: replaced(tile.branch, 0, (node) => node.subarray(1)) }), 'shape')
    t.is(judgeTile({ ...tile, column: K + 1 }), 'path')
    t.is(judgeTile({ ...tile, column: 128 }), 'shape')
    t.is(judgeTile({ ...tile, column: -1 }), 'shape')
    t.is(judgeTile({ ...tile, column: 1.5 }), 'shape')
    t.is(judgeTile({ ...tile, band: band === 0 ? 1 : 3 }), 'path')
    t.is(judgeTile({ ...tile, band: 4 }), 'shape')
    t.is(judgeTile({ ...tile, band: band === 0 ? 2 : 1 }), 'shape')
    t.is(judgeTile({ ...tile, proofs: [] }), 'shape')
    t.is(judgeTile({ ...tile, proofs: [...tile.proofs, otherPoint] }), 'shape')
    for (let i = 0; i < tile.proofs.length; i++) {
      const proofs = (proof: Uint8Array) => ({ ...tile, proofs: replaced(tile.proofs, i, () => proof) })
      t.is(judgeTile(proofs(otherPoint)), 'proof')
      t.is(judgeTile(proofs(others.proofs[i]!)), 'proof')
      t.is(judgeTile(proofs(INFINITY)), 'proof')
      t.is(judgeTile(proofs(outsideSubgroup)), 'point')
      t.is(judgeTile(proofs(new Uint8Array(48))), 'point')
      t.is(judgeTile(proofs(tile.proofs[i]!.subarray(1))), 'shape')
    }
  })

  test(`a ${what} tile is refused where one thing of header or commitments is altered`, (t) => {
    const tile = tilesOf(block, two, [band])[0]!
    const { header, commitments } = block
    const judge = (change: Partial<GridHeader>, list = commitments) =>
      judgeTile(tile, { header: { ...header, ...change }, commitments: list })
    t.is(judge({ dataRoot: flipped(header.dataRoot, 0) }), 'path')
    t.is(judge({ commitmentsRoot: flipped(header.commitmentsRoot, 0) }), 'commitments-root')
    for (let i = 0; i < commitments.length; i++) {
      const list = replaced(commitments, i, () => otherPoint)
      t.is(judge({}, list), 'commitments-root')
      t.is(judge({ commitmentsRoot: commitmentsRootOf(list) }, list), 'proof')
    }
    const outside = replaced(commitments, 0, () => outsideSubgroup)
    t.is(judge({ commitmentsRoot: commitmentsRootOf(outside) }, outside), 'point')
    const swapped = [commitments[1]!, commitments[0]!, commitments[2]!]
    t.is(judge({ commitmentsRoot: commitmentsRootOf(swapped) }, swapped), 'proof')
    t.is(judge({ rowCount: 2 }), 'commitments-root')
    t.is(judge({ rowCount: 4 }), 'commitments-root')
    // One more row, zero and committed to as such: shape, bytes and path are the same, gamma is not.
    const longer = [...commitments, INFINITY]
    t.is(judge({ rowCount: 4, commitmentsRoot: commitmentsRootOf(longer) }, longer), 'proof')
    t.is(judge({ rowCount: 0 }), 'shape')
    t.is(judge({ rowCount: 65 }), 'shape')
    t.is(judge({ rowCount: 1.5 }), 'shape')
    t.is(codeOf(checkTiles(components, four, [{ header, commitments, tiles: [tile] }])[0]![0]), 'shape')
  })
}

test('zero bands: a proof that is not infinity and a cell that is not zero are refused', (t) => {
  const zero = tilesOf(thin, four, [3])[0]!
  t.is(judgeTile({ ...zero, proofs: [otherPoint] }, thin, four), 'point')
  const extended = tilesOf(thin, four, [5])[0]!
  t.is(
    judgeTile({ ...extended, proofs: replaced(extended.proofs, 3, () => otherPoint) }, thin, four),
    'point',
  )
  const sheet = replaced(thin.sheet, 3 * 128 + 9, () => otherPoint)
  const wrong = resigned(thin, four, { sheet })
  t.is(judgeProofs(wrong, wrong.columns[0]!, four), 'point')
  t.is(judgeSheet(wrong, four), 'point')
})

test('a dishonest leader’s altered cell passes the path and fails the proof, in its column and there alone', (t) => {
  const columns = replaced(block.columns, K, (column) => ({
    ...column,
    cells: replaced(column.cells, 2, (cell) => flipped(cell, 2_047)),
  }))
  const forged = resigned(block, two, { columns })
  const honest = { ...forged, columns: forged.columns }
  t.is(judgeColumn(forged.columns[K]!, forged.header), 'accept')
  t.is(judgeProofs(honest, forged.columns[K]!), 'proof')
  t.is(judgeSheet(forged), 'proof')
  const tiles = tilesOf(forged, two, [1, 2])
  t.is(judgeTile(tiles[0]!, forged), 'proof')
  t.is(judgeTile(tiles[1]!, forged), 'proof')
})

test('a column is accepted as made, and refused with one thing altered', (t) => {
  const column = block.columns[K]!
  t.is(judgeColumn(column), 'accept')
  for (let row = 0; row < 3; row++) {
    t.is(judgeColumn({ ...column, cells: replaced(column.cells, row, swap) }), 'path', `row ${row}`)
  }
  t.is(judgeColumn({ ...column, cells: replaced(column.cells, 1, above) }), 'not-canonical')
  t.is(judgeColumn({ ...column, cells: replaced(column.cells, 1, (cell) => cell.subarray(32)) }), 'shape')
  t.is(judgeColumn({ ...column, cells: column.cells.slice(1) }), 'shape')
  t.is(judgeColumn({ ...column, cells: [...column.cells, new Uint8Array(2_048)] }), 'shape')
  for (let i = 0; i < 7; i++)
    t.is(judgeColumn({ ...column, branch: replaced(column.branch, i, swap) }), 'path')
  t.is(judgeColumn({ ...column, branch: column.branch.slice(1) }), 'shape')
  t.is(judgeColumn({ ...column, index: K ^ 1 }), 'path')
  for (const index of [-1, 128, 0.5]) t.is(judgeColumn({ ...column, index }), 'shape')
  t.is(judgeColumn(column, { ...block.header, dataRoot: flipped(block.header.dataRoot, 8) }), 'path')
  for (const rowCount of [0, 2, 4, 65, 300, 2.5])
    t.is(judgeColumn(column, { ...block.header, rowCount }), 'shape')
  t.is(judgeColumn(column, block.header, four), 'path')
})

test('a column’s KZG check refuses what is altered in cells, sheet, commitments and roots', (t) => {
  const column = block.columns[K]!
  t.is(judgeProofs(block, column), 'accept')
  t.is(judgeProofs(block, { ...column, cells: replaced(column.cells, 0, swap) }), 'proof')
  t.is(judgeProofs(block, { ...column, index: K + 1 }), 'proof')
  t.is(judgeProofs(block, { ...column, cells: replaced(column.cells, 0, above) }), 'not-canonical')
  t.is(judgeProofs(block, { ...column, cells: [] }), 'shape')
  const sheet = (place: number, point: Uint8Array) => {
    const list = replaced(block.sheet, place, () => point)
    return { ...block, sheet: list, header: { ...block.header, proofsRoot: proofsRootOf(list) } }
  }
  t.is(judgeProofs({ ...block, sheet: sheet(K, otherPoint).sheet }, column), 'proofs-root')
  t.is(judgeProofs({ ...block, sheet: block.sheet.slice(1) }, column), 'proofs-root')
  t.is(judgeProofs(sheet(K, otherPoint), column), 'proof')
  t.is(judgeProofs(sheet(128 + K, block.sheet[128 + K + 1]!), column), 'proof')
  t.is(judgeProofs(sheet(K, outsideSubgroup), column), 'point')
  t.is(judgeProofs(sheet(K + 1, otherPoint), column), 'accept')
  t.is(judgeSheet(sheet(K, otherPoint)), 'proof')
  t.is(judgeSheet(sheet(200, outsideSubgroup)), 'point')
  t.is(judgeSheet({ ...block, sheet: block.sheet.slice(1) }), 'proofs-root')
  const list = replaced(block.commitments, 0, () => otherPoint)
  t.is(judgeProofs({ ...block, commitments: list }, column), 'commitments-root')
  t.is(judgeSheet({ ...block, commitments: list }), 'commitments-root')
  const header = { ...block.header, commitmentsRoot: commitmentsRootOf(list) }
  t.is(judgeProofs({ ...block, commitments: list, header }, column), 'proof')
  t.is(
    judgeProofs(
      { ...block, header: { ...block.header, dataRoot: flipped(block.header.dataRoot, 0) } },
      column,
    ),
    'proof',
  )
  t.is(judgeSheet(block), 'accept')
})

test('of many tiles of two blocks in one batch the wrong ones are found, and no others', (t) => {
  const good = tilesOf(block, two, [0, 1, 2, 3])
  const more = tilesOf(thin, four, [0, 1, 2, 4, 5])
  const wrong = { ...good[1]!, proofs: [otherPoint] }
  const bent = { ...more[3]!, cells: flipped(more[3]!.cells, 7) }
  const before = components.kzg.batches
  const all = checkTiles(components, two, [
    { ...block, tiles: good },
    { ...block, tiles: good.slice(0, 1) },
    { ...block, tiles: [] },
  ])
  t.is(components.kzg.batches - before, 1)
  t.deepEqual(all.flat().map(codeOf), ['accept', 'accept', 'accept', 'accept', 'accept'])
  t.is(all.length, 3)
  const mixed = checkTiles(components, four, [
    { ...thin, tiles: [more[0]!, more[1]!, bent, { ...more[2]!, proofs: [outsideSubgroup] }, more[4]!] },
    { ...thin, tiles: [{ ...more[1]!, proofs: [otherPoint] }] },
  ])
  t.deepEqual(
    mixed.map((verdicts) => verdicts.map(codeOf)),
    [['accept', 'accept', 'path', 'point', 'accept'], ['proof']],
  )
  t.deepEqual(
    checkTiles(components, two, [{ ...block, tiles: [good[0]!, wrong, good[3]!] }])[0]!.map(codeOf),
    ['accept', 'proof', 'accept'],
  )
  t.deepEqual(checkTiles(components, two, []), [])
})

test('of many columns in one batch the wrong ones are found, and no others', (t) => {
  const columns = [
    block.columns[0]!,
    { ...block.columns[1]!, index: 2 },
    block.columns[3]!,
    { ...block.columns[4]!, cells: [] },
  ]
  t.deepEqual(checkColumnProofs(components, two, block, columns).map(codeOf), [
    'accept',
    'proof',
    'accept',
    'shape',
  ])
})
