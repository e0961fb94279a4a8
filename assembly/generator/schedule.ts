// The order in which the products of several columns are computed. A product of n limbs needs 2n operands and has
// 2n-1 columns, more than there are registers: columns are taken in groups, inside a group products are ordered by
// their left operand, and a few operands that are needed again soonest are kept in names. Measured; the result does
// not depend on it.

import type { Limb } from './bounds.ts'
import type { Body } from './emitter.ts'

export interface LimbProduct {
  /** Products with equal `row` share their left operand. */
  readonly row: number
  readonly left: Limb
  readonly right: Limb
}

export type Column = LimbProduct[]

export interface Schedule {
  /** Columns computed side by side. */
  readonly group: number
  /** Operands kept in names. */
  readonly kept: number
  /** Products whose steps are interleaved. */
  readonly stride: number
}

/** What a column's accumulator does with a product: `open` the steps in order, to be interleaved with others'. */
export interface Accumulator {
  /** The steps that add left * right; each runs once, in order. */
  steps(left: Limb, right: Limb): readonly (() => void)[]
}

/** Feeds every product of `columns` to its accumulator; `finish` is called for each column in ascending order. */
export const runColumns = <A extends Accumulator>(
  body: Body,
  columns: readonly Column[],
  schedule: Schedule,
  open: (column: number) => A,
  finish: (column: number, accumulator: A) => void,
): void => {
  const groups: number[][] = []
  for (let first = 0; first < columns.length; first += schedule.group) {
    groups.push(Array.from({ length: Math.min(schedule.group, columns.length - first) }, (_, i) => first + i))
  }
  const orders = groups.map((group) => orderOfGroup(columns, group))
  const operands = createOperands(body, schedule.kept, orders.flat(2))
  groups.forEach((group, g) => {
    const accumulators = new Map(group.map((column) => [column, open(column)]))
    for (const row of orders[g] ?? []) {
      for (let at = 0; at < row.length; at += schedule.stride) {
        const chunk = row.slice(at, at + schedule.stride).map(({ column, product }) => {
          const left = operands.use(product.left)
          const right = operands.use(product.right)
          return (accumulators.get(column) as A).steps(left, right)
        })
        const depth = Math.max(...chunk.map((steps) => steps.length))
        for (let step = 0; step < depth; step++) for (const steps of chunk) steps[step]?.()
      }
    }
    for (const column of group) finish(column, accumulators.get(column) as A)
  })
}

interface Placed {
  readonly column: number
  readonly product: LimbProduct
}

/** The products of a group of columns, by rows. */
const orderOfGroup = (
  columns: readonly Column[],
  group: readonly number[],
): readonly (readonly Placed[])[] => {
  const rows = new Map<number, Placed[]>()
  for (const column of group) {
    for (const product of columns[column] ?? []) {
      const row = rows.get(product.row) ?? []
      row.push({ column, product })
      rows.set(product.row, row)
    }
  }
  return [...rows.entries()].sort(([a], [b]) => a - b).map(([, row]) => row)
}

interface Operands {
  use(limb: Limb): Limb
}

/** Keeps the `kept` loaded operands whose next use is nearest (Belady's rule: all uses are known). */
const createOperands = (body: Body, kept: number, order: readonly Placed[]): Operands => {
  const uses = order.flatMap(({ product }) => [product.left.expression, product.right.expression])
  const names = new Map<string, string>()
  let position = 0
  const nextUse = (expression: string): number => {
    const next = uses.indexOf(expression, position)
    return next === -1 ? Number.POSITIVE_INFINITY : next
  }
  return {
    use(limb) {
      position++
      if (!isLoad(limb.expression)) return limb
      const known = names.get(limb.expression)
      if (known !== undefined) return { expression: known, bound: limb.bound }
      const name = body.value(limb.expression)
      names.set(limb.expression, name)
      if (names.size > kept) {
        const farthest = [...names.keys()].reduce((a, b) => (nextUse(b) > nextUse(a) ? b : a))
        names.delete(farthest)
      }
      return { expression: name, bound: limb.bound }
    },
  }
}

const isLoad = (expression: string): boolean => expression.includes('(')
