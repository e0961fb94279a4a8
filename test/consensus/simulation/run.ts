// Runs schedules by the hundred thousand, or one again: npm run test:simulation -- [--seeds N] [--from S] [--seed X].

import { parseArgs } from 'node:util'
import { simulate } from './simulation.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '50000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
  },
})

if (values.seed !== undefined) {
  console.log(simulate(Number(values.seed)))
} else {
  const from = Number(values.from)
  const count = Number(values.seeds)
  let worstHeights = 0
  let worstMs = 0
  for (let seed = from; seed < from + count; seed++) {
    const { heights, ms } = simulate(seed)
    worstHeights = Math.max(worstHeights, heights)
    worstMs = Math.max(worstMs, ms)
    if ((seed - from + 1) % 1_000 === 0)
      console.log(
        `${seed - from + 1} schedules, at most ${worstHeights} heights and ${worstMs} ms to progress`,
      )
  }
}
