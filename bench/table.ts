// Figures as people read them.

import type { Figure } from './measure.ts'
import { operations } from './operations.ts'

const targets = new Map(operations.map(({ op, target }) => [op, target]))

/** A table in Markdown; ratios are to the faster native library of the same run. */
export const tableOf = (figures: readonly Figure[]): string => {
  const rows = figures.map(({ op, impl, ms, spread, ratio }) => {
    const target = impl === 'weft' ? targets.get(op) : undefined
    return [op, impl, ms.toFixed(2), spread.toFixed(2), ratio?.toFixed(2) ?? '', target?.toFixed(2) ?? '']
  })
  const all = [['operation', 'by', 'ms', '+-', 'ratio', 'at most'], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const lines = all.map(
    (row) =>
      `| ${row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`,
  )
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}
