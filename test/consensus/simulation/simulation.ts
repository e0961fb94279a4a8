// One schedule from seed to verdict: safety throughout, and progress once the network is synchronous: every honest
// validator finalizes a block that was proposed after that, within a bound of time and of heights.

import { createConsensus } from '../../../src/consensus/machine.ts'
import { createEquivocating, createSilent } from './byzantine.ts'
import { type CreateConsensus, createHonest, type Honest, TIMING } from './honest.ts'
import { createObserver, SimulationFailure } from './observer.ts'
import { type Schedule, scheduleOf } from './schedule.ts'
import { createWorld } from './world.ts'

export interface Outcome {
  /** Heights and milliseconds from synchrony until everyone had finalized anew. */
  readonly heights: number
  readonly ms: number
  readonly finalHeight: number
}

/** Runs a seed until everyone has finalized `more` heights since the network is synchronous. Throws SimulationFailure, whose message names seed and schedule. */
export const simulate = (seed: number, create: CreateConsensus = createConsensus, more = 1): Outcome => {
  const schedule = scheduleOf(seed)
  try {
    return runSchedule(schedule, create, more)
  } catch (error) {
    if (error instanceof SimulationFailure) error.message += `\n${describe(schedule)}`
    throw error
  }
}

const describe = (schedule: Schedule): string =>
  `seed ${schedule.seed}; replay: npm run test:simulation -- --seed ${schedule.seed}\n${JSON.stringify(schedule)}`

const runSchedule = (schedule: Schedule, create: CreateConsensus, more: number): Outcome => {
  const world = createWorld(schedule)
  const observer = createObserver(world)
  const honest: Honest[] = []
  const participants = schedule.behaviours.map((behaviour, index) => {
    if (behaviour === 'silent') return createSilent()
    if (behaviour === 'equivocating') return createEquivocating(index, world)
    const participant = createHonest(index, world, observer, create)
    honest.push(participant)
    return participant
  })
  for (const { validator, at, downMs } of schedule.crashes) {
    const participant = honest.find((candidate) => candidate === participants[validator])
    world.at(at, () => participant?.crash(downMs))
  }
  for (const { validator, at, skewMs } of schedule.clockJumps) {
    const participant = honest.find((candidate) => candidate === participants[validator])
    world.at(at, () => participant?.setClock(skewMs))
  }
  let heightAtSync: number | undefined
  world.at(schedule.syncAt + 1, () => {
    heightAtSync = Math.max(...honest.map(({ height }) => height))
  })
  const isDone = (): boolean =>
    heightAtSync !== undefined && honest.every(({ finalHeight }) => finalHeight >= heightAtSync! + more)

  const byzantine = schedule.behaviours.filter((behaviour) => behaviour !== 'honest').length
  const result = world.run(participants, schedule.syncAt + more * timeBound(schedule, byzantine), isDone)
  observer.finish()
  const finalHeight = Math.min(...honest.map((participant) => participant.finalHeight))
  const heights = Math.max(...honest.map(({ height }) => height)) - (heightAtSync ?? 0)
  if (result === 'late' || heights > more * heightBound(byzantine))
    throw new SimulationFailure(
      'no-progress',
      `final ${honest.map((h) => h.finalHeight)} at heights ${honest.map((h) => h.height)}, ${heightAtSync} when synchronous`,
    )
  return { heights, ms: world.now - schedule.syncAt, finalHeight }
}

/**
 * Heights that may pass before everyone finalizes: the one at hand, those of Byzantine leaders in a row, and one whose
 * honest leader was still catching up.
 */
const heightBound = (byzantine: number): number => byzantine + 6

/** What was under way, two rounds of asking for what was lost, and every height of the bound at its longest. */
const timeBound = ({ maxDelayMs }: Schedule, byzantine: number): number =>
  maxDelayMs + (heightBound(byzantine) + 2) * (TIMING.idleIntervalMs + TIMING.maxTimeoutMs + TIMING.timeoutMs)
