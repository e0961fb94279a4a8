// `npm run test:faults`: does the harm of every scenario's long form to real nodes, one scenario after the other, and
// ends with a table of what held. `-- NAME...` runs only these, `--seed N` repeats a run's randomness, `--quick` runs
// the quick forms, `--json FILE` writes the results too. The exit code is 1 where anything was broken.

import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { runScenario } from './run-scenario.ts'
import { scenarios } from './scenarios.ts'
import { drawTable, type Outcome } from './table.ts'

const TOTAL_MS = 60 * 60_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, quick: { type: 'boolean' }, json: { type: 'string' } },
})
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
if (!Number.isSafeInteger(seed)) throw new Error(`expected --seed to be a whole number, got ${values.seed}`)
const names = positionals.length === 0 ? Object.keys(scenarios) : positionals
const unknown = names.filter((name) => !Object.hasOwn(scenarios, name))
if (unknown.length > 0)
  throw new Error(`expected some of ${Object.keys(scenarios).join(', ')}, got ${unknown.join(', ')}`)

const ended = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort(signal))
const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(TOTAL_MS)])

console.log(`Node ${process.version}, ${cpus().length} cores, seed ${seed}`)
const outcomes: Outcome[] = []
for (const name of names) {
  if (ended.signal.aborted) break
  console.log(`\n${name}`)
  const outcome = await runScenario({ name, long: values.quick !== true, seed }, signal, (line) =>
    console.log(`  ${line}`),
  )
  outcomes.push(outcome)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(outcomes, undefined, 2)}\n`)
}

console.log(`\n${drawTable(outcomes)}`)
process.exitCode = outcomes.some(({ result }) => result.broken.length > 0) || ended.signal.aborted ? 1 : 0
