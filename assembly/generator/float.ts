// Arithmetic on doubles: limbs are balanced integers held exactly in f64, two elements side by side in a v128.
//
// Made of the exact steps of float-steps.ts. Products are reduced by folding: the upper half is multiplied
// by 2^(n*k) mod p, and a quotient estimated from the top removes what is left. There are no conditional
// subtractions; numbers are in their own form, not Montgomery's, between about -p and p.

import type { Arithmetic, ProductOptions } from './arithmetic.ts'
import { hold, loadPair, mapLimbs, productColumns, squareColumns } from './arithmetic.ts'
import { type Element, type Limb, require, type Shape, topBound } from './bounds.ts'
import { type Body, bitsOfDouble } from './emitter.ts'
import { createFloatSteps, EXACT, type FloatColumn, type FloatOptions, fma, MAGIC } from './float-steps.ts'
import { balancedDigits, ceilDivide, centred, magnitude } from './integers.ts'
import { type Column, runColumns } from './schedule.ts'

export const createFloatArithmetic = (options: FloatOptions): Arithmetic => {
  const { field, limbBits: n, limbCount: count } = options
  const p = field.modulus
  const half = 1n << BigInt(n - 1)
  /** Integers that can be added to 1.5 * 2^52 where doubles are 1 apart. */
  const quotientRoom = 1n << 51n
  const { constant, constantLimb, exactSum, exactDifference, createColumn, carryAll, weight } =
    createFloatSteps(options)
  const modulusLimbs = balancedDigits(p, n, count)
  const folds = Array.from({ length: count }, (_, i) =>
    balancedDigits(centred(weight(count + i), p), n, count),
  )

  const lower = Array.from({ length: count - 1 }, () => half + options.slack)
  const shapeOf = (name: string, value: bigint): Shape => ({
    name: `${name} ${field.name}`,
    bounds: [...lower, topBound(lower, value, n)],
    value,
  })
  const reduced = shapeOf('reduced', options.value)
  /** What `normalise` leaves: a little more than half of p. */
  const constants = shapeOf('constant', p / 2n + p / 1024n)
  /** Numbers in [0, p) as they are read. */
  const digits = shapeOf('digits', p)

  // ---- reduction ----

  /** columns: 2 * count limbs, of any size that the steps can bear; value: bound of the number. */
  const fold = (body: Body, columns: readonly Limb[], value: bigint): Element => {
    // Upper half to limbs of n bits, so that products with the folding constants stay small.
    const lowerSize = sumOfBounds(columns.slice(0, count))
    const upper = carryAll(body, columns.slice(count), (value + lowerSize) / weight(count) + 1n)
    const table: Column[] = Array.from({ length: count }, (_, j) =>
      upper.limbs.slice(1).map((left, i) => ({
        row: i,
        left,
        right: constantLimb(body, folds[i + 1]?.[j] as bigint),
      })),
    )
    const open: FloatColumn[] = []
    runColumns(
      body,
      table,
      options.folds,
      (j) => {
        open[j] = createColumn(body, columns[j])
        return open[j]
      },
      () => {},
    )
    const first = upper.limbs[0] as Limb
    const { quotient, value: left } = estimateQuotient(body, open, first)
    return removeMultiple(body, open, first, quotient, left)
  }

  /**
   * k, near the number divided by p, from the top two columns: the number is first * B^count + sum of columns.
   * Returns -k, and the bound of the number minus k * p.
   */
  const estimateQuotient = (body: Body, columns: readonly FloatColumn[], first: Limb) => {
    const top = columns[count - 1] as FloatColumn
    const next = columns[count - 2] as FloatColumn
    const gathered = top.total()
    // Both terms are multiples of 2^n.
    const high: Limb = {
      expression: body.value(fma(first.expression, constant(body, 2 ** n), gathered.expression)),
      bound: first.bound * weight(1) + gathered.bound,
    }
    require('top of the number', high.bound, EXACT * weight(1))
    const carried = next.carry()
    const small = carried === undefined ? top.low() : exactSum(body, top.low(), carried)
    // The only rounding sum of the reduction: relative error 2^-53.
    const estimate = body.value(`f64x2.add(${high.expression}, ${small.expression})`)
    const size = high.bound + small.bound
    const errorOfSum = ceilDivide(size, EXACT)

    // Not in the estimate: what is left of the second column, and the columns below.
    let ignored = next.low().bound * weight(count - 2)
    for (let j = 0; j < count - 2; j++) {
      const column = columns[j] as FloatColumn
      ignored += (column.gathered() + column.low().bound) * weight(j)
    }
    const scale = 1n << 200n
    const factor = Number((weight(count - 1) * scale) / p) / 2 ** 200
    const factorScaled = BigInt(factor * 2 ** 200)
    const errorOfFactor = magnitude(factorScaled * p - weight(count - 1) * scale)
    const quotientBound = ceilDivide((size + errorOfSum) * factorScaled, scale) + 1n
    let start = constant(body, MAGIC)
    let moved = quotientBound
    if (quotientBound > quotientRoom) {
      // B^count is p and a little: rounding starts from `first` more, and only the difference has to fit.
      start = body.value(`f64x2.add(${first.expression}, ${start})`)
      const rest = magnitude(factorScaled * weight(1) - scale) * first.bound
      moved = ceilDivide(rest + (size - first.bound * weight(1) + errorOfSum) * factorScaled, scale) + 1n
      require('start of the quotient', first.bound, quotientRoom)
    }
    require('quotient', moved, quotientRoom)
    const rounded = body.value(fma(estimate, constant(body, -factor), start))
    const quotient: Limb = {
      expression: body.value(`f64x2.sub(${rounded}, ${start})`),
      bound: quotientBound,
    }
    const value =
      ignored +
      errorOfSum * weight(count - 1) +
      ceilDivide((size + errorOfSum) * errorOfFactor, scale) +
      ceilDivide(p, 2n)
    return { quotient, value }
  }

  const removeMultiple = (
    body: Body,
    columns: readonly FloatColumn[],
    first: Limb,
    quotient: Limb,
    value: bigint,
  ): Element => {
    const limbs: Limb[] = []
    let carry: Limb | undefined
    columns.forEach((column, j) => {
      const limb = modulusLimbs[j] as bigint
      if (limb !== 0n) for (const step of column.steps(quotient, constantLimb(body, limb))) step()
      if (carry !== undefined) column.add(carry)
      if (j < count - 1) {
        carry = column.carry()
        limbs.push(column.low())
        return
      }
      // What the top column gathered and what stands above it cancel, up to a small multiple of 2^n: the sum is an
      // integer that the bound of the value keeps small, so it is exact whatever the sizes of its two terms.
      const gathered = column.total()
      require('top of the rest', first.bound * weight(1) + gathered.bound, EXACT * weight(1))
      const high = body.value(fma(first.expression, constant(body, 2 ** n), gathered.expression))
      const low = column.low()
      const bound = topBound(
        limbs.map((each) => each.bound),
        value,
        n,
      )
      require('top limb of the rest', bound, EXACT)
      limbs.push({ expression: body.value(`f64x2.add(${low.expression}, ${high})`), bound })
    })
    return carryAll(body, limbs, value)
  }

  const sumOfBounds = (limbs: readonly Limb[]): bigint =>
    limbs.reduce((sum, limb, i) => sum + limb.bound * weight(i), 0n)

  const multiply = (body: Body, columns: readonly Column[], size: bigint, extra: ProductOptions): Element => {
    const limbs: Limb[] = []
    let carry: Limb | undefined
    runColumns(
      body,
      columns,
      options.products,
      () => createColumn(body),
      (_, column) => {
        if (carry !== undefined) column.add(carry)
        limbs.push(column.low())
        carry = column.carry()
      },
    )
    limbs.push(carry ?? { expression: constant(body, 0), bound: 0n })
    let value = size
    for (const term of extra.subtract ?? []) {
      value += term.value
      term.limbs.forEach((limb, i) => {
        limbs[i] = exactDifference(body, limbs[i] as Limb, limb)
      })
    }
    return fold(body, limbs, value)
  }

  const normalise = (body: Body, a: Element): Element => {
    // k = round(a / p) from the top limb alone; k is small, so that k * limbs of p needs no splitting.
    const top = a.limbs[count - 1] as Limb
    const factor = Number((weight(count - 1) << 200n) / p) / 2 ** 200
    const quotientBound = (2n * top.bound * weight(count - 1) + p + (p >> 20n)) / (2n * p)
    require('small quotient', quotientBound, 1n << 20n)
    const rounded = body.value(fma(top.expression, constant(body, -factor), constant(body, MAGIC)))
    const quotient = body.value(`f64x2.sub(${rounded}, ${constant(body, MAGIC)})`)
    const limbs = a.limbs.map((limb, i) => {
      const digit = modulusLimbs[i] as bigint
      if (digit === 0n) return limb
      const bound = limb.bound + quotientBound * magnitude(digit)
      require('limb of a small reduction', bound, EXACT)
      const expression = body.value(fma(quotient, constant(body, Number(digit)), limb.expression))
      return { expression, bound }
    })
    // |a - k*p| <= p/2 + what the lower limbs hold + the error of the factor (far below 2^-20 of p).
    const value = ceilDivide(p, 2n) + sumOfBounds(a.limbs.slice(0, count - 1)) + (p >> 20n)
    return carryAll(body, limbs, value)
  }

  const zip = (
    step: (body: Body, a: Limb, b: Limb) => Limb,
    body: Body,
    a: Element,
    b: Element,
  ): Element => ({
    limbs: a.limbs.map((limb, i) => step(body, limb, b.limbs[i] as Limb)),
    value: a.value + b.value,
  })

  return {
    kind: 'float',
    field,
    limbCount: count,
    limbBits: n,
    reduced,
    constants,
    encode: (x) => balancedDigits(centred(x, p), n, count).map((digit) => bitsOfDouble(Number(digit))),
    tidy: (body, a) => carryAll(body, a.limbs, a.value),
    add: (body, a, b) => zip(exactSum, body, a, b),
    subtract: (body, a, b) => zip(exactDifference, body, a, b),
    product: (body, a, b, extra = {}) =>
      multiply(body, productColumns(a.limbs, b.limbs), a.value * b.value, extra),
    square(body, a, extra = {}) {
      const doubled = a.limbs.map((limb) => exactSum(body, limb, limb))
      return multiply(body, squareColumns(a.limbs, doubled), a.value * a.value, extra)
    },
    normalise,
    leave: normalise,
    enter: (body, pointer) => normalise(body, hold(body, loadPair(pointer, digits))),
    negateWhere: (body, a, mask) =>
      mapLimbs(a, (limb) => body.value(`v128.xor(${limb.expression}, ${mask})`)),
    negationMask: (bit0, bit1) =>
      `i64x2.replace_lane(i64x2.splat(<i64>(<u64>(${bit0}) << 63)), 1, <i64>(<u64>(${bit1}) << 63))`,
    limbToInteger: (word) => `<i64>reinterpret<f64>(${word})`,
    integerToLimb: (integer) => `reinterpret<u64>(<f64>(${integer}))`,
  }
}
