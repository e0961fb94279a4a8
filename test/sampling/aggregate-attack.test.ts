// The attack on folding several rows into one proof: whoever knows gamma before the cells are fixed alters them
// orthogonally to it, so that sum_j gamma^j * delta_j = 0 and every proof still holds; whoever knows it before the
// commitments are fixed alters those likewise. Here the attacks are carried out in full, against a build that leaves a
// root out of gamma's preimage, where they succeed, and against ours, where they do not (docs/protocol.md, section 9).

import { bls12_381 } from '@noble/curves/bls12-381.js'
import test from 'ava'
import { u16be, utf8 } from '../../src/base/bytes.ts'
import type { EncodedBlock } from '../../src/grid/block.ts'
import { encodeBlock, treeOfColumns } from '../../src/grid/encode.ts'
import { commitmentsRootOf } from '../../src/grid/roots.ts'
import type { Sha256 } from '../../src/grid/sha256.ts'
import { type Shape, shapeOf } from '../../src/grid/shape.ts'
import { checkTiles, makeTiles } from '../../src/grid/tiles.ts'
import { blobsForRows, createTestComponents, replaced } from '../grid/support.ts'
import { isLong } from './long.ts'

const components = await createTestComponents()
const { sha256: trueSha256, kernel } = components
const { Fr } = bls12_381.fields
const { Point } = bls12_381.G1

type Root = 'commitmentsRoot' | 'dataRoot'
const DOMAIN = utf8('weft.tile.v1')
/** Places of the parts in gamma's preimage: domain, N, B, commitmentsRoot, dataRoot. */
const PLACE: Readonly<Record<Root, number>> = { commitmentsRoot: 3, dataRoot: 4 }

/** A build that forgot a root: it draws gamma before what that root fixes is fixed. */
const weakened = (forgotten: Root) => ({
  ...components,
  sha256: ((...parts) =>
    parts.length === 5 && parts[0]?.join() === DOMAIN.join()
      ? trueSha256(...parts.filter((_, i) => i !== PLACE[forgotten]))
      : trueSha256(...parts)) satisfies Sha256,
})

const gammaOf = (sha256: Sha256, { rowCount, bands }: Shape, header: EncodedBlock['header']): bigint =>
  toScalar(
    kernel.reduce(sha256(DOMAIN, u16be(rowCount), u16be(bands), header.commitmentsRoot, header.dataRoot)),
  )

const toScalar = (bytes: Uint8Array): bigint => bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n)
const toBytes = (value: bigint): Uint8Array => Fr.toBytes(Fr.create(value))

const codesOf = (by: typeof components, params: Params, of: EncodedBlock, band: number, column: number) =>
  checkTiles(by, params, [
    {
      header: of.header,
      commitments: of.commitments,
      tiles: makeTiles(by, params, of, of.columns[column]!, [band]),
    },
  ])[0]!.map((verdict) => (verdict.verdict === 'accept' ? 'accept' : verdict.code))

interface Params {
  readonly maxRows: number
  readonly maxBands: number
}

/** Adds `delta` to the element at `position` of a cell. */
const shifted = (cell: Uint8Array, position: number, delta: bigint): Uint8Array => {
  const copy = cell.slice()
  const at = position * 32
  copy.set(toBytes(toScalar(cell.subarray(at, at + 32)) + delta), at)
  return copy
}

/**
 * The block with two rows of one band altered at `column` so that the alterations cancel under `gamma`, and the tree
 * made over what came of it. The sheet stays: the proofs are what the attacker has.
 */
const altered = (
  params: Params,
  of: EncodedBlock,
  column: number,
  rows: readonly [number, number],
  gamma: bigint,
): EncodedBlock => {
  const shape = shapeOf(of.header.rowCount, params.maxBands)
  const [low, high] = rows
  const delta = 0x1234_5678n
  // gamma^low * (-gamma^(high - low) * delta) + gamma^high * delta = 0
  const counter = Fr.neg(Fr.mul(Fr.pow(gamma, BigInt(high - low)), delta))
  const cells = of.columns.map((each) =>
    each.index !== column
      ? each.cells
      : each.cells.map((cell, row) =>
          row === low ? shifted(cell, 5, counter) : row === high ? shifted(cell, 5, delta) : cell,
        ),
  )
  const tree = treeOfColumns(components, shape, cells)
  return { ...of, columns: tree.columns, header: { ...of.header, dataRoot: tree.dataRoot } }
}

const cases = [
  { name: 'two lanes', params: { maxRows: 8, maxBands: 2 }, rows: 3, pair: [0, 1] },
  { name: 'the outer two of three lanes', params: { maxRows: 8, maxBands: 1 }, rows: 3, pair: [0, 2] },
  { name: 'one band of two lanes', params: { maxRows: 8, maxBands: 1 }, rows: 2, pair: [0, 1] },
] as const

for (const { name, params, rows, pair } of cases) {
  test(`cells of ${name} altered orthogonally to a gamma without dataRoot: the weak build is fooled, ours is not`, (t) => {
    const weak = weakened('dataRoot')
    const shape = shapeOf(rows, params.maxBands)
    for (const column of isLong ? [0, 3, 64, 100, 127] : [100]) {
      // The weak chain's leader encodes honestly, then alters: gamma does not move.
      const honest = encodeBlock(weak, params, blobsForRows(rows))
      const gamma = gammaOf(weak.sha256, shape, honest.header)
      const forged = altered(params, honest, column, pair, gamma)
      t.is(gammaOf(weak.sha256, shape, forged.header), gamma)
      t.notDeepEqual(forged.columns[column]!.cells, honest.columns[column]!.cells)
      t.deepEqual(codesOf(weak, params, forged, 0, column), ['accept'], 'the data tile')
      t.deepEqual(codesOf(weak, params, forged, shape.bands, column), ['accept'], 'the extended tile')

      // The same leader on our chain: with the altered tree comes another gamma.
      const ours = encodeBlock(components, params, blobsForRows(rows))
      const early = gammaOf(trueSha256, shape, ours.header)
      const refused = altered(params, ours, column, pair, early)
      t.not(gammaOf(trueSha256, shape, refused.header), early)
      t.deepEqual(codesOf(components, params, ours, 0, column), ['accept'])
      t.deepEqual(codesOf(components, params, refused, 0, column), ['proof'])
      t.deepEqual(codesOf(components, params, refused, shape.bands, column), ['proof'])
      // Nor do the weak chain's proofs help under our gamma, nor untouched tiles of the altered block.
      t.deepEqual(codesOf(components, params, forged, 0, column), ['proof'])
      t.deepEqual(codesOf(components, params, refused, 0, (column + 1) % 128), ['proof'])
    }
  })
}

test('commitments altered orthogonally to a gamma without commitmentsRoot: the weak build is fooled, ours is not', (t) => {
  const weak = weakened('commitmentsRoot')
  const [params, rows, column] = [{ maxRows: 8, maxBands: 2 }, 3, 9]
  const shape = shapeOf(rows, params.maxBands)
  const secret = Point.BASE.multiply(77n)
  const recommitted = (of: EncodedBlock, gamma: bigint): EncodedBlock => {
    // c_0 - gamma * D and c_1 + D: the sum over the band is what it was, and neither commits to its row.
    const low = Point.fromBytes(of.commitments[0]!).subtract(secret.multiply(gamma)).toBytes()
    const high = Point.fromBytes(of.commitments[1]!).add(secret).toBytes()
    const commitments = replaced(
      replaced(of.commitments, 0, () => low),
      1,
      () => high,
    )
    return { ...of, commitments, header: { ...of.header, commitmentsRoot: commitmentsRootOf(commitments) } }
  }
  const honest = encodeBlock(weak, params, blobsForRows(rows))
  const forged = recommitted(honest, gammaOf(weak.sha256, shape, honest.header))
  t.notDeepEqual(forged.commitments, honest.commitments)
  t.deepEqual(codesOf(weak, params, forged, 0, column), ['accept'])
  const ours = encodeBlock(components, params, blobsForRows(rows))
  const refused = recommitted(ours, gammaOf(trueSha256, shape, ours.header))
  t.deepEqual(codesOf(components, params, refused, 0, column), ['proof'])
})

test('on our chain an attacker that tries again and again meets a new gamma each time', (t) => {
  // Each trial alters for the gamma of the trial before: the best there is without inverting SHA-256.
  const [params, rows, column] = [{ maxRows: 8, maxBands: 2 }, 3, 11]
  const shape = shapeOf(rows, params.maxBands)
  const honest = encodeBlock(components, params, blobsForRows(rows))
  const seen = new Set<bigint>()
  let trial = honest
  for (let i = 0; i < 12; i++) {
    const gamma = gammaOf(trueSha256, shape, trial.header)
    t.false(seen.has(gamma))
    seen.add(gamma)
    trial = altered(params, honest, column, [0, 1], gamma)
    t.deepEqual(codesOf(components, params, trial, 0, column), ['proof'])
  }
})

test('with one lane there is nothing to alter: the proof is that of the row itself', (t) => {
  // gamma^0 = 1 whatever gamma is, so even the weak build refuses.
  const weak = weakened('dataRoot')
  const params = { maxRows: 8, maxBands: 4 }
  const honest = encodeBlock(weak, params, blobsForRows(4))
  const forged = altered(params, honest, 6, [0, 1], gammaOf(weak.sha256, shapeOf(4, 4), honest.header))
  t.deepEqual(codesOf(weak, params, forged, 0, 6), ['proof'])
})
