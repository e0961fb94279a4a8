// Arithmetic on 64-bit integers, for engines without (fused) relaxed SIMD: the same recipes, another module. Limbs of
// n bits lie in i64 lanes; a product of two limbs is one 32-bit multiplication with a 64-bit result per lane. Numbers
// are in Montgomery's form (times 2^(n * count)); a product is reduced column by column, each column's quotient digit
// making its lowest n bits zero. Sums may grow for a while: whatever is multiplied must fit 32 bits and signed 64-bit
// columns, which is checked here.

import { type Arithmetic, type Field, hold, loadPair, mapLimbs, type ProductOptions } from './arithmetic.ts'
import { type Element, type Limb, require, type Shape, topBound, withTopBound } from './bounds.ts'
import type { Body } from './emitter.ts'
import { ceilDivide, inverseModulo, magnitude, mod, plainDigits } from './integers.ts'

export interface IntegerOptions {
  readonly field: Field
  readonly limbBits: number
  readonly limbCount: number
}

const INT32 = (1n << 31n) - 1n
const INT64 = (1n << 63n) - 1n

export const createIntegerArithmetic = ({
  field,
  limbBits: n,
  limbCount: count,
}: IntegerOptions): Arithmetic => {
  const p = field.modulus
  const base = 1n << BigInt(n)
  const weight = (i: number): bigint => 1n << BigInt(n * i)
  /** Montgomery's R. */
  const radix = weight(count)
  const modulusLimbs = plainDigits(p, n, count)
  const digitFactor = base - inverseModulo(mod(p, base), base)

  const lower = Array.from({ length: count - 1 }, () => base - 1n)
  const shapeOf = (name: string, value: bigint): Shape => ({
    name: `${name} ${field.name}`,
    bounds: [...lower, topBound(lower, value, n)],
    value,
  })
  const reduced = shapeOf('reduced', p + p / 16n)
  const constants = shapeOf('constant', p)

  /** A constant operand of `times`: 32 bits, twice in each lane. */
  const constant = (body: Body, value: bigint): Limb => {
    require('constant operand', value, INT32)
    return { expression: body.pool.splat((value << 32n) | value), bound: value }
  }
  const splat = (body: Body, value: bigint): string => body.pool.splat(BigInt.asUintN(64, value))

  // ---- steps ----

  /** The low 32 bits of both lanes side by side, as `times` takes them. */
  const operand = (body: Body, limb: Limb): Limb => {
    require('operand of a product', limb.bound, INT32)
    const held = body.value(limb.expression)
    return { expression: body.value(`v128.shuffle<i32>(${held}, ${held}, 0, 2, 0, 2)`), bound: limb.bound }
  }

  const times = (a: Limb, b: Limb): Limb => ({
    expression: `i64x2.extmul_low_i32x4_s(${a.expression}, ${b.expression})`,
    bound: a.bound * b.bound,
  })

  const plus = (body: Body, a: Limb | undefined, b: Limb, operation: 'add' | 'sub' = 'add'): Limb => {
    const bound = (a?.bound ?? 0n) + b.bound
    require('sum in a column', bound, INT64)
    if (a === undefined) return { expression: body.value(b.expression), bound }
    return { expression: body.value(`i64x2.${operation}(${a.expression}, ${b.expression})`), bound }
  }

  const shifted = (body: Body, a: Limb): Limb => ({
    expression: body.value(`i64x2.shr_s(${a.expression}, ${n})`),
    bound: ceilDivide(a.bound, base),
  })

  const masked = (body: Body, a: Limb): Limb => ({
    expression: body.value(`v128.and(${a.expression}, ${splat(body, base - 1n)})`),
    bound: base - 1n,
  })

  /** Carries from the lowest limb up; the top limb keeps what it gets. */
  const carryAll = (body: Body, limbs: readonly Limb[], value: bigint): Element => {
    let carry: Limb | undefined
    const result = limbs.map((limb, i) => {
      const sum = carry === undefined ? limb : plus(body, limb, carry)
      if (i === count - 1) return sum
      const held = { expression: body.value(sum.expression), bound: sum.bound }
      carry = shifted(body, held)
      return masked(body, held)
    })
    return withTopBound(result, value, n)
  }

  // ---- products ----

  /** Montgomery's reduction of columns that `column(k)` adds up, k < 2 * count - 1. */
  const reduce = (
    body: Body,
    column: (k: number) => Limb | undefined,
    size: bigint,
    extra: ProductOptions,
  ): Element => {
    const digits: Limb[] = []
    const limbs: Limb[] = []
    let carry: Limb | undefined
    for (let k = 0; k < 2 * count; k++) {
      let sum = column(k)
      if (carry !== undefined) sum = plus(body, sum, carry)
      for (let i = Math.max(0, k - count + 1); i < Math.min(k, count); i++) {
        sum = plus(body, sum, times(digits[i] as Limb, constant(body, modulusLimbs[k - i] as bigint)))
      }
      if (k < count) {
        const low = body.value(`v128.shuffle<i32>(${sum?.expression}, ${sum?.expression}, 0, 2, 0, 2)`)
        const product = times({ expression: low, bound: 0n }, constant(body, digitFactor))
        const digit = masked(body, { expression: product.expression, bound: 0n })
        digits[k] = operand(body, digit)
        sum = plus(body, sum, times(digits[k] as Limb, constant(body, modulusLimbs[0] as bigint)))
        carry = shifted(body, sum)
        continue
      }
      // Numbers in Montgomery's form stand for themselves times the radix, as the upper half of the columns does.
      for (const term of extra.subtract ?? []) sum = plus(body, sum, term.limbs[k - count] as Limb, 'sub')
      sum ??= { expression: splat(body, 0n), bound: 0n }
      carry = k === 2 * count - 1 ? undefined : shifted(body, sum)
      limbs.push(k === 2 * count - 1 ? sum : masked(body, sum))
    }
    // (size + q p) / radix with 0 <= q < radix.
    let value = ceilDivide(size, radix) + p
    for (const term of extra.subtract ?? []) value += term.value
    const result = withTopBound(limbs, value, n)
    return extra.subtract === undefined ? result : normalise(body, result)
  }

  const product = (body: Body, a: Element, b: Element, extra: ProductOptions = {}): Element => {
    const left = a.limbs.map((limb) => operand(body, limb))
    const right = b.limbs.map((limb) => operand(body, limb))
    const column = (k: number): Limb | undefined => {
      let sum: Limb | undefined
      for (let i = Math.max(0, k - count + 1); i <= Math.min(k, count - 1); i++) {
        sum = plus(body, sum, times(left[i] as Limb, right[k - i] as Limb))
      }
      return sum
    }
    return reduce(body, column, a.value * b.value, extra)
  }

  const square = (body: Body, a: Element, extra: ProductOptions = {}): Element => {
    const operands = a.limbs.map((limb) => operand(body, limb))
    const column = (k: number): Limb | undefined => {
      let sum: Limb | undefined
      for (let i = Math.max(0, k - count + 1); 2 * i < k; i++) {
        sum = plus(body, sum, times(operands[i] as Limb, operands[k - i] as Limb))
      }
      if (sum !== undefined) sum = plus(body, sum, sum)
      const middle = operands[k / 2]
      return k % 2 === 0 && middle !== undefined ? plus(body, sum, times(middle, middle)) : sum
    }
    return reduce(body, column, a.value * a.value, extra)
  }

  /** Takes off round(a / p) times p, estimated from the top limb. */
  const normalise = (body: Body, a: Element): Element => {
    const tidied = carryAll(body, a.limbs, a.value)
    const top = tidied.limbs[count - 1] as Limb
    const shift = 30
    const factor = ((weight(count - 1) << BigInt(shift)) + p / 2n) / p
    const scaled = times(operand(body, top), constant(body, factor))
    const rounded = plus(
      body,
      { expression: body.value(scaled.expression), bound: scaled.bound },
      { expression: splat(body, 1n << BigInt(shift - 1)), bound: 1n << BigInt(shift - 1) },
    )
    const quotient = operand(body, {
      expression: body.value(`i64x2.shr_s(${rounded.expression}, ${shift})`),
      bound: (rounded.bound >> BigInt(shift)) + 1n,
    })
    const limbs = tidied.limbs.map((limb, i) =>
      plus(body, limb, times(quotient, constant(body, modulusLimbs[i] as bigint)), 'sub'),
    )
    // p/2 from rounding, the lower limbs that the estimate does not see, and the error of the factor.
    const error = magnitude((factor * p - (weight(count - 1) << BigInt(shift))) * top.bound)
    const value = p / 2n + weight(count - 1) + (error >> BigInt(shift)) + 1n
    return carryAll(body, limbs, value)
  }

  const zip =
    (operation: 'add' | 'sub') =>
    (body: Body, a: Element, b: Element): Element => ({
      limbs: a.limbs.map((limb, i) => plus(body, limb, b.limbs[i] as Limb, operation)),
      value: a.value + b.value,
    })

  /** An element whose limbs are the constant's digits. */
  const constantElement = (body: Body, x: bigint): Element => ({
    limbs: plainDigits(x, n, count).map((digit) => ({ expression: splat(body, digit), bound: digit })),
    value: x,
  })

  return {
    kind: 'integer',
    field,
    limbCount: count,
    limbBits: n,
    reduced,
    constants,
    encode: (x) => plainDigits(mod(x * radix, p), n, count),
    add: zip('add'),
    subtract: zip('sub'),
    product,
    square,
    normalise,
    tidy: (body, a) => carryAll(body, a.limbs, a.value),
    enter(body, pointer) {
      const digits = hold(body, loadPair(pointer, constants))
      return product(body, digits, constantElement(body, mod(radix * radix, p)))
    },
    leave: (body, a) => normalise(body, product(body, a, constantElement(body, 1n))),
    negateWhere: (_, a, mask) =>
      mapLimbs(a, (limb) => `i64x2.sub(v128.xor(${limb.expression}, ${mask}), ${mask})`),
    negationMask: (bit0, bit1) => `i64x2.replace_lane(i64x2.splat(-<i64>(${bit0})), 1, -<i64>(${bit1}))`,
    limbToInteger: (word) => `<i64>(${word})`,
    integerToLimb: (integer) => `<u64>(${integer})`,
  }
}
