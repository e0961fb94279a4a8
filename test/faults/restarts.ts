// 30 % of the nodes restart every minute, half of them killed and half stopped in order, while a client reads retained
// blobs all the time. A blob counts as readable if a client gets its bytes from the first node or from another that it
// asks when that one goes away.

import { sleep } from '../../src/base/deadline.ts'
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts'
import { type Load, readOf, startLoad } from './support/load.ts'
import type { ProcessNet } from './support/processes.ts'
import { createRandom, type Random } from './support/random.ts'
import { neverBegan, plansOf, type Session, START_MS, unhurried, withSession } from './support/session.ts'
import { msUntil } from './support/until.ts'

const SHARE_PER_MINUTE = 0.3
const READABLE = 0.999
const READERS = 2

export const scenario: Scenario = {
  name: 'restarts',
  fault: '30 % of the nodes restart every minute',
  injected:
    'SIGKILL or SIGTERM of a random node, down for 1 to 5 s, then started again; all the time under load',
  longMinutes: 6,
  run: (options) =>
    withSession(
      {
        nodes: [...plansOf('validator', 4), ...plansOf('full', options.long ? 4 : 1)],
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
  await Promise.all(names.map(async (name) => watch.follow(await net.start(name))))
  const load = startLoad(
    { intervalMs: long ? 2_000 : 1_500, minBytes: 1_000, maxBytes: 100_000, maxWaiting: 6 },
    () => net.running(),
    random,
    signal,
  )
  const begun = () => load.certified().length >= 3
  if ((await msUntil(START_MS, begun, signal)) === undefined) return neverBegan

  const reading = readAllTheTime(net, load, random)
  const pauseMs = 60_000 / (SHARE_PER_MINUTE * names.length)
  const restarts = long ? Math.floor((3.5 * 60_000) / pauseMs) : 2
  const beginMs = Date.now()
  for (let i = 0; i < restarts; i++) {
    await sleep(Math.max(0, beginMs + (i + random.next()) * pauseMs * (long ? 1 : 0.25) - Date.now()), signal)
    const node = random.pick(net.running())!
    const kills = random.next() < 0.5
    await (kills ? node.kill() : node.stop())
    await sleep(1_000 + random.integer(4_000), signal)
    watch.follow(await net.start(node.name))
    say(`${node.name} was ${kills ? 'killed' : 'stopped'} and is back; ${reading.said()}`)
  }
  const minutes = (Date.now() - beginMs) / 60_000
  await sleep(long ? 10_000 : 2_000, signal)
  await load.finish(AbortSignal.any([signal, AbortSignal.timeout(60_000)]))
  const { reads, first, unreadable, wrong } = await reading.finish()
  const uncertified = load.published.length - load.certified().length
  if (uncertified > 0) broken.push(`${uncertified} accepted blobs were not certified`)
  if (wrong > 0) broken.push(`${wrong} reads gave wrong bytes or said that a certified blob is not there`)
  const readable = reads === 0 ? 0 : 1 - unreadable / reads
  // The quick form has too few reads for that share.
  if (long ? readable < READABLE : unreadable > Math.max(1, 0.01 * reads))
    broken.push(`${unreadable} of ${reads} reads did not get their blob`)
  broken.push(...watch.contradictions())
  return {
    held: broken.length === 0,
    broken,
    figures: {
      nodes: names.length,
      restarts,
      perMinutePercent: Math.round((100 * restarts) / minutes / names.length),
      reads,
      readablePercent: (100 * readable).toFixed(2),
      atTheFirstNodePercent: reads === 0 ? 0 : ((100 * first) / reads).toFixed(2),
      blobsCertified: load.certified().length,
    },
  }
}

const readAllTheTime = (net: ProcessNet, load: Load, random: Random) => {
  const over = new AbortController()
  const counts = { reads: 0, first: 0, unreadable: 0, wrong: 0 }
  const readOne = async () => {
    const blob = random.pick(load.certified())
    if (blob === undefined) return
    counts.reads++
    for (const [i, node] of random.shuffle(net.running()).slice(0, 3).entries()) {
      const outcome = await readOf(node, blob, AbortSignal.timeout(15_000))
      if (outcome === 'right') {
        if (i === 0) counts.first++
        return
      }
      if (outcome === 'wrong' || outcome === 'absent' || outcome === 'pruned') counts.wrong++
    }
    counts.unreadable++
  }
  const readers = Array.from({ length: READERS }, async () => {
    while (!over.signal.aborted) {
      await readOne()
      await sleep(100, over.signal).catch(() => {})
    }
  })
  return {
    said: () => `${counts.reads} reads, ${counts.unreadable} without their blob`,
    async finish() {
      over.abort()
      await Promise.all(readers)
      return counts
    },
  }
}
