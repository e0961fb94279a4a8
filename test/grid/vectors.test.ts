// The files in vectors/ against the code, with KZG on our own kernels where the files were made with another library,
// and, for challenge and tiles, with the field's twin where they were made with the kernels.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { bandCommitments, foldOf, foldTile } from '../../src/grid/aggregate.ts'
import type { GridHeader, GridTile } from '../../src/grid/block.ts'
import { lookupInRows } from '../../src/grid/cells.ts'
import { challengeOf } from '../../src/grid/challenge.ts'
import { levelsOfColumn } from '../../src/grid/columns.ts'
import type { Entry } from '../../src/grid/containers.ts'
import { encodeBlock } from '../../src/grid/encode.ts'
import { rootOfLevels } from '../../src/grid/merkle.ts'
import { packBlobs } from '../../src/grid/packing.ts'
import { entriesRootOf } from '../../src/grid/roots.ts'
import { nobleSha256 } from '../../src/grid/sha256.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { checkTiles } from '../../src/grid/tiles.ts'
import { judgePacking } from '../../src/grid/unpacking.ts'
import { loadKernels } from '../../src/kernel/load.ts'
import { createFieldTwin } from '../../src/kernel/twin/field-twin.ts'
import { createFieldKernel } from '../../src/kernel/wasm-field.ts'
import { createKernelKzg } from '../../src/kzg/backends/kernels.ts'
import { type BlobInput, blobOf, unhexed } from '../../vectors/input.ts'

type Bytes = Uint8Array
interface Packing {
  readonly cases: readonly {
    readonly name: string
    readonly maxRows: number
    readonly blobs: readonly BlobInput[]
    readonly rowCount: number
    readonly entriesCell: number
    readonly entriesRoot: Bytes
    readonly entries: readonly Entry[]
    readonly rowStarts: readonly Bytes[]
    readonly rowHashes: readonly Bytes[]
  }[]
  readonly refused: readonly {
    readonly name: string
    readonly patch: readonly (readonly [number, Bytes])[]
    readonly entriesCell: number
    readonly entriesRoot: Bytes
    readonly code: string
  }[]
}
interface Grid {
  readonly cases: readonly {
    readonly name: string
    readonly maxBands: number
    readonly blobs: readonly BlobInput[]
    readonly shape: { readonly bands: number; readonly lanes: number; readonly zeroBands: number }
    readonly header: GridHeader
    readonly commitments: readonly Bytes[]
    readonly cellHashes: readonly Bytes[]
    readonly columnRoots: readonly Bytes[]
    readonly proofs: readonly (readonly [number, number, Bytes])[]
  }[]
}
interface Challenge {
  readonly cases: readonly (Pick<GridHeader, 'rowCount' | 'commitmentsRoot' | 'dataRoot'> & {
    readonly name: string
    readonly bands: number
    readonly gamma: Bytes
    readonly powers: readonly Bytes[]
    readonly bandCommitments: readonly Bytes[]
  })[]
  readonly coefficients: readonly {
    readonly bands: number
    readonly rows: readonly { readonly band: number; readonly coefficients: readonly Bytes[] }[]
  }[]
}
interface Tiles {
  readonly header: GridHeader
  readonly maxBands: number
  readonly commitments: readonly Bytes[]
  readonly data: GridTile
  readonly extended: GridTile
  readonly foldedData: Bytes
  readonly foldedExtended: Bytes
  readonly cases: readonly {
    readonly name: string
    readonly base: 'data' | 'extended'
    readonly change: Partial<GridTile>
    readonly verdict: string
  }[]
}

const load = <T>(name: string): T =>
  unhexed(JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))) as T
/** The namespace of an input is hex text, which loading turned into bytes. */
const blobFrom = (input: BlobInput) =>
  blobOf({ ...input, namespace: `0x${Buffer.from(input.namespace as unknown as Bytes).toString('hex')}` })
const components = { kernel: createFieldTwin(), kzg: await createKernelKzg(), sha256: nobleSha256 }
const quick = { ...components, kernel: createFieldKernel(await loadKernels()) }

test('packing: blobs make the rows of the vectors, and rows are judged as they say', (t) => {
  const { cases, refused } = load<Packing>('packing')
  for (const {
    name,
    maxRows,
    blobs,
    rowCount,
    entriesCell,
    entriesRoot,
    entries,
    rowStarts,
    rowHashes,
  } of cases) {
    const packed = packBlobs(blobs.map(blobFrom), { maxRows })
    t.is(packed.rows.length, rowCount, name)
    t.is(packed.entriesCell, entriesCell, name)
    t.deepEqual(packed.entries, entries, name)
    t.deepEqual(entriesRootOf(packed.entries), entriesRoot, name)
    t.deepEqual(
      packed.rows.map((row) => row.slice(0, 96)),
      rowStarts,
      name,
    )
    t.deepEqual(
      packed.rows.map((row) => nobleSha256(row)),
      rowHashes,
      name,
    )
    t.is(
      judgePacking(lookupInRows(packed.rows), { rowCount, entriesCell, entriesRoot, maxRows }).verdict,
      'accept',
      name,
    )
  }
  const { rows } = packBlobs(cases[0]!.blobs.map(blobFrom), { maxRows: 64 })
  for (const { name, patch, entriesCell, entriesRoot, code } of refused) {
    const row = rows[0]!.slice()
    for (const [offset, value] of patch) row.set(value, offset)
    const claim = { rowCount: 1, entriesCell, entriesRoot, maxRows: 64 }
    const verdict = judgePacking(lookupInRows([row]), claim)
    t.is<string, string>(verdict.verdict === 'reject' ? verdict.code : 'accept', code, name)
  }
  t.true(refused.length > 15)
})

test('grid: blobs make the blocks of the vectors', (t) => {
  for (const {
    name,
    maxBands,
    blobs,
    shape,
    header,
    commitments,
    cellHashes,
    columnRoots,
    proofs,
  } of load<Grid>('grid').cases) {
    const block = encodeBlock(quick, { maxRows: 64, maxBands }, blobs.map(blobFrom))
    t.deepEqual(block.header, header, name)
    t.like(shapeOf(header.rowCount, maxBands), shape, name)
    t.deepEqual(block.commitments, commitments, name)
    t.deepEqual(
      block.columns.map(({ cells }) => nobleSha256(...cells)),
      cellHashes,
      name,
    )
    for (const k of header.rowCount === 0 ? [] : [0, 63, 64, 127]) {
      const root = rootOfLevels(
        levelsOfColumn(quick, shapeOf(header.rowCount, maxBands), block.columns[k]!.cells),
      )
      t.deepEqual(root, columnRoots[k], name)
    }
    for (const [band, k, proof] of proofs) t.deepEqual(block.sheet[band * 128 + k], proof, name)
  }
})

test('challenge: gamma, its powers, what they fold, and the coefficients of extended bands', (t) => {
  const { cases, coefficients } = load<Challenge>('challenge')
  const grids = new Map(load<Grid>('grid').cases.map((grid) => [grid.name, grid]))
  for (const { name, rowCount, bands, gamma, powers, bandCommitments: expected, ...roots } of cases) {
    const grid = grids.get(name)!
    const shape = shapeOf(rowCount, grid.maxBands)
    t.is(shape.bands, bands, name)
    t.deepEqual(challengeOf(components, shape, roots), gamma, name)
    const fold = foldOf(components, shape, roots)
    t.deepEqual(fold.powers, powers, name)
    t.deepEqual(bandCommitments(components.kzg, fold, grid.commitments), expected, name)
  }
  for (const { bands, rows } of coefficients) {
    for (const row of rows) t.deepEqual(components.kernel.bandCoefficients(bands, row.band), row.coefficients)
  }
})

test('tiles: each is accepted or refused as the vectors say', (t) => {
  const { header, maxBands, commitments, cases, foldedData, foldedExtended, ...bases } = load<Tiles>('tiles')
  const params = { maxRows: 64, maxBands }
  for (const { name, base, change, verdict } of cases) {
    const tile = { ...bases[base], ...change }
    const found = checkTiles(components, params, [{ header, commitments, tiles: [tile] }])[0]![0]!
    t.is<string, string>(found.verdict === 'reject' ? found.code : found.verdict, verdict, name)
  }
  const fold = foldOf(components, shapeOf(header.rowCount, maxBands), header)
  t.deepEqual(foldTile(components.kernel, fold, bases.data.cells), foldedData)
  t.deepEqual(foldTile(components.kernel, fold, bases.extended.cells), foldedExtended)
})
