// Tiles put together from true pieces. A tile has coordinates: block, band, lane, column, position, path, commitment,
// proof. Each of them, and every mixture of them, is taken from another place where it is true: never accepted, alone
// or among honest tiles, whose verdicts it does not touch. Five small grids, so that every place of a column is met:
// one band; two bands of two lanes, one lane without a row; four bands of one lane, one without a row; two of three.

import test from 'ava'
import { equal } from '../../src/base/bytes.ts'
import type { EncodedBlock, GridTile } from '../../src/grid/block.ts'
import { encodeBlock } from '../../src/grid/encode.ts'
import { commitmentsRootOf } from '../../src/grid/roots.ts'
import { COLUMNS, shapeOf } from '../../src/grid/shape.ts'
import { checkTiles, makeTiles } from '../../src/grid/tiles.ts'
import { blobsForRows, createTestComponents, replaced } from '../grid/support.ts'
import { isLong } from './long.ts'

const CELL = 2_048
const ELEMENT = 32
/** A data column and one of the extension; the long form adds first and last, neighbours, one bit of the index apart. */
const PLACES = isLong ? [0, 1, 63, 64, 70, 127] : [0, 70]

const components = await createTestComponents()

interface Grid {
  readonly params: { readonly maxRows: number; readonly maxBands: number }
  readonly block: EncodedBlock
  /** Another block of the same shape. */
  readonly other: EncodedBlock
  readonly bands: number
  readonly lanes: number
}

const gridOf = (rows: number, maxBands: number): Grid => {
  const params = { maxRows: 64, maxBands }
  const { bands, lanes } = shapeOf(rows, maxBands)
  const [block, other] = [0, 1].map(() => encodeBlock(components, params, blobsForRows(rows)))
  return { params, block: block!, other: other!, bands, lanes }
}

const tileOf = ({ params }: Grid, of: EncodedBlock, band: number, column: number): GridTile =>
  makeTiles(components, params, of, of.columns[column]!, [band])[0]!

const codesOf = (
  { params, block }: Grid,
  tiles: readonly GridTile[],
  of: Pick<EncodedBlock, 'header' | 'commitments'> = block,
) =>
  checkTiles(components, params, [{ header: of.header, commitments: of.commitments, tiles }])[0]!.map(
    (verdict) => (verdict.verdict === 'accept' ? 'accept' : verdict.code),
  )

const areEqualTiles = (a: GridTile, b: GridTile): boolean =>
  a.band === b.band &&
  a.column === b.column &&
  equal(a.cells, b.cells) &&
  areEqualLists(a.branch, b.branch) &&
  areEqualLists(a.proofs, b.proofs)

const areEqualLists = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && a.every((item, i) => equal(item, b[i]!))

/** The true tiles that lies are made of: some columns, every band. */
const truths = (grid: Grid, of: EncodedBlock): GridTile[] =>
  PLACES.flatMap((column) =>
    Array.from({ length: 2 * grid.bands }, (_, band) => tileOf(grid, of, band, column)),
  )

const FIELDS = ['band', 'column', 'cells', 'branch', 'proofs'] as const

/** Every mixture of the fields of two tiles that is neither of them. */
const mixtures = (own: GridTile, other: GridTile): GridTile[] => {
  const all: GridTile[] = []
  for (let mask = 1; mask < 2 ** FIELDS.length - 1; mask++) {
    const taken = FIELDS.filter((_, i) => mask & (1 << i)).map((field) => [field, other[field]])
    const mixed = { ...own, ...Object.fromEntries(taken) } as GridTile
    if (!areEqualTiles(mixed, own) && !areEqualTiles(mixed, other)) all.push(mixed)
  }
  return all
}

/** Bytes of the cells with the element at `to` replaced by the one at `from`, both counted in elements. */
const withElement = (cells: Uint8Array, from: number, to: number): Uint8Array => {
  const copy = cells.slice()
  copy.set(cells.subarray(from * ELEMENT, (from + 1) * ELEMENT), to * ELEMENT)
  return copy
}

const grids: readonly [string, Grid][] = [
  ['one band of one lane', gridOf(1, 8)],
  ['one band of three lanes', gridOf(3, 1)],
  ['two bands of two lanes, a lane without a row', gridOf(3, 2)],
  ['two bands of three lanes', gridOf(6, 2)],
  ['four bands of one lane, a band without a row', gridOf(3, 4)],
]

for (const [name, grid] of grids) {
  const { block, other } = grid
  const own = truths(grid, block)
  const few = isLong ? own : own.filter(({ column }) => column === 70)
  const isTrue = (tile: GridTile) =>
    own.some((each) => areEqualTiles(each, tile)) ||
    areEqualTiles(tile, tileOf(grid, block, tile.band, tile.column))

  test(`${name}: the honest tiles that lies are made of are accepted`, (t) => {
    t.true(codesOf(grid, own).every((code) => code === 'accept'))
  })

  test(`${name}: no mixture of band, column, cells, path and proof of two places is accepted`, (t) => {
    let tried = 0
    for (const tile of own) {
      for (const second of own) {
        // Every pair of bands in one column, every pair of columns in one band, and the diagonal.
        if (tile === second) continue
        const lies = mixtures(tile, second).filter((mixed) => !isTrue(mixed))
        tried += lies.length
        const accepted = codesOf(grid, lies).filter((code) => code === 'accept')
        t.is(accepted.length, 0, `${tile.band}.${tile.column} with ${second.band}.${second.column}`)
      }
    }
    t.true(tried > 80, `${tried}`)
  })

  test(`${name}: nothing of another block is accepted under this header, nor this block's tiles under parts of its`, (t) => {
    const isZeroBand = (band: number) => isAllZero(tileOf(grid, block, band, 0).cells)
    for (const tile of own) {
      if (isZeroBand(tile.band)) continue
      const second = tileOf(grid, other, tile.band, tile.column)
      const lies = [...mixtures(tile, second), second]
      t.false(codesOf(grid, lies).includes('accept'), `${tile.band}.${tile.column}`)
      // The header's roots of another block, one by one and with its commitments.
      for (const header of [
        { ...block.header, dataRoot: other.header.dataRoot },
        { ...block.header, commitmentsRoot: other.header.commitmentsRoot },
      ]) {
        for (const commitments of [block.commitments, other.commitments]) {
          t.false(codesOf(grid, [tile, second], { header, commitments }).includes('accept'))
        }
      }
      t.deepEqual(codesOf(grid, [tile], { header: block.header, commitments: other.commitments }), [
        'commitments-root',
      ])
    }
  })

  test(`${name}: no cell of another lane, no element of another position is accepted`, (t) => {
    const { lanes } = grid
    for (const tile of own) {
      const lies: GridTile[] = []
      const perCell = CELL / ELEMENT
      for (let lane = 0; lane < lanes; lane++) {
        for (let second = 0; second < lanes; second++) {
          const cells = tile.cells.slice()
          cells.set(tile.cells.subarray(second * CELL, (second + 1) * CELL), lane * CELL)
          lies.push({ ...tile, cells })
        }
        for (const [from, to] of [
          [0, 1],
          [1, 0],
          [31, 32],
          [63, 0],
        ] as const) {
          lies.push({ ...tile, cells: withElement(tile.cells, lane * perCell + from, lane * perCell + to) })
        }
      }
      const untrue = lies.filter((lie) => !equal(lie.cells, tile.cells))
      t.false(codesOf(grid, untrue).includes('accept'), `${tile.band}.${tile.column}`)
    }
  })

  test(`${name}: no commitment and no single proof of another place is accepted`, (t) => {
    const { commitments, sheet } = block
    for (const tile of few) {
      if (isAllZero(tile.cells)) continue
      // A proof among those of the tile, by those of every band of this and of a neighbouring column.
      for (const [i, proof] of tile.proofs.entries()) {
        for (let band = 0; band < grid.bands; band++) {
          for (const column of [tile.column, (tile.column + 1) % COLUMNS]) {
            const second = sheet[band * COLUMNS + column]!
            if (equal(second, proof)) continue
            const lie = { ...tile, proofs: replaced(tile.proofs, i, () => second) }
            t.deepEqual(
              codesOf(grid, [lie]).filter((code) => code === 'accept'),
              [],
            )
          }
        }
      }
      // A row's commitment by another row's, under a header that was signed for it.
      for (let row = 0; row < commitments.length; row++) {
        for (const second of [...commitments, ...other.commitments]) {
          if (equal(second, commitments[row]!)) continue
          const list = replaced(commitments, row, () => second)
          const header = { ...block.header, commitmentsRoot: commitmentsRootOf(list) }
          const [code] = codesOf(grid, [tile], { header, commitments: list })
          // gamma is another one, so even a tile that row is not in falls, unless its band is a single other row.
          if (code === 'accept')
            t.true(isSingleOtherRow(grid, tile.band, row), `${tile.band}.${tile.column} row ${row}`)
        }
      }
    }
  })

  test(`${name}: one lie in a batch is found, and the honest tiles around it are accepted`, (t) => {
    const second = tileOf(grid, block, own[0]!.band, 2)
    for (const [place, tile] of own.entries()) {
      if (!few.includes(tile) || isAllZero(tile.cells)) continue
      for (const lie of [
        { ...tile, cells: second.cells },
        { ...tile, proofs: tile.proofs.map(() => second.proofs[0]!) },
        { ...tile, branch: second.branch },
      ]) {
        const codes = codesOf(
          grid,
          replaced(own, place, () => lie),
        )
        t.deepEqual(
          codes.map((code) => code === 'accept'),
          own.map((_, i) => i !== place),
        )
      }
    }
  })
}

/** Whether a band is one row, and not `row`: its tiles are openings of that row's commitment alone, whatever gamma is. */
const isSingleOtherRow = ({ lanes, bands, block }: Grid, band: number, row: number): boolean => {
  if (band >= bands && bands > 1) return false
  const first = bands === 1 ? 0 : band * lanes
  return Math.min(first + lanes, block.header.rowCount) - first === 1 && row !== first
}

const isAllZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)
