// Arithmetic on doubles: limbs are balanced integers held exactly in f64, two elements side by side in a v128.
//
// Everything rests on four steps, each exact under a condition that is checked here with integers (README.md has the
// arguments): a product is split into a multiple of 2^n and a rest by adding it to a number so large that doubles
// are 2^n apart there; such sums are chained; what a chain gathered is carried into the next column by one
// operation; and a sum of limbs is split the same way. Products are reduced by folding: the upper half is multiplied
// by 2^(n*k) mod p, and a quotient estimated from the top removes what is left. There are no conditional
// subtractions; numbers are in their own form, not Montgomery's, between about -p and p.

import type { Arithmetic, Field, ProductOptions } from './arithmetic.ts'
import { hold, loadPair, mapLimbs, productColumns, squareColumns } from './arithmetic.ts'
import { type Element, type Limb, require, type Shape, topBound, withTopBound } from './bounds.ts'
import { type Body, bitsOfDouble } from './emitter.ts'
import { balancedDigits, ceilDivide, centred, least, magnitude } from './integers.ts'
import { type Accumulator, type Column, runColumns, type Schedule } from './schedule.ts'

export interface FloatOptions {
  readonly field: Field
  readonly limbBits: number
  readonly limbCount: number
  /** What products promise: limbs below the top one within 2^(limbBits-1) + slack, value within `value`. */
  readonly slack: bigint
  readonly value: bigint
  /** Columns that begin with more than this in them move it into their chains first. */
  readonly columnStart: bigint
  readonly products: Schedule
  readonly folds: Schedule
}

/** Integers up to here are exact in a double. */
const EXACT = 1n << 53n
const MAGIC = 1.5 * 2 ** 52

export const createFloatArithmetic = (options: FloatOptions): Arithmetic => {
  const { field, limbBits: n, limbCount: count } = options
  const p = field.modulus
  const half = 1n << BigInt(n - 1)
  const chainStart = 1.5 * 2 ** (n + 52)
  /** How far a chain may move from its start: doubles are 2^n apart only in [2^(n+52), 2^(n+53)]. */
  const chainRoom = 1n << BigInt(n + 51)
  /** Integers that can be added to 1.5 * 2^52 where doubles are 1 apart. */
  const quotientRoom = 1n << 51n
  const weight = (i: number): bigint => 1n << BigInt(n * i)
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

  const constant = (body: Body, value: number): string => body.pool.splat(bitsOfDouble(value))
  const constantLimb = (body: Body, value: bigint): Limb => {
    require('constant limb', magnitude(value), EXACT)
    return { expression: constant(body, Number(value)), bound: magnitude(value) }
  }

  // ---- the four exact steps ----

  /** a + b of integers. */
  const exactSum = (body: Body, a: Limb, b: Limb): Limb => {
    const bound = a.bound + b.bound
    require('sum of limbs', bound, EXACT)
    return { expression: body.value(`f64x2.add(${a.expression}, ${b.expression})`), bound }
  }

  const exactDifference = (body: Body, a: Limb, b: Limb): Limb => {
    const bound = a.bound + b.bound
    require('difference of limbs', bound, EXACT)
    return { expression: body.value(`f64x2.sub(${a.expression}, ${b.expression})`), bound }
  }

  /** One column of a product: chains that gather multiples of 2^n, and the sum of the rests. */
  const createColumn = (body: Body, start?: Limb): FloatColumn => {
    let low = start
    const chains: Chain[] = []
    if (start !== undefined && start.bound > options.columnStart) {
      // Too large to add the rests of products to: its multiple of 2^n begins the chain.
      require('start of a chain', start.bound + half, chainRoom)
      const zero = constant(body, chainStart)
      const expression = body.value(`f64x2.add(${start.expression}, ${zero})`)
      const multiple = body.value(`f64x2.sub(${expression}, ${zero})`)
      chains.push({ expression, bound: start.bound + half })
      low = { expression: body.value(`f64x2.sub(${start.expression}, ${multiple})`), bound: half }
    }
    const addLow = (limb: Limb): void => {
      low = low === undefined ? limb : exactSum(body, low, limb)
    }
    const extend = (size: bigint): Chain => {
      // The step's own rounding moves the chain by at most 2^(n-1) more than the product.
      const grown = size + half
      const last = chains.at(-1)
      if (last !== undefined && last.bound + grown <= chainRoom) {
        last.bound += grown
        return last
      }
      require('a single product in a chain', grown, chainRoom)
      const chain = { expression: constant(body, chainStart), bound: grown }
      chains.push(chain)
      return chain
    }
    return {
      steps(a, b) {
        const size = a.bound * b.bound
        require('operand of a product', a.bound, EXACT)
        require('operand of a product', b.bound, EXACT)
        let before = ''
        let after = ''
        let difference = ''
        let remainder: Limb
        return [
          () => {
            const chain = extend(size)
            before = chain.expression
            after = body.value(fma(a.expression, b.expression, before))
            chain.expression = after
          },
          () => {
            difference = body.value(`f64x2.sub(${before}, ${after})`)
          },
          () => {
            // What rounding to a multiple of 2^n took away: exact, and at most half of 2^n.
            const expression = body.value(fma(a.expression, b.expression, difference))
            remainder = { expression, bound: least(half, size) }
          },
          () => addLow(remainder),
        ]
      },
      add: addLow,
      low: () => low ?? { expression: constant(body, 0), bound: 0n },
      gathered: () => chains.reduce((sum, chain) => sum + chain.bound, 0n),
      carry() {
        let sum: Limb | undefined
        for (const chain of chains) {
          // chain * 2^-n lies in [2^52, 2^53] and is an integer; the subtraction is exact.
          const expression = body.value(
            fma(chain.expression, constant(body, 2 ** -n), constant(body, -MAGIC)),
          )
          const limb = { expression, bound: chain.bound / weight(1) }
          sum = sum === undefined ? limb : exactSum(body, sum, limb)
        }
        return sum
      },
      total() {
        let sum: Limb | undefined
        for (const chain of chains) {
          const expression = body.value(`f64x2.sub(${chain.expression}, ${constant(body, chainStart)})`)
          const bound = (sum?.bound ?? 0n) + chain.bound
          require('sum of chains', bound, EXACT * weight(1))
          sum = {
            expression: sum ? body.value(`f64x2.add(${sum.expression}, ${expression})`) : expression,
            bound,
          }
        }
        return sum ?? { expression: constant(body, 0), bound: 0n }
      },
    }
  }

  /** Carries all limbs at once, each into the next; the top limb keeps what it gets. */
  const carryAll = (body: Body, limbs: readonly Limb[], value: bigint): Element => {
    const result: Limb[] = []
    let carry: Limb | undefined
    limbs.forEach((limb, i) => {
      let kept = limb
      let next: Limb | undefined
      if (i < limbs.length - 1) {
        require('limb to be carried', limb.bound + half, chainRoom)
        const start = constant(body, chainStart)
        const shifted = body.value(`f64x2.add(${limb.expression}, ${start})`)
        const multiple = body.value(`f64x2.sub(${shifted}, ${start})`)
        kept = {
          expression: body.value(`f64x2.sub(${limb.expression}, ${multiple})`),
          bound: least(limb.bound, half),
        }
        next = { expression: multiple, bound: (limb.bound + half) / weight(1) }
      }
      if (carry !== undefined) {
        const bound = kept.bound + carry.bound
        require('limb with carry', bound, EXACT)
        kept = {
          expression: body.value(fma(carry.expression, constant(body, 2 ** -n), kept.expression)),
          bound,
        }
      }
      result.push(kept)
      carry = next
    })
    return withTopBound(result, value, n)
  }

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

/** A chain of products: `bound` is how far from its start it can be. */
interface Chain {
  expression: string
  bound: bigint
}

interface FloatColumn extends Accumulator {
  /** Adds an integer to the rests. */
  add(limb: Limb): void
  /** The sum of the rests. */
  low(): Limb
  /** Bound of what the chains gathered. */
  gathered(): bigint
  /** What the chains gathered, divided by 2^n: belongs to the next column. */
  carry(): Limb | undefined
  /** What the chains gathered, as it is: a multiple of 2^n. */
  total(): Limb
}

const fma = (a: string, b: string, c: string): string => `f64x2.relaxed_madd(${a}, ${b}, ${c})`
