// One of four validators misbehaves in every turn that it leads: it equivocates, stalls, or sends different columns to
// different peers (byzantine-leader.ts); at the end it is dead. Each costs its own height at most, nobody forks, and blobs
// go on being certified.

import { join } from 'node:path'
import { leaderOf } from '../../src/chain/leader.ts'
import { misdeedAt, misdeeds } from './misdeeds.ts'
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts'
import { startLoad } from './support/load.ts'
import { createRandom } from './support/random.ts'
import { neverBegan, plansOf, type Session, START_MS, withSession } from './support/session.ts'
import { msUntil } from './support/until.ts'

const VALIDATORS = 4
/** In the long form. */
const DEAD_ROUNDS = 3
const script = join(import.meta.dirname, 'byzantine-leader.ts')

export const scenario: Scenario = {
  name: 'byzantine-leader',
  fault: 'A leader that equivocates, stalls, sends different columns to different peers, or is dead',
  injected: 'one of four validators is a real node whose network lies whenever it leads; then SIGKILL',
  longMinutes: 4,
  run: (options) =>
    withSession(
      {
        nodes: plansOf('validator', VALIDATORS),
        genesis: { timeoutMs: 10_000, maxTimeoutMs: 20_000, idleIntervalMs: 1_000 },
      },
      (session) => judge(session, options),
    ),
}

const judge = async (
  { net, watch }: Session,
  { long, seed, signal, say }: ScenarioOptions,
): Promise<ScenarioResult> => {
  const random = createRandom(seed)
  const names = net.plans.map(({ name }) => name)
  const byzantine = random.integer(VALIDATORS)
  const honest = names.filter((_, i) => i !== byzantine)
  const broken: string[] = []
  const isBad = (height: number) => leaderOf(height, VALIDATORS) === byzantine
  await Promise.all(
    names.map(async (name, i) => {
      const node = await net.start(name, i === byzantine ? { script } : {})
      if (i !== byzantine) watch.follow(node)
    }),
  )
  const finalHeight = () => Math.min(...honest.map((name) => watch.finalHeight(name)))
  const load = startLoad(
    { intervalMs: 800, minBytes: 2_000, maxBytes: 120_000, maxWaiting: 6 },
    () => net.running().filter(({ name }) => honest.includes(name)),
    random,
    signal,
  )
  // Who came last signs nothing for the first heights: its key might have been used before.
  const haveBegun = () => finalHeight() >= 1 && honest.every((name) => watch.votedHeight(name) > 0)
  if ((await msUntil(START_MS, haveBegun, signal)) === undefined) return neverBegan
  const from = Math.max(...honest.map((name) => watch.votedHeight(name))) + 2
  const turns = misdeeds.length * (long ? 3 : 1)
  const heights = VALIDATORS * turns
  const limitMs = long ? 240_000 : 150_000
  const through = await msUntil(limitMs, () => finalHeight() >= from + heights, signal)
  if (through === undefined)
    broken.push(`final height ${finalHeight()} after ${limitMs / 1000} s, expected ${from + heights}`)
  const to = finalHeight()
  const evidence = await Promise.all(honest.map((name) => evidenceAt(net.node(name)!.api)))

  // Dead: its turns take the pause and the timeout, the others go on.
  await net.node(names[byzantine]!)!.kill()
  const deadFrom = Math.max(...honest.map((name) => watch.certifiedHeight(name))) + 2
  const deadHeights = VALIDATORS * DEAD_ROUNDS
  const deadMs = long
    ? await msUntil(90_000, () => finalHeight() >= deadFrom + deadHeights, signal)
    : undefined
  if (long && deadMs === undefined) broken.push(`without it the chain stood at height ${finalHeight()}`)
  await load.finish(AbortSignal.any([signal, AbortSignal.timeout(60_000)]))

  const nil = [...watch.heightsWith('nil')].filter((height) => height >= from)
  const lostHonest = nil.filter((height) => !isBad(height))
  const lostBad = nil.filter((height) => isBad(height) && height <= to)
  // Beside other tests a node may come too late by itself, once.
  if (lostHonest.length > (long ? 0 : 1))
    broken.push(`heights of honest leaders were lost too: ${lostHonest.join(', ')}`)
  if (Math.max(...evidence) === 0) broken.push('nobody noticed the equivocation')
  const uncertified = load.published.length - load.certified().length
  if (uncertified > 0) broken.push(`${uncertified} accepted blobs were not certified`)
  broken.push(...watch.contradictions())
  const lostBy = misdeeds.map((misdeed) => {
    const own = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i).filter(
      (height) => isBad(height) && misdeedAt(height, VALIDATORS) === misdeed,
    )
    return [misdeed, `${own.filter((height) => lostBad.includes(height)).length} of ${own.length}`] as const
  })
  say(
    `heights lost: ${lostBy.map((words) => words.join(' ')).join(', ')}; of honest leaders ${lostHonest.length}`,
  )
  return {
    held: broken.length === 0,
    broken,
    figures: {
      heights: to - from + 1,
      ...Object.fromEntries(lostBy.map(([misdeed, lost]) => [`${misdeed}HeightsLost`, lost])),
      honestHeightsLost: lostHonest.length,
      evidence: Math.max(...evidence),
      ...(deadMs !== undefined && { deadLeaderSecondsPerRound: (deadMs / 1000 / DEAD_ROUNDS).toFixed(1) }),
      blobsCertified: load.certified().length,
    },
  }
}

const evidenceAt = async (api: string): Promise<number> => {
  const response = await fetch(`${api}/metrics`, { signal: AbortSignal.timeout(10_000) })
  const [, value = '0'] =
    /^weft_consensus_evidence_total(?:\{[^}]*\})? (\d+)/m.exec(await response.text()) ?? []
  return Number(value)
}
