// docs/sampling.md has the tables that the formulas give.

import test from 'ava'
import { marked, read } from './pages.ts'
import { custodyTable, neededTable, smallerCustodyTable } from './sampling-tables.ts'

const page = read('docs/sampling.md')

test('the tables of custody are what the formulas and the custody functions give', (t) => {
  t.is(marked(page, 'custody-table'), custodyTable())
  t.is(marked(page, 'needed-table'), neededTable())
  t.is(marked(page, 'smaller-custody-table'), smallerCustodyTable())
})

test('every measured number of fooled nodes is within four standard deviations of the formula', (t) => {
  const rows = marked(page, 'measured-table').split('\n').slice(2)
  t.true(rows.length >= 6)
  for (const row of rows) {
    const cells = row.split('|').map((cell) => cell.trim())
    t.true(Math.abs(Number(cells[8])) <= 4, row)
    t.true(Math.abs(Number(cells[5]) - Number(cells[6])) <= 4 * Number(cells[7]) + 0.5, row)
  }
})
