// The exact steps that arithmetic on doubles is made of (README.md has the arguments).
//
// A product is split into a multiple of 2^n and a rest by adding it to a number so large that doubles are 2^n apart
// there; such sums are chained; what a chain gathered is carried into the next column by one operation; and a sum of
// limbs is split the same way. Each step is exact under a condition on sizes, which is checked here with integers.

import type { Field } from './arithmetic.ts'
import { type Element, type Limb, require, withTopBound } from './bounds.ts'
import { type Body, bitsOfDouble } from './emitter.ts'
import { least, magnitude } from './integers.ts'
import type { Accumulator, Schedule } from './schedule.ts'

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
export const EXACT = 1n << 53n
/** Doubles around this one are 1 apart. */
export const MAGIC = 1.5 * 2 ** 52

export const createFloatSteps = (options: FloatOptions) => {
  const { limbBits: n } = options
  const half = 1n << BigInt(n - 1)
  const chainStart = 1.5 * 2 ** (n + 52)
  /** How far a chain may move from its start: doubles are 2^n apart only in [2^(n+52), 2^(n+53)]. */
  const chainRoom = 1n << BigInt(n + 51)
  const weight = (i: number): bigint => 1n << BigInt(n * i)

  const constant = (body: Body, value: number): string => body.pool.splat(bitsOfDouble(value))
  const constantLimb = (body: Body, value: bigint): Limb => {
    require('constant limb', magnitude(value), EXACT)
    return { expression: constant(body, Number(value)), bound: magnitude(value) }
  }

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

  return { constant, constantLimb, exactSum, exactDifference, createColumn, carryAll, weight }
}

/** A chain of products: `bound` is how far from its start it can be. */
interface Chain {
  expression: string
  bound: bigint
}

export interface FloatColumn extends Accumulator {
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

export const fma = (a: string, b: string, c: string): string => `f64x2.relaxed_madd(${a}, ${b}, ${c})`
