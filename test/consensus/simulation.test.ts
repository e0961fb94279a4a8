// Thousands of schedules on every run of the tests; more by `npm run test:simulation`.

import test from 'ava'
import { createConsensus } from '../../src/consensus/machine.ts'
import type { CreateConsensus } from './simulation/honest.ts'
import { scheduleOf } from './simulation/schedule.ts'
import { simulate } from './simulation/simulation.ts'

const SCHEDULES = 3_000
const PARTS = 4

for (let part = 0; part < PARTS; part++) {
  const from = (part * SCHEDULES) / PARTS
  const to = ((part + 1) * SCHEDULES) / PARTS
  test(`schedules ${from} to ${to - 1} are safe, and make progress once the network is synchronous`, (t) => {
    let least = Number.POSITIVE_INFINITY
    for (let seed = from; seed < to; seed++) least = Math.min(least, simulate(seed).finalHeight)
    t.true(least >= 1)
  })
}

test('where nobody fails and nothing is lost, nobody signs nil and every height has a final block', (t) => {
  const calm = Array.from({ length: 1_000 }, (_, seed) => scheduleOf(seed)).filter(
    ({ syncAt, behaviours, clockJumps }) =>
      syncAt === 0 && clockJumps.length === 0 && behaviours.every((behaviour) => behaviour === 'honest'),
  )
  t.true(calm.length > 20)
  for (const { seed } of calm.slice(0, 40)) {
    let nils = 0
    const counting: CreateConsensus = (init, components) => {
      const machine = createConsensus(init, components)
      const step: typeof machine.step = (now, input) => {
        const outputs = machine.step(now, input)
        for (const output of outputs) if (output.type === 'sign' && output.record.nil) nils++
        return outputs
      }
      return Object.defineProperty(Object.create(machine), 'step', { value: step })
    }
    const { heights } = simulate(seed, counting, 30)
    t.is(nils, 0, `seed ${seed}`)
    t.true(heights <= 32, `seed ${seed}: ${heights} heights for 30 final ones`)
  }
})

test('a seed is one schedule and one outcome', (t) => {
  for (const seed of [3, 77, 1_234]) {
    t.deepEqual(scheduleOf(seed), scheduleOf(seed))
    t.deepEqual(simulate(seed), simulate(seed))
  }
})

test('schedules cover what the protocol has to bear', (t) => {
  const schedules = Array.from({ length: SCHEDULES }, (_, seed) => scheduleOf(seed))
  const share = (holds: (schedule: (typeof schedules)[number]) => boolean) =>
    schedules.filter(holds).length / SCHEDULES
  t.true(share(({ behaviours }) => behaviours.includes('equivocating')) > 0.3)
  t.true(share(({ behaviours }) => behaviours.includes('silent')) > 0.1)
  t.true(share(({ loss }) => loss >= 0.3) > 0.2)
  t.true(share(({ duplication }) => duplication > 0) > 0.5)
  t.true(share(({ partitions, syncAt }) => syncAt > 0 && partitions.length > 0) > 0.5)
  t.true(share(({ crashes, syncAt }) => syncAt > 0 && crashes.length > 0) > 0.5)
  t.true(share(({ crashChance, syncAt }) => syncAt > 0 && crashChance > 0) > 0.3)
  t.true(share(({ weights }) => new Set(weights).size > 1) > 0.3)
  t.true(share(({ weights }) => weights.length === 1) > 0.04)
  t.true(share(({ weights }) => weights.length === 10) > 0.04)
  for (const { weights, behaviours } of schedules) {
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const byzantine = weights.reduce((sum, weight, i) => sum + (behaviours[i] === 'honest' ? 0 : weight), 0)
    if (3 * byzantine >= total) t.fail('Byzantine weight of a third or more')
  }
})
