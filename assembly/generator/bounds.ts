// What the generator knows about values at build time, and how it refuses.
//
// A limb carries the largest size that it can have; an element carries, besides its limbs, the largest size of the
// number that they stand for. The two together say more than either: the top limb of a reduced number is small
// because the number is. All bounds are exact integers. Each step of the arithmetic (float.ts, integer.ts) states
// what it needs as `require(...)`; a step whose need cannot be shown is refused, and with it the build.

import { ceilDivide, least } from './integers.ts'

/** One limb in both lanes: an expression of type v128, and |limb| <= bound. */
export interface Limb {
  readonly expression: string
  readonly bound: bigint
}

/** Two numbers, one per lane: sum of limb_i * 2^(bits * i); |number| <= value. */
export interface Element {
  readonly limbs: readonly Limb[]
  readonly value: bigint
}

/** The bounds of an element without its expressions: what is promised about elements in memory. */
export interface Shape {
  readonly name: string
  readonly bounds: readonly bigint[]
  readonly value: bigint
}

/** A step that could round or overflow. */
export class BoundError extends Error {
  override readonly name = 'BoundError'
}

/** Refuses unless bound <= limit. */
export const require = (what: string, bound: bigint, limit: bigint): void => {
  if (bound > limit)
    throw new BoundError(`${what}: can reach ${power(bound)}, must stay within ${power(limit)}`)
}

/** Refuses to call `element` one of `shape` unless its bounds show it. */
export const requireShape = (what: string, element: Element, shape: Shape): void => {
  element.limbs.forEach((limb, i) => {
    require(`${what}: limb ${i} of ${shape.name}`, limb.bound, shape.bounds[i] as bigint)
  })
  require(`${what}: value of ${shape.name}`, element.value, shape.value)
}

/**
 * The bound of the top limb that follows from the bound of the value: |top| * B^(n-1) <= |value| + sum of the others.
 */
export const topBound = (lower: readonly bigint[], value: bigint, bits: number): bigint => {
  let sum = value
  lower.forEach((bound, i) => {
    sum += bound << BigInt(bits * i)
  })
  return sum >> BigInt(bits * lower.length)
}

/** The same limbs, the top one bounded by the value if that says more. */
export const withTopBound = (limbs: readonly Limb[], value: bigint, bits: number): Element => {
  const last = limbs.length - 1
  const top = limbs[last] as Limb
  const lower = limbs.slice(0, last).map((limb) => limb.bound)
  const bound = least(top.bound, topBound(lower, value, bits))
  return { limbs: [...limbs.slice(0, last), { expression: top.expression, bound }], value }
}

/** Shape of sums of `count` elements of `shape`. */
export const multipleOf = (shape: Shape, count: bigint): Shape => ({
  name: `${count} x ${shape.name}`,
  bounds: shape.bounds.map((bound) => bound * count),
  value: shape.value * count,
})

/** Numbers for people: powers of two with two decimals. */
const power = (x: bigint): string => {
  if (x === 0n) return '0'
  const shift = Math.max(0, x.toString(2).length - 53)
  return `2^${(Math.log2(Number(ceilDivide(x, 1n << BigInt(shift)))) + shift).toFixed(3)}`
}
