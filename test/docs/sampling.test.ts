// docs/sampling.md has the tables that the formulas give, and measurements that they allow.

import test from 'ava'
import { sampledTiles } from '../../src/grid/sampling-bound.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import {
  FOUR_DEVIATIONS,
  fooledByLinking,
  fooledByOblivious,
  probabilityOf,
  timesRuns,
} from '../sampling/formulas.ts'
import { marked, read } from './pages.ts'
import { custodyTable, neededTable, smallerCustodyTable } from './sampling-tables.ts'

const page = read('docs/sampling.md')

test('the tables of custody are what the formulas and the custody functions give', (t) => {
  t.is(marked(page, 'custody-table'), custodyTable())
  t.is(marked(page, 'needed-table'), neededTable())
  t.is(marked(page, 'smaller-custody-table'), smallerCustodyTable())
})

test('every measured number of fooled nodes is one that the formula has, and none that it makes improbable', (t) => {
  const shape = shapeOf(8, 8)
  const total = sampledTiles(shape)
  const rows = marked(page, 'measured-table').split('\n').slice(2)
  t.true(rows.length >= 9)
  for (const row of rows) {
    const [, adversary = '', ...numbers] = row.split('|').map((cell) => cell.trim())
    const [nodes = 0, runs = 0, samples = 0, fooled = 0] = numbers.slice(0, 4).map(Number)
    const [, bands = '16', columns] = /^oblivious, (?:(\d+) bands by )?(\d+) columns$/.exec(adversary) ?? []
    const [, victims] = /^linking, (\d+) victims$/.exec(adversary) ?? []
    t.true((columns === undefined) !== (victims === undefined), row)
    const expected = timesRuns(
      victims === undefined
        ? fooledByOblivious(nodes, total, Number(bands) * Number(columns), samples)
        : fooledByLinking(nodes, total, total, samples, Number(victims)),
      runs,
    )
    t.is(numbers[4], expected.mean.toFixed(1), row)
    t.is(numbers[5], expected.deviation.toFixed(1), row)
    t.true(probabilityOf(fooled, expected) >= FOUR_DEVIATIONS, row)
    t.true(Math.abs(Number.parseFloat(numbers[6] ?? '') / 100 - probabilityOf(fooled, expected)) < 0.006, row)
  }
})
