// Points of G1 through the kernels of every module, against noble's curves: random, structured and hostile.

import { randomBytes } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import test from 'ava'
import fc from 'fast-check'
import { type KernelKind, loadKernels } from '../../src/kernel/load.ts'
import { createGroupKernel } from '../../src/kernel/wasm-group.ts'

const kinds: readonly KernelKind[] = ['float', 'integer']
const kernels = await Promise.all(
  kinds.map(async (kind) => ({ kind, kernel: createGroupKernel(await loadKernels({ kind })) })),
)
const { Point } = bls12_381.G1
const R = bls12_381.fields.Fr.ORDER
const P = bls12_381.fields.Fp.ORDER
type G1 = typeof Point.BASE
const range = { instanceOf: RangeError }

const bigEndian = (x: bigint, size: number): Uint8Array =>
  new Uint8Array(Buffer.from(x.toString(16).padStart(2 * size, '0'), 'hex'))
const affine = (point: G1): Uint8Array => {
  if (point.is0()) return new Uint8Array(96)
  const { x, y } = point.toAffine()
  return join([bigEndian(x, 48), bigEndian(y, 48)])
}
/** noble writes neither infinity nor points outside the subgroup. */
const compressed48 = (point: G1): Uint8Array => {
  if (point.is0()) return new Uint8Array([0xc0, ...new Array<number>(47).fill(0)])
  const { x, y } = point.toAffine()
  const bytes = bigEndian(x, 48)
  bytes[0] = bytes[0]! | (y > (P - 1n) / 2n ? 0xa0 : 0x80)
  return bytes
}
const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
const times = (scalar: bigint): G1 => (scalar % R === 0n ? Point.ZERO : Point.BASE.multiply(scalar % R))
const random = (): bigint => BigInt(`0x${randomBytes(40).toString('hex')}`) % R
const edgeScalars = [
  0n,
  1n,
  2n,
  R - 1n,
  R - 2n,
  R / 2n,
  (1n << 128n) - 1n,
  1n << 128n,
  0xd201000000010000n ** 2n,
]
const small = Array.from({ length: 16 }, (_, i) => times(BigInt(i)))
/** A point of the curve outside the subgroup. */
const outside = (() => {
  for (let x = 1n; ; x++) {
    try {
      const point = Point.fromAffine({ x, y: bls12_381.fields.Fp.sqrt((x * x * x + 4n) % P) })
      if (!point.isTorsionFree()) return point
    } catch {}
  }
})()

for (const { kind, kernel } of kernels) {
  test(`compressed points are read and written as noble does it (${kind})`, (t) => {
    const points = [
      ...small,
      ...small.map((p) => p.negate()),
      ...Array.from({ length: 9 }, () => times(random())),
    ]
    const expectedBytes = join(points.map(compressed48))
    const expected = join(points.map(affine))
    t.deepEqual(kernel.decompress(expectedBytes), expected)
    t.deepEqual(kernel.compress(expected), expectedBytes)
    for (const point of points.slice(0, 5)) {
      t.deepEqual(kernel.decompress(compressed48(point)), affine(point))
    }
    t.is(kernel.decompress(new Uint8Array()).length, 0)
  })

  test(`points that are malformed, off the curve or outside the subgroup are refused (${kind})`, (t) => {
    const good = compressed48(Point.BASE)
    const changed = (keep: number, set: number): Uint8Array => {
      const bytes = good.slice()
      bytes[0] = (bytes[0]! & keep) | set
      return bytes
    }
    const infinity = compressed48(Point.ZERO)
    const signedInfinity = infinity.slice()
    signedInfinity[0] = 0xe0
    const longInfinity = infinity.slice()
    longInfinity[47] = 1
    const tooLarge = bigEndian(P, 48)
    tooLarge[0] = tooLarge[0]! | 0x80
    let x = 1n
    while (bls12_381.fields.Fp.pow((x * x * x + 4n) % P, (P - 1n) / 2n) === 1n) x++
    const offCurve = bigEndian(x, 48)
    offCurve[0] = offCurve[0]! | 0x80
    const bad = [
      changed(0x7f, 0),
      changed(0xff, 0x40),
      signedInfinity,
      longInfinity,
      tooLarge,
      offCurve,
      compressed48(outside),
    ]
    const fill = (count: number) => Array.from({ length: count }, (): Uint8Array => good)
    for (const point of bad) {
      for (const place of [0, 1, 2, 15]) {
        for (const count of place < 3 ? [3, 40] : [40]) {
          const list: Uint8Array[] = fill(count)
          list[place] = point
          t.throws(() => kernel.decompress(join(list)), { ...range, message: new RegExp(`place ${place}$`) })
        }
      }
      t.throws(() => kernel.decompress(point), range)
    }
    t.throws(() => kernel.decompress(new Uint8Array(47)), range)
  })

  test(`affine points are checked (${kind})`, (t) => {
    const list = join(small.map(affine))
    t.notThrows(() => kernel.checkAffine(list))
    const bent = list.slice()
    bent[96 + 95]! ^= 1
    t.throws(() => kernel.checkAffine(bent, { subgroup: false }), range)
    const noOrdinate = new Uint8Array(96)
    noOrdinate[47] = 1
    t.throws(() => kernel.checkAffine(noOrdinate, { subgroup: false }), range)
    t.throws(() => kernel.checkAffine(join([bigEndian(P, 48), bigEndian(2n, 48)])), range)
    t.throws(() => kernel.checkAffine(affine(outside)), range)
    t.throws(() => kernel.checkAffine(join([list, affine(outside)])), range)
    t.notThrows(() => kernel.checkAffine(affine(outside), { subgroup: false }))
  })

  const expectSum = (
    t: { deepEqual(a: unknown, b: unknown): void },
    terms: readonly (readonly [bigint, bigint])[],
  ) => {
    // Points are multiples of the generator, so that the expected sum is one multiplication.
    const sum = terms.reduce((total, [point, scalar]) => total + point * scalar, 0n)
    const points = join(terms.map(([point]) => affine(times(point))))
    const scalars = join(terms.map(([, scalar]) => bigEndian(scalar, 32)))
    t.deepEqual(kernel.msm(points, scalars), affine(times(sum)))
  }

  test(`sums of points times scalars are right, also where points are equal, opposite or infinity (${kind})`, (t) => {
    expectSum(t, [])
    const scalar = fc.oneof(fc.constantFrom(...edgeScalars), fc.bigInt({ min: 0n, max: R - 1n }))
    const point = fc.oneof(
      fc.constantFrom(0n, 1n, 2n, 3n, R - 1n, R - 2n),
      fc.bigInt({ min: 0n, max: R - 1n }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(point, scalar), { maxLength: 12 }), (terms) => expectSum(t, terms)),
      { numRuns: 30 },
    )
  })

  test(`sums of skewed lists are right (${kind})`, (t) => {
    const p = random()
    const s = random()
    const many = (count: number, term: (i: number) => readonly [bigint, bigint]) =>
      Array.from({ length: count }, (_, i) => term(i))
    expectSum(
      t,
      many(300, () => [p, s]),
    )
    expectSum(
      t,
      many(300, (i) => [i % 2 ? p : R - p, s]),
    )
    expectSum(
      t,
      many(300, (i) => [BigInt(i % 3), edgeScalars[i % edgeScalars.length]!]),
    )
    expectSum(
      t,
      many(70, (i) => [BigInt(i + 1), BigInt(i)]),
    )
    expectSum(
      t,
      many(33, () => [0n, s]),
    )
  })

  test(`long lists go through in chunks (${kind})`, (t) => {
    const multiples = Array.from({ length: 5 }, () => random())
    const images = multiples.map((m) => affine(times(m)))
    const scalars = Array.from({ length: 4101 }, (_, i) => (i % 50 === 0 ? random() : BigInt(i)))
    const sum = scalars.reduce((total, s, i) => total + s * multiples[i % 5]!, 0n)
    const points = join(scalars.map((_, i) => images[i % 5]!))
    t.deepEqual(kernel.msm(points, join(scalars.map((s) => bigEndian(s, 32)))), affine(times(sum)))
  })

  test(`sums over fixed points are right for every kind of scalar (${kind})`, (t) => {
    const multiples = [0n, 1n, 2n, R - 1n, 5n, 5n, ...Array.from({ length: 20 }, random)]
    const sum = kernel.fixedSum(join(multiples.map((m) => affine(times(m)))))
    const lists = [
      ...edgeScalars.map((s) => multiples.map(() => s)),
      multiples.map(random),
      multiples.map((_, i) => edgeScalars[i % edgeScalars.length]!),
    ]
    for (const scalars of lists) {
      const expected = scalars.reduce((total, s, i) => total + s * multiples[i]!, 0n)
      t.deepEqual(sum(join(scalars.map((s) => bigEndian(s, 32)))), affine(times(expected)))
    }
    t.throws(() => sum(new Uint8Array(32)), range)
    t.throws(() => sum(join(multiples.map(() => bigEndian(R, 32)))), range)
    t.throws(() => kernel.fixedSum(new Uint8Array()), range)
    t.throws(() => kernel.fixedSum(new Uint8Array(96 * 65)), range)
  })

  test(`scalars that are not canonical and lengths that do not fit are refused (${kind})`, (t) => {
    const point = affine(Point.BASE)
    t.throws(() => kernel.msm(point, bigEndian(R, 32)), range)
    t.throws(() => kernel.msm(point, new Uint8Array(31)), range)
    t.throws(() => kernel.msm(point.subarray(1), new Uint8Array(32)), range)
    t.throws(() => kernel.compress(new Uint8Array(95)), range)
  })
}
