// The quick form of a scenario as a test: what must hold held, and it was run.

import type { ExecutionContext } from 'ava'
import type { Scenario } from './scenario.ts'

const LIMIT_MS = 240_000

export const quick = async (t: ExecutionContext, scenario: Scenario): Promise<void> => {
  t.timeout(LIMIT_MS + 30_000)
  const seed = Math.floor(Math.random() * 2 ** 31)
  t.log(`seed ${seed}`)
  const { held, broken, figures, skipped } = await scenario.run({
    long: false,
    seed,
    signal: AbortSignal.timeout(LIMIT_MS),
    say: (line) => t.log(line),
  })
  t.log(JSON.stringify(figures))
  t.deepEqual(broken, [])
  if (skipped !== undefined) t.log(`not run: ${skipped}`)
  t.true(held || skipped !== undefined)
}
