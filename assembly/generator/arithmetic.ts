// Arithmetic on pairs of field elements, as the kernels' recipes see it. Two implementations write two modules with
// the same exports: float.ts (f64 lanes and fused multiply-add) and integer.ts (i64 lanes). A recipe never knows
// which one it is written for.

import type { Element, Limb, Shape } from './bounds.ts'
import type { Body } from './emitter.ts'
import type { Column } from './schedule.ts'

export interface Field {
  readonly name: 'fr' | 'fp'
  readonly modulus: bigint
}

export interface ProductOptions {
  /** Subtracted from the product before it is reduced: costs one operation per limb. */
  readonly subtract?: readonly Element[]
}

export interface Arithmetic {
  readonly kind: 'float' | 'integer'
  readonly field: Field
  readonly limbCount: number
  readonly limbBits: number
  /** What products, `normalise` and constants leave behind, and what lies in memory unless a recipe says otherwise. */
  readonly reduced: Shape
  /** What `encode` makes: tighter than `reduced`. */
  readonly constants: Shape
  /** The limbs, as 64-bit patterns, that stand for the field element x. */
  encode(x: bigint): readonly bigint[]

  add(body: Body, a: Element, b: Element): Element
  subtract(body: Body, a: Element, b: Element): Element
  product(body: Body, a: Element, b: Element, options?: ProductOptions): Element
  square(body: Body, a: Element, options?: ProductOptions): Element
  /** An element equal modulo the field's order that fits `reduced`. Takes small sums of reduced elements. */
  normalise(body: Body, a: Element): Element
  /** From the plain digits at `pointer` (values below 2^384 or 2^256) to what the arithmetic keeps. */
  enter(body: Body, pointer: string): Element
  /** The number itself, out of the form that the arithmetic keeps, between about -p and p: ready to be written. */
  leave(body: Body, a: Element): Element
  /** The same number with limbs below the top one as small as those of reduced elements. */
  tidy(body: Body, a: Element): Element
  /** Negates the lanes that `mask` says. */
  negateWhere(body: Body, a: Element, mask: string): Element
  /** An expression for a mask: lanes whose bit (an expression that is 0 or 1) is set are negated. */
  negationMask(bit0: string, bit1: string): string
  /** An expression of type i64 for the limb read at `address`, and statements that write one: lanes one by one. */
  limbToInteger(word: string): string
  integerToLimb(integer: string): string
}

/** The limbs of a pair at `pointer`, loaded anew at each use. */
export const loadPair = (pointer: string, shape: Shape): Element => ({
  limbs: shape.bounds.map((bound, i) => ({ expression: `load<v128>(${pointer}, ${16 * i})`, bound })),
  value: shape.value,
})

/** The limbs of an element with the same number in both lanes, stored once (8 bytes a limb). */
export const loadSplat = (pointer: string, shape: Shape): Element => ({
  limbs: shape.bounds.map((bound, i) => ({ expression: `v128.load64_splat(${pointer}, ${8 * i})`, bound })),
  value: shape.value,
})

/** Puts every limb into a name of its own. */
export const hold = (body: Body, a: Element): Element => mapLimbs(a, (limb) => body.value(limb.expression))

export const mapLimbs = (a: Element, change: (limb: Limb, i: number) => string): Element => ({
  limbs: a.limbs.map((limb, i) => ({ expression: change(limb, i), bound: limb.bound })),
  value: a.value,
})

/** The columns of a product: column k holds the limb products a_i * b_j with i + j = k. */
export const productColumns = (a: readonly Limb[], b: readonly Limb[]): readonly Column[] => {
  const columns: Column[] = Array.from({ length: a.length + b.length - 1 }, () => [])
  a.forEach((left, i) => {
    b.forEach((right, j) => void columns[i + j]?.push({ row: i, left, right }))
  })
  return columns
}

/** The columns of a square: mixed products once, with the doubled limb. */
export const squareColumns = (a: readonly Limb[], doubled: readonly Limb[]): readonly Column[] => {
  const columns: Column[] = Array.from({ length: 2 * a.length - 1 }, () => [])
  a.forEach((right, j) => {
    for (let i = 0; i <= j; i++) {
      const left = (i === j ? a : doubled)[i] as Limb
      columns[i + j]?.push({ row: i, left, right })
    }
  })
  return columns
}
