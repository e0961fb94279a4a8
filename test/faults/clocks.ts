// Clocks that are off, by seconds and by minutes, from the start and by jumps while the nodes run. The chain neither forks
// nor stalls: blobs are certified at the usual pace through all of it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts'
import { type Load, startLoad } from './support/load.ts'
import { createRandom } from './support/random.ts'
import { plansOf, type Session, START_MS, unhurried, withSession } from './support/session.ts'
import { msUntil } from './support/until.ts'

const SECOND = 1_000
const MINUTE = 60_000
const preload = join(import.meta.dirname, 'support/shifted-clock.ts')

/** Offsets of the four validators and of the light node, in ms. */
type Offsets = readonly [number, number, number, number, number]

const quickRounds: readonly (readonly [string, Offsets])[] = [
  ['seconds and minutes', [3 * SECOND, -6 * MINUTE, 0, 8 * MINUTE, 0]],
  ['jumps', [-2 * MINUTE, 0, 5 * SECOND, -4 * MINUTE, MINUTE]],
]

const longRounds: typeof quickRounds = [
  ['seconds', [2 * SECOND, -3 * SECOND, 7 * SECOND, -9 * SECOND, 4 * SECOND]],
  ['minutes', [5 * MINUTE, -7 * MINUTE, 0, 0, -3 * MINUTE]],
  ['one far ahead', [0, 0, 90 * MINUTE, 0, 0]],
  ['all back to right', [0, 0, 0, 0, 0]],
  ['one far behind', [0, -90 * MINUTE, 0, 0, 90 * MINUTE]],
  ['every one elsewhere', [-20 * MINUTE, 10 * MINUTE, -2 * SECOND, 45 * MINUTE, 0]],
]

/** Longest that certifying took without anything wrong, on two cores that others use too, and twice that. */
const LIMIT_MS = 60_000

export const scenario: Scenario = {
  name: 'clocks',
  fault: 'Clocks off by seconds and by minutes, from the start and by jumps',
  injected:
    'each process sees a shifted wall clock (its Date is replaced before anything is loaded); timers run on',
  longMinutes: 4.5,
  run: (options) =>
    withSession(
      {
        nodes: [...plansOf('validator', 4), ...plansOf('light', 1)],
        genesis: unhurried,
      },
      (session) => judge(session, options),
    ),
}

const judge = async (
  { net, watch }: Session,
  { long, seed, signal, say }: ScenarioOptions,
): Promise<ScenarioResult> => {
  const random = createRandom(seed)
  const broken: string[] = []
  const names = net.plans.map(({ name }) => name)
  const rounds = long ? longRounds : quickRounds
  const file = (name: string) => join(net.folder, `${name}.clock`)
  const set = (offsets: Offsets) => {
    for (const [i, name] of names.entries()) writeFileSync(file(name), String(offsets[i]))
  }
  set(rounds[0]![1])
  await Promise.all(
    names.map(async (name) => {
      const environment = { WEFT_TEST_CLOCK_FILE: file(name) }
      watch.follow(await net.start(name, { nodeArgs: ['--import', preload], environment }))
    }),
  )
  const validators = names.filter((name) => name.startsWith('v'))
  const finals = () => validators.map((name) => watch.finalHeight(name))
  const load = startLoad(
    { intervalMs: 1_500, minBytes: 1_000, maxBytes: 60_000, maxWaiting: 4 },
    () => net.running().filter(({ role }) => role === 'validator'),
    random,
    signal,
  )
  if ((await msUntil(START_MS, () => Math.min(...finals()) >= 1, signal)) === undefined)
    return {
      held: false,
      broken: [`the chain did not begin with clocks off by ${rounds[0]![1].join(', ')} ms`],
      figures: {},
    }

  let slowest = 0
  for (const [name, offsets] of rounds) {
    set(offsets)
    const goal = Math.max(...finals()) + (long ? 20 : 4)
    const ms = await msUntil(LIMIT_MS, () => Math.min(...finals()) >= goal, signal)
    if (ms === undefined) broken.push(`${name}: final heights ${finals().join(', ')} after 60 s, not ${goal}`)
    slowest = Math.max(slowest, (ms ?? LIMIT_MS) / (long ? 20 : 4))
    say(
      `${name}: ${long ? 20 : 4} heights in ${ms === undefined ? 'more than 60' : (ms / 1000).toFixed(1)} s`,
    )
  }
  await load.finish(AbortSignal.any([signal, AbortSignal.timeout(60_000)]))
  const uncertified = load.published.length - load.certified().length
  if (uncertified > 0) broken.push(`${uncertified} accepted blobs were not certified`)
  const followed = watch.finalHeight('light-1')
  if (Math.max(...finals()) - followed > 20)
    broken.push(`the light node stayed at height ${followed}, the validators are at ${Math.max(...finals())}`)
  broken.push(...watch.contradictions())
  return {
    held: broken.length === 0,
    broken,
    figures: {
      rounds: rounds.length,
      slowestRoundMsPerHeight: Math.round(slowest),
      certifiedAfterP99S: (percentile(load, 0.99) / 1000).toFixed(1),
      blobsCertified: load.certified().length,
      nilHeights: watch.heightsWith('nil').size,
      forks: watch.contradictions().length,
    },
  }
}

const percentile = (load: Load, share: number): number => {
  const took = load
    .certified()
    .map(({ acceptedMs, certifiedMs }) => (certifiedMs ?? acceptedMs) - acceptedMs)
    .sort((a, b) => a - b)
  return took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0
}
