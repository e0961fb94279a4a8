// `npm run test:fuzz`: a hundred thousand mutants of each message type, a million with --long. `--types a,b` takes some of
// them, `--mutants n` another number, `--seed n` the same mutants again.

import { parseArgs } from 'node:util'
import { fuzz, linesOf } from './fuzz.ts'
import { createFuzzChain } from './fuzz-chain.ts'
import { createJudge } from './judge.ts'
import { createTargets } from './targets.ts'
import { createTwin } from './twin.ts'

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    mutants: { type: 'string' },
    seed: { type: 'string' },
    types: { type: 'string' },
  },
})
const mutants = values.mutants === undefined ? (values.long ? 1_000_000 : 100_000) : Number(values.mutants)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const wanted = values.types?.split(',')

const chain = await createFuzzChain()
const judge = createJudge(chain)
const twin = createTwin(chain)
const reset = () => {
  judge.reset()
  twin.reset()
}
const targets = createTargets(chain, judge, twin)
const unknown = wanted?.find((name) => !targets.some((target) => target.name === name))
if (unknown !== undefined)
  throw new RangeError(`expected types of ${targets.map(({ name }) => name).join(', ')}, got ${unknown}`)

let broken = false
for (const target of targets) {
  if (wanted !== undefined && !wanted.includes(target.name)) continue
  const startMs = performance.now()
  const result = await fuzz(target, { mutants, seed, reset })
  for (const line of linesOf(result)) console.log(line)
  const missing = target.mustSee.filter((outcome) => !result.counts.has(outcome))
  if (missing.length > 0) console.log(`  NOT REACHED: ${missing.join(', ')}`)
  console.log(`  ${((performance.now() - startMs) / 1_000).toFixed(1)} s`)
  broken ||= result.failures.length > 0 || missing.length > 0
}
process.exitCode = broken ? 1 : 0
