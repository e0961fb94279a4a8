// The runner itself: what ends without a verdict is broken, whatever the reason, or the table would be worth nothing.

import test from 'ava'
import { runScenario } from './run-scenario.ts'
import { scenarios } from './scenarios.ts'
import { drawTable } from './table.ts'

test('a process that ends without a verdict counts as broken', async (t) => {
  const missing = await runScenario(
    { name: 'none', long: false, seed: 1 },
    AbortSignal.timeout(60_000),
    () => {},
  )
  t.false(missing.result.held)
  t.is(missing.result.broken.length, 1)
  t.regex(drawTable([missing]), /BROKEN/)
})

test('the table says what held, what broke and what was not run', (t) => {
  const about = { name: 'a', fault: 'f|g', injected: 'by hand', seconds: 3 }
  const figures = { kills: 2 }
  const held = drawTable([{ ...about, result: { held: true, broken: [], figures } }])
  t.true(held.endsWith('| a | f\\|g | by hand | all | kills 2 | 3 s |'))
  const skipped = drawTable([{ ...about, result: { held: false, broken: [], figures, skipped: 'no tc' } }])
  t.regex(skipped, /not run: no tc/)
})

test('the long forms take an hour at most', async (t) => {
  const all = await Promise.all(Object.values(scenarios).map((load) => load()))
  const minutes = all.reduce((sum, { scenario }) => sum + scenario.longMinutes, 0)
  t.true(minutes <= 60, `${minutes} minutes`)
  for (const [name, load] of Object.entries(scenarios)) t.is((await load()).scenario.name, name)
})
