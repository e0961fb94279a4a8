// Makes the vectors of the grid: packing, grid, challenge and tiles. Deterministic: all input comes from fixed seeds.
// Run: npx node vectors/generate.ts (and generate-chain.ts for those of the chain). test/grid/vectors.test.ts checks
// the files with another KZG backend than the one that made them; docs/protocol.md describes them.

import { writeFileSync } from 'node:fs'
import { concat, u32be } from '../src/base/bytes.ts'
import { bandCommitments, foldOf, foldTile } from '../src/grid/aggregate.ts'
import { FLAG_ALIGNED, FLAG_RAW, namespaceOf } from '../src/grid/blob.ts'
import type { EncodedBlock, GridTile } from '../src/grid/block.ts'
import { lookupInRows } from '../src/grid/cells.ts'
import { challengeOf } from '../src/grid/challenge.ts'
import { levelsOfColumn } from '../src/grid/columns.ts'
import { EntriesType, type Entry } from '../src/grid/containers.ts'
import { encodeBlock } from '../src/grid/encode.ts'
import { rootOfLevels } from '../src/grid/merkle.ts'
import { packBlobs } from '../src/grid/packing.ts'
import { entriesRootOf } from '../src/grid/roots.ts'
import { nobleSha256 } from '../src/grid/sha256.ts'
import { shapeOf } from '../src/grid/shape.ts'
import { checkTiles, makeTiles } from '../src/grid/tiles.ts'
import { judgePacking } from '../src/grid/unpacking.ts'
import { createTestComponents, flipped, replaced } from '../test/grid/support.ts'
import { type BlobInput, blobOf, hex, hexed } from './input.ts'

const components = await createTestComponents()
const { kernel, kzg } = components
const RAW = FLAG_ALIGNED | FLAG_RAW
const STREAM =
  'The bytes of a blob are SHA-256(seed || u32 0) || SHA-256(seed || u32 1) || .. cut to length; of a raw blob every 32nd byte, beginning with the first, is then set to zero.'

const write = (name: string, value: object): void =>
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(hexed(value), undefined, 1)}\n`)

const blob = (letter: string, length: number, flags = 0): BlobInput => ({
  namespace: hex(namespaceOf(new TextEncoder().encode(letter))),
  flags,
  seed: `weft vector ${letter}`,
  length,
})

// ---- packing ----

const packingCase = (name: string, blobs: readonly BlobInput[], maxRows = 64) => {
  const { rows, entries, entriesCell } = packBlobs(blobs.map(blobOf), { maxRows })
  return {
    name,
    maxRows,
    blobs,
    rowCount: rows.length,
    entriesCell,
    entriesRoot: entriesRootOf(entries),
    entries,
    rowStarts: rows.map((row) => row.subarray(0, 96)),
    rowHashes: rows.map((row) => nobleSha256(row)),
  }
}

const small = [blob('a', 2_000), blob('b', 3_000)]
const good = packBlobs(small.map(blobOf), { maxRows: 64 })
const [first, second] = [good.entries[0]!, good.entries[1]!]

/** Bytes of the one row replaced: [offset in the row, bytes]. The list of entries begins at byte 8,193 of cell 4. */
type Patch = readonly (readonly [number, Uint8Array])[]
const listPatch = (entries: readonly Entry[], cell = 4): Patch => {
  const list = EntriesType.serialize([...entries])
  const whole = concat(u32be(list.length), list)
  const parts: [number, Uint8Array][] = []
  for (let at = 0; at < whole.length; at += 31) {
    parts.push([cell * 2_048 + (at / 31) * 32 + 1, whole.slice(at, at + 31)])
  }
  return parts
}

const refusedPacking = (
  name: string,
  patch: Patch,
  entries: readonly Entry[] = good.entries,
  entriesCell = 4,
) => {
  const row = good.rows[0]!.slice()
  for (const [offset, value] of patch) row.set(value, offset)
  const entriesRoot = entriesRootOf(entries)
  const claim = { rowCount: 1, entriesCell, entriesRoot, maxRows: 64 }
  const verdict = judgePacking(lookupInRows([row]), claim)
  if (verdict.verdict === 'accept') throw new Error(`expected ${name} to be refused`)
  return { name, patch, entriesCell, entriesRoot, code: verdict.code }
}

write('packing', {
  about: `Blobs and the rows that they are packed into. ${STREAM} rowStarts: the first 96 bytes of each row; rowHashes: SHA-256 of each row. refused: the row of the first case with bytes replaced at offsets, and what its header says.`,
  cases: [
    packingCase('two blobs', small),
    packingCase('no blobs', []),
    packingCase('one byte', [blob('a', 1)]),
    packingCase('sorted by namespace, then as given', [
      blob('z', 10),
      blob('a', 1_984),
      { ...blob('a', 1_985), seed: 'second' },
    ]),
    packingCase('aligned', [blob('a', 10), blob('b', 126_977, FLAG_ALIGNED), blob('c', 10)]),
    packingCase('raw', [blob('a', 10), blob('r', 131_072, RAW)]),
    packingCase('the list needs a row of its own', [blob('a', 64 * 1_984)]),
  ],
  refused: [
    refusedPacking('entriesCell outside the grid', [], good.entries, 64),
    refusedPacking('entriesCell where no list lies', [], good.entries, 5),
    refusedPacking('length no multiple of an entry', [[4 * 2_048 + 1, u32be(147)]]),
    refusedPacking('length beyond the grid', [[4 * 2_048 + 1, u32be(16_384 * 74)]]),
    refusedPacking('another list than that of entriesRoot', [], [first]),
    refusedPacking('not sorted', listPatch([second, first]), [second, first]),
    ...(
      [
        ['namespace of version 1', { namespace: flipped(second.namespace, 0) }],
        ['raw without aligned', { flags: FLAG_RAW }],
        ['unknown flag', { flags: 4 }],
        ['no bytes', { length: 0 }],
        ['longer than the grid', { length: 131_073 }],
        ['raw of no whole rows', { flags: RAW }],
        ['a gap before a blob', { startCell: 3 }],
        ['blobId twice', { blobId: first.blobId }],
        ['blobId of other bytes', { blobId: flipped(second.blobId, 0) }],
      ] as const
    ).map(([name, change]) =>
      refusedPacking(name, listPatch([first, { ...second, ...change }]), [first, { ...second, ...change }]),
    ),
    refusedPacking('a byte after the end of a blob', [[2 * 2_048 - 1, Uint8Array.of(1)]]),
    refusedPacking('the top byte of an element', [[0, Uint8Array.of(1)]]),
    refusedPacking('an unused cell', [[131_071, Uint8Array.of(1)]]),
    refusedPacking('an element not below r', [[131_072 - 32, new Uint8Array(32).fill(0xff)]]),
  ],
})

// ---- grid and challenge ----

const columnRootsOf = (block: EncodedBlock, maxBands: number): readonly Uint8Array[] =>
  block.columns.map(({ cells }) =>
    rootOfLevels(levelsOfColumn(components, shapeOf(block.header.rowCount, maxBands), cells)),
  )

const grids = [
  { name: 'no rows', maxBands: 8, blobs: [] },
  { name: 'one row, B = 1', maxBands: 8, blobs: [blob('a', 300)] },
  { name: 'three rows, B = 4, the last band zero', maxBands: 4, blobs: [blob('a', 300), blob('b', 300_000)] },
  {
    name: 'three rows, B = 2, g = 2, the last lane zero',
    maxBands: 2,
    blobs: [blob('a', 300), blob('b', 300_000)],
  },
  { name: 'five rows, B = 2, g = 3', maxBands: 2, blobs: [blob('a', 300), blob('b', 131_072 * 4, RAW)] },
].map((grid) => ({
  ...grid,
  block: encodeBlock(components, { maxRows: 64, maxBands: grid.maxBands }, grid.blobs.map(blobOf)),
}))

write('grid', {
  about: `Blobs and the block that they make. ${STREAM} proofs: some of the sheet's, as [band, column, proof]; cellHashes: SHA-256 of the N cells of each column in a row.`,
  cases: grids.map(({ name, maxBands, blobs, block }) => {
    const { rowCount: _, bands, lanes, zeroBands } = shapeOf(block.header.rowCount, maxBands)
    return {
      name,
      maxBands,
      blobs,
      shape: { bands, lanes, zeroBands },
      header: block.header,
      commitments: block.commitments,
      cellHashes: block.columns.map(({ cells }) => nobleSha256(...cells)),
      columnRoots: columnRootsOf(block, maxBands),
      proofs: [0, 63, 127].flatMap((k) =>
        Array.from({ length: bands }, (__, band) => [band, k, block.sheet[band * 128 + k]!]),
      ),
    }
  }),
})

write('challenge', {
  about:
    'gamma and what is folded with it, for blocks of grid.json by name: powers of gamma by lane, C_b of the bands with rows; and the coefficients that make extended band b of the B data bands.',
  cases: grids
    .filter(({ block }) => block.header.rowCount > 0)
    .map(({ name, maxBands, block: { header, commitments } }) => {
      const shape = shapeOf(header.rowCount, maxBands)
      const fold = foldOf(components, shape, header)
      return {
        name,
        rowCount: header.rowCount,
        bands: shape.bands,
        commitmentsRoot: header.commitmentsRoot,
        dataRoot: header.dataRoot,
        gamma: challengeOf(components, shape, header),
        powers: fold.powers,
        bandCommitments: bandCommitments(kzg, fold, commitments),
      }
    }),
  coefficients: [1, 2, 4, 8].map((bands) => ({
    bands,
    rows: Array.from({ length: bands }, (_, i) => ({
      band: bands + i,
      coefficients: kernel.bandCoefficients(bands, bands + i),
    })),
  })),
})

// ---- tiles ----

const { block, maxBands } = grids[3]!
const params = { maxRows: 64, maxBands }
const [data, extended] = makeTiles(components, params, block, block.columns[70]!, [0, 2]) as [
  GridTile,
  GridTile,
]
const judge = (tile: GridTile) => {
  const verdict = checkTiles(components, params, [{ ...block, tiles: [tile] }])[0]![0]!
  return verdict.verdict === 'accept' ? 'accept' : verdict.code
}
const fold = foldOf(components, shapeOf(block.header.rowCount, maxBands), block.header)
const changed = (name: string, base: 'data' | 'extended', change: Partial<GridTile>) => ({
  name,
  base,
  change,
  verdict: judge({ ...(base === 'data' ? data : extended), ...change }),
})

write('tiles', {
  about:
    'Tiles of one block of grid.json: a data tile and an extended one, the cell that each folds into by gamma, and both with one thing changed. Verdict: accept, or the code of the refusal.',
  block: grids[3]!.name,
  header: block.header,
  maxBands,
  commitments: block.commitments,
  data,
  extended,
  foldedData: foldTile(kernel, fold, data.cells),
  foldedExtended: foldTile(kernel, fold, extended.cells),
  cases: [
    changed('a data tile', 'data', {}),
    changed('an extended tile', 'extended', {}),
    changed('a cell’s byte', 'data', { cells: flipped(data.cells, 2_079) }),
    changed('an element not below r', 'data', { cells: data.cells.map((byte, i) => (i < 32 ? 0xff : byte)) }),
    changed('half of a tile', 'data', { cells: data.cells.subarray(0, 2_048) }),
    changed('another band', 'data', { band: 1 }),
    changed('a band outside the grid', 'extended', { band: 4 }),
    changed('another column', 'data', { column: 71 }),
    changed('a sibling', 'extended', { branch: replaced(extended.branch, 3, (node) => flipped(node, 0)) }),
    changed('a sibling too few', 'data', { branch: data.branch.slice(1) }),
    changed('the proof of the next column', 'data', { proofs: [block.sheet[71]!] }),
    changed('one of the proofs of an extended tile', 'extended', {
      proofs: [extended.proofs[0]!, block.sheet[128 + 71]!],
    }),
    changed('a proof that is no point', 'data', { proofs: [new Uint8Array(48)] }),
    changed('one proof for an extended tile', 'extended', { proofs: extended.proofs.slice(1) }),
  ],
})
