// docs/operations.md against the code: every limit of the network with its default, every penalty with its points.

import test from 'ava'
import { defaultLimits } from '../../src/network/limits.ts'
import { DEFAULT_POINTS, penaltyPoints } from '../../src/network/scores.ts'
import { read } from './pages.ts'

const page = read('docs/operations.md')
const rows = page.split('\n').filter((line) => line.startsWith('| `'))
const MiB = 2 ** 20

/** Names and values of a row of limits, in order: `a`, `b` | 1,000, 32 MiB | ... */
const limitsOf = (row: string): readonly (readonly [string, number])[] => {
  const [, names = '', values = ''] = row.split('|').map((cell) => cell.trim())
  const found = [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
  const numbers = values.split(/, (?=\d)|,\s+/).map((value) => {
    const [, digits = '', unit] = /^([\d,]+)( MiB)?$/.exec(value) ?? []
    return Number(digits.replaceAll(',', '')) * (unit === undefined ? 1 : MiB)
  })
  return found.map((name, i) => [name, numbers[i] ?? Number.NaN])
}

test('every limit of the network is on the page with its default', (t) => {
  const stated = new Map(rows.flatMap(limitsOf).filter(([name]) => name in defaultLimits))
  t.deepEqual(
    Object.fromEntries([...stated].sort()),
    Object.fromEntries(Object.entries(defaultLimits).sort()),
  )
})

test('every penalty of the network is on the page with its points', (t) => {
  const start = page.indexOf('| code | points |')
  const table = page.slice(start, page.indexOf('\n\n', start)).split('\n')
  const source = read('src/network/scores.ts')
  const codes = [...source.matchAll(/^ {2}'?([a-z-]+)'?: (\d+),$/gm)].map(([, code]) => code!)
  t.true(codes.length > 12)
  for (const code of codes) {
    const row = table.find((line) => line.includes(`\`${code}\``))
    t.truthy(row, code)
    t.true(row!.trimEnd().endsWith(`| ${penaltyPoints(code)} |`), code)
  }
  t.is(penaltyPoints('tile-proof'), DEFAULT_POINTS)
})
