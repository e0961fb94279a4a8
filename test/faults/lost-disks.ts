// Nodes with less than a third of the weight lose their databases: killed, folder of the database removed, started again
// with their keys. They fill their custody from the others, and every blob is read through them. A validator's signing
// record is lost with the rest: it may sign nothing at a height that it may have signed before.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { sleep } from '../../src/base/deadline.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { folderPaths } from '../../src/cli/node-folder.ts'
import { createStore } from '../../src/store/store.ts'
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts'
import { readOf, startLoad } from './support/load.ts'
import { type ProcessNet, pace } from './support/processes.ts'
import { createRandom } from './support/random.ts'
import { neverBegan, plansOf, type Session, START_MS, unhurried, withSession } from './support/session.ts'
import { msUntil } from './support/until.ts'
import { startVoteObserver, type VoteObserver } from './support/vote-observer.ts'
import type { Watch } from './support/watch.ts'

/** Three of seven nodes refill at once, on the cores that the others have too. */
const REFILL_MS = 180_000

export const scenario: Scenario = {
  name: 'lost-disks',
  fault: 'Nodes with less than a third of the weight lose their disks',
  injected: 'SIGKILL under load, the folder with both databases removed, start with the same keys',
  longMinutes: 5,
  run: (options) =>
    withSession(
      {
        nodes: [...plansOf('validator', 4), ...plansOf('full', options.long ? 3 : 1)],
        genesis: unhurried,
      },
      async (session) => {
        await Promise.all(
          session.net.plans.map(async ({ name }) => session.watch.follow(await session.net.start(name))),
        )
        const observer = await startVoteObserver(session.net)
        try {
          return await judge(session, observer, options)
        } finally {
          await observer.stop()
        }
      },
    ),
}

const judge = async (
  { net, watch }: Session,
  observer: VoteObserver,
  { long, seed, signal, say }: ScenarioOptions,
): Promise<ScenarioResult> => {
  const random = createRandom(seed)
  const names = net.plans.map(({ name }) => name)
  const broken: string[] = []
  const refillMs: number[] = []
  const load = startLoad(
    { intervalMs: 1_500, minBytes: 2_000, maxBytes: 150_000, maxWaiting: 6 },
    () => net.running(),
    random,
    signal,
  )
  const begun = () => load.certified().length >= (long ? 12 : 4)
  if ((await msUntil(START_MS, begun, signal)) === undefined) return neverBegan

  let lost = 0
  let reads = 0
  for (let round = 0; round < (long ? 2 : 1); round++) {
    // One validator of four is less than a third; full nodes have no weight, so any of them.
    const victims = [
      random.pick(names.filter((name) => name.startsWith('v')))!,
      ...random.shuffle(names.filter((name) => name.startsWith('full'))).slice(0, long ? 2 : 1),
    ]
    const before = new Map(victims.map((name) => [name, watch.votedHeight(name)]))
    await Promise.all(victims.map((name) => net.node(name)!.kill()))
    const known = load.certified()
    for (const name of victims) {
      rmSync(folderPaths(net.dir(name)).database, { recursive: true })
      watch.kept(name).clear()
      lost++
    }
    const beginMs = Date.now()
    for (const name of victims) watch.follow(await net.start(name))
    say(`${victims.join(', ')} lost their disks with ${known.length} blobs certified`)

    const heights = new Set(known.flatMap(({ height }) => height ?? []))
    for (const name of victims) {
      const ms = await refill(net, watch, name, heights, beginMs, signal)
      if (ms === undefined) broken.push(`${name} had not refilled its custody after ${REFILL_MS / 1000} s`)
      else refillMs.push(ms)
      const sample = long ? random.shuffle(known).slice(0, 20) : known
      for (const blob of sample) {
        let outcome = await readOf(net.node(name)!, blob, AbortSignal.timeout(30_000))
        // It has just started, and may know nobody yet.
        for (let again = 0; outcome === 'unreachable' && again < 10; again++) {
          await sleep(3_000, signal)
          outcome = await readOf(net.node(name)!, blob, AbortSignal.timeout(30_000))
        }
        reads++
        if (outcome !== 'right') broken.push(`${name} read blob ${blob.blobId.slice(0, 8)}: ${outcome}`)
      }
    }
    // It votes again, and only above what it may have signed.
    const [validator = ''] = victims
    const votesAgain = () => watch.votedHeight(validator) > before.get(validator)! + 1
    if ((await msUntil(60_000, votesAgain, signal)) === undefined)
      broken.push(`${validator} did not vote again after it had lost its disk`)
    say(`refilled after ${(Math.max(0, ...refillMs) / 1000).toFixed(1)} s; ${validator} votes again`)
    await sleep(2_000, signal)
  }
  await load.finish(AbortSignal.any([signal, AbortSignal.timeout(60_000)]))
  const uncertified = load.published.length - load.certified().length
  // A blob that only the lost disk had, acknowledged as accepted and no more, may be gone: accepted is no promise.
  const contradictions = [...watch.contradictions(), ...observer.contradictions()]
  broken.push(...contradictions)
  if (observer.votes === 0) broken.push('no vote was heard')
  return {
    held: broken.length === 0,
    broken,
    figures: {
      disksLost: lost,
      blobsCertified: load.certified().length,
      acceptedAndGoneWithTheDisk: uncertified,
      refilledAfterMaxS: (Math.max(0, ...refillMs) / 1000).toFixed(1),
      readsThroughThem: reads,
      votesHeard: observer.votes,
      contradictingVotes: contradictions.length,
    },
  }
}

/**
 * Milliseconds since `beginMs` after which the node, stopped and looked at from outside, has its custody of all these
 * heights on disk; undefined where it never had.
 */
const refill = async (
  net: ProcessNet,
  watch: Watch,
  name: string,
  heights: ReadonlySet<number>,
  beginMs: number,
  signal: AbortSignal,
): Promise<number | undefined> => {
  // Each look interrupts it: the first is when it has told of all, or of nothing more for long.
  const hasTold = () => [...heights].every((height) => watch.kept(name).has(height))
  for (let pauseMs = 15_000; Date.now() - beginMs < REFILL_MS; pauseMs *= 1.5) {
    await msUntil(pauseMs, hasTold, signal)
    const ms = Date.now() - beginMs
    await net.node(name)?.stop()
    const missing = await missingCustody(net, name, heights)
    watch.follow(await net.start(name))
    if (missing === 0) return ms
  }
  return undefined
}

/** How many blocks of these heights lack custody in the database of a node that does not run. */
const missingCustody = async (
  net: ProcessNet,
  name: string,
  heights: ReadonlySet<number>,
): Promise<number> => {
  const custody = name.startsWith('v') ? 64 : pace.custodyFull
  const location = join(folderPaths(net.dir(name)).database, 'db')
  const store = createStore({ location }, { log: silent, metrics: noMetrics })
  await store.open()
  try {
    let missing = 0
    for (const height of heights) {
      const root = await store.finalRootAt(height)
      if (root === undefined || (await store.heldColumns(root)).length < custody) missing++
    }
    return missing
  } finally {
    await store.close()
  }
}
