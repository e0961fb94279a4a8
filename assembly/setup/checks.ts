// What makes a list of points the setup of a ceremony, checked from nothing: every point lies on its curve and in its
// subgroup; the powers are powers of one secret, the same in both groups; the Lagrange points are the inverse
// transform of the powers, and FK20's points a transform of them. Lists are checked as one random combination each,
// with weights of 128 bits, so that a wrong list passes with probability 2^-128. The kernels do the sums, which takes
// a tenth of the time that noble needs.

import { randomBytes } from 'node:crypto'
import { PublicKey, Signature } from '@chainsafe/blst'
import { pippenger } from '@noble/curves/abstract/curve.js'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import type { GroupKernel } from '../../src/kernel/group-kernel.ts'
import { loadKernels } from '../../src/kernel/load.ts'
import { BLS_MODULUS } from '../../src/kernel/parameters.ts'
import { scalarToBytes } from '../../src/kernel/scalars.ts'
import { createGroupKernel } from '../../src/kernel/wasm-group.ts'
import type { Source } from './source.ts'
import { rootOfUnity, transform } from './transform.ts'

const G1 = bls12_381.G1.Point
const G2 = bls12_381.G2.Point
type G1 = typeof G1.BASE
type G2 = typeof G2.BASE

/** Throws an Error that names the first property that does not hold. */
export const checkSource = async (source: Source): Promise<void> => {
  const sums = createSums(createGroupKernel(await loadKernels()))
  expect(source.monomial.length === SIZE && source.lagrange.length === SIZE, `${SIZE} points of G1`)
  expect(source.g2.length === 65, '65 points of G2')
  expect(source.proofPoints.length === COSETS * GROUP, `${COSETS * GROUP} points of FK20`)
  checkG1('monomial', source.monomial)
  checkG1('lagrange', source.lagrange)
  checkG1('proof', source.proofPoints)
  const { monomial, lagrange, proofPoints } = source
  const g2 = readG2(source.g2)
  checkOfficial(source)
  expect(
    toPoint(monomial[0]!).equals(G1.BASE) && g2[0]!.equals(G2.BASE),
    'powers that start at the generators',
  )
  checkPowers(sums, monomial, g2)
  checkLagrange(sums, monomial, lagrange)
  checkProofPoints(sums, monomial, proofPoints)
}

const SIZE = 4096
/** Cells of an extended row, and the size of FK20's transforms. */
const COSETS = 128
/** Elements of a cell, and points of a group. */
const GROUP = 64

/** e(sum r_i M_i, [s]) = e(sum r_i M_(i+1), [1]), and the same for G2 against the first power in G1. */
const checkPowers = (sumG1: Sums, monomial: readonly Uint8Array[], g2: readonly G2[]) => {
  const weights = randomWeights(SIZE - 1)
  const low = sumG1(monomial.slice(0, -1), weights)
  const high = sumG1(monomial.slice(1), weights)
  expect(arePairsEqual(low, g2[1]!, high, g2[0]!), 'powers of one secret in G1')
  const weights2 = randomWeights(g2.length - 1)
  const low2 = pippenger(G2, g2.slice(0, -1), weights2)
  const high2 = pippenger(G2, g2.slice(1), weights2)
  expect(
    arePairsEqual(toPoint(monomial[1]!), low2, toPoint(monomial[0]!), high2),
    'powers of the same secret in G2',
  )
}

/** sum r_i L_i commits to the polynomial with values r_i: the same as sum c_j M_j with its coefficients. */
const checkLagrange = (sumG1: Sums, monomial: readonly Uint8Array[], lagrange: readonly Uint8Array[]) => {
  const values = randomWeights(SIZE)
  const coefficients = transform(values, rootOfUnity(SIZE), { inverse: true })
  expect(
    sumG1(lagrange, values).equals(sumG1(monomial, coefficients)),
    'Lagrange points that belong to the powers',
  )
}

/**
 * Point i of group k is the k-th value of the transform of v_i, v_i[j] = M[4096 - 64 - 1 - 64 j - i] for j < 63. So
 * sum r_(k,i) P_(k,i) is the sum over i and j of (sum over k of r_(k,i) omega^(k j)) v_i[j].
 */
const checkProofPoints = (
  sumG1: Sums,
  monomial: readonly Uint8Array[],
  proofPoints: readonly Uint8Array[],
) => {
  const weights = randomWeights(COSETS * GROUP)
  const points: Uint8Array[] = []
  const scalars: bigint[] = []
  for (let i = 0; i < GROUP; i++) {
    const ofOffset = Array.from({ length: COSETS }, (_, k) => weights[k * GROUP + i]!)
    const sums = transform(ofOffset, rootOfUnity(COSETS))
    for (let j = 0; j < GROUP - 1; j++) {
      points.push(monomial[SIZE - GROUP - 1 - GROUP * j - i]!)
      scalars.push(sums[j]!)
    }
  }
  expect(
    sumG1(proofPoints, weights).equals(sumG1(points, scalars)),
    'points of FK20 that belong to the powers',
  )
}

/** The compressed points of the ceremony's own file are these. */
const checkOfficial = ({ monomial, lagrange, g2, official }: Source) => {
  const agree = (ours: readonly Uint8Array[], theirs: readonly Uint8Array[], half: number) =>
    ours.length === theirs.length && ours.every((point, i) => isCompressionOf(theirs[i]!, point, half))
  expect(agree(monomial, official.monomial, 48), 'the powers of the official file')
  expect(agree(lagrange, official.lagrange, 48), 'the Lagrange points of the official file')
  expect(agree(g2, official.g2, 96), 'the points of G2 of the official file')
}

/** Compressed is x with three bits on top, the third of which says that y is the larger of y and -y. */
const isCompressionOf = (compressed: Uint8Array, affine: Uint8Array, half: number): boolean => {
  if (compressed.length !== half || (compressed[0]! & 0xc0) !== 0x80) return false
  const parsed = half === 48 ? PublicKey.fromBytes(affine) : Signature.fromBytes(affine)
  return Buffer.compare(parsed.toBytes(), compressed) === 0
}

/** Affine points; blst checks that they are canonical, on the curve, in the subgroup and not infinity. */
const checkG1 = (name: string, points: readonly Uint8Array[]): void =>
  points.forEach((bytes, i) => {
    try {
      PublicKey.fromBytes(bytes, true)
    } catch (cause) {
      throw new Error(`${name} point ${i} is not of the subgroup`, { cause })
    }
  })

const toPoint = (bytes: Uint8Array): G1 => G1.fromAffine({ x: integer(bytes, 0), y: integer(bytes, 48) })

const readG2 = (points: readonly Uint8Array[]): G2[] =>
  points.map((bytes, i) => {
    try {
      Signature.fromBytes(bytes, true)
    } catch (cause) {
      throw new Error(`G2 point ${i} is not of the subgroup`, { cause })
    }
    return G2.fromAffine({
      x: { c1: integer(bytes, 0), c0: integer(bytes, 48) },
      y: { c1: integer(bytes, 96), c0: integer(bytes, 144) },
    })
  })

const integer = (bytes: Uint8Array, at: number): bigint =>
  BigInt(`0x${Buffer.from(bytes.subarray(at, at + 48)).toString('hex')}`)

type Sums = (points: readonly Uint8Array[], scalars: readonly bigint[]) => G1

const createSums =
  (kernel: GroupKernel): Sums =>
  (points, scalars) =>
    toPoint(kernel.msm(Buffer.concat(points), Buffer.concat(scalars.map(scalarToBytes))))

/** e(a, b) = e(c, d). */
const arePairsEqual = (a: G1, b: G2, c: G1, d: G2): boolean => {
  const product = bls12_381.pairingBatch([
    { g1: a, g2: b },
    { g1: c.negate(), g2: d },
  ])
  return bls12_381.fields.Fp12.eql(product, bls12_381.fields.Fp12.ONE)
}

const randomWeights = (count: number): bigint[] =>
  Array.from({ length: count }, () => BigInt(`0x${randomBytes(16).toString('hex')}`) % BLS_MODULUS)

const expect = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(`the trusted setup is wrong: expected ${what}`)
}
