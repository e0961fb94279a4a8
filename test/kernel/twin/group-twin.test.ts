import { readFileSync } from 'node:fs'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import test from 'ava'
import fc from 'fast-check'
import { concat, toHex } from '../../../src/base/bytes.ts'
import { BLS_MODULUS } from '../../../src/kernel/parameters.ts'
import {
  add,
  affine,
  double,
  generator,
  infinity,
  isInfinity,
  isInSubgroup,
  multiply,
  negate,
  pointWithX,
} from '../../../src/kernel/twin/curve.ts'
import { createGroupTwin } from '../../../src/kernel/twin/group-twin.ts'
import { blobs, hashed, scalar } from '../../kzg/blobs.ts'
import { hostilePoints, infinity as infinityBytes, multiple } from '../../kzg/hostile.ts'
import { digestOf } from '../../kzg/make-fixtures.ts'

const read = (part: string) =>
  new Uint8Array(readFileSync(new URL(`../../../build/setup/${part}.bin`, import.meta.url)))
const fixtures = JSON.parse(readFileSync(new URL('../../kzg/fixtures.json', import.meta.url), 'utf8'))
const twin = createGroupTwin({ lagrange: read('commit'), proofPoints: read('prove') })

const factor = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, BLS_MODULUS - 1n, BLS_MODULUS - 2n),
  fc.nat().map((seed) => hashed(`factor ${seed}`)),
)

test('sums, doubles and multiples on the curve are noble’s', (t) => {
  const { BASE } = bls12_381.G1.Point
  fc.assert(
    fc.property(factor, factor, (k, n) => {
      const [p, q] = [multiply(generator, k), multiply(generator, n)]
      const sum = (k + n) % BLS_MODULUS
      if (sum === 0n) return t.true(isInfinity(add(p, q)))
      t.deepEqual(affine(add(p, q)), BASE.multiply(sum).toAffine())
    }),
    { numRuns: 20 },
  )
  t.deepEqual(affine(double(generator)), BASE.double().toAffine())
})

test('equal and opposite points and infinity add up', (t) => {
  const p = multiply(generator, 5n)
  t.deepEqual(affine(add(p, p)), affine(double(p)))
  t.true(isInfinity(add(p, negate(p))))
  t.deepEqual(add(p, infinity), p)
  t.deepEqual(add(infinity, p), p)
  t.true(isInfinity(double(infinity)))
  t.true(isInfinity(multiply(p, BLS_MODULUS)))
})

test('the subgroup check agrees with multiplying by the order', (t) => {
  let outside = 0
  for (let x = 0n; x < 24n; x++) {
    const point = pointWithX(x, false)
    if (point === undefined) continue
    const expected = isInfinity(multiply(point, BLS_MODULUS))
    if (!expected) outside++
    t.is(isInSubgroup(point), expected)
  }
  t.true(outside > 5)
  t.true(isInSubgroup(generator))
})

test('encodings go both ways, and hostile ones are refused', (t) => {
  const points = concat(infinityBytes, ...[1n, 2n, 3n, -1n].map(multiple))
  const affinePoints = twin.decompress(points)
  t.deepEqual(twin.compress(affinePoints), points)
  t.notThrows(() => twin.checkAffine(affinePoints))
  for (const [name, point] of Object.entries(hostilePoints)) {
    t.throws(() => twin.decompress(concat(multiple(1n), point)), { instanceOf: RangeError }, name)
  }
  const outside = affine(pointWithX(4n, false)!)
  const bytes = new Uint8Array(
    Buffer.from([outside.x, outside.y].map((value) => value.toString(16).padStart(96, '0')).join(''), 'hex'),
  )
  t.throws(() => twin.checkAffine(bytes), { instanceOf: RangeError })
  t.notThrows(() => twin.checkAffine(bytes, { subgroup: false }))
  t.throws(() => twin.checkAffine(bytes.with(95, bytes[95]! ^ 1), { subgroup: false }), {
    instanceOf: RangeError,
  })
})

test('sums of points times scalars are those of their logarithms', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(factor, factor), { maxLength: 8 }), (terms) => {
      const points = twin.decompress(concat(...terms.map(([point]) => multiple(point))))
      const scalars = concat(...terms.map(([, by]) => scalar(by)))
      const total = terms.reduce((sum, [point, by]) => sum + point * by, 0n)
      t.deepEqual(twin.compress(twin.msm(points, scalars)), multiple(total))
    }),
    { numRuns: 8 },
  )
  t.throws(() => twin.msm(new Uint8Array(96), new Uint8Array(0)), { instanceOf: RangeError })
})

test('commitments and cell proofs are those of another implementation', (t) => {
  t.is(toHex(twin.compress(twin.commit(blobs.sparse!))), fixtures.sparse.commitment)
  t.is(digestOf([twin.compress(twin.proofs(blobs.sparse!))]), fixtures.sparse.proofs)
})

test('without a setup the twin neither commits nor proves', (t) => {
  const bare = createGroupTwin()
  t.throws(() => bare.commit(blobs.zero!), { instanceOf: RangeError })
  t.throws(() => bare.proofs(blobs.zero!), { instanceOf: RangeError })
})
