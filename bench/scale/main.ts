// `npm run simulate -- --nodes 1000 --rows 64 --hostile 0.3 --seed 7`: one run; prints its scenario and its result as JSON.
// Every field of a Scenario (scenario.ts) is an option; lists are separated by commas.

import { loadCosts } from './costs.ts'
import { defaults, rolesOf, type Scenario } from './scenario.ts'
import { simulate } from './simulation.ts'

/** Options as `--name value` over the defaults; `--nodes` brings its roles along. */
export const scenarioOf = (args: readonly string[]): Scenario => {
  const given = new Map<string, string>()
  for (let i = 0; i < args.length; i += 2) {
    const name = args[i]!.replace(/^--/, '')
    const value = args[i + 1]
    if (!(name in defaults) || value === undefined)
      throw new RangeError(
        `expected --<${Object.keys(defaults).join('|')}> <value>, got ${args[i]} ${value ?? ''}`,
      )
    given.set(name, value)
  }
  const base = { ...defaults, ...rolesOf(Number(given.get('nodes') ?? defaults.nodes)) }
  const read = ([name, value]: [string, unknown]): [string, unknown] => {
    const text = given.get(name)
    if (text === undefined) return [name, value]
    if (Array.isArray(value)) return [name, text === '' ? [] : text.split(',')]
    if (typeof value === 'number') return [name, Number(text)]
    if (typeof value === 'boolean') return [name, text === 'true']
    return [name, text]
  }
  return Object.fromEntries(Object.entries(base).map(read)) as unknown as Scenario
}

if (import.meta.main) {
  const scenario = scenarioOf(process.argv.slice(2))
  const started = process.hrtime.bigint()
  const result = await simulate(scenario, loadCosts())
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  const memoryMiB = Math.round(process.memoryUsage().rss / 2 ** 20)
  process.stdout.write(`${JSON.stringify({ scenario, result, seconds, memoryMiB })}\n`)
  process.exit(0)
}
