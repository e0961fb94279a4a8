// Validators as processes that are killed without warning, one, some, or all at once, at random moments while blobs are
// published, and again while they start. Afterwards every blob that a node had called certified is read, byte for byte;
// an observer on the network has heard every vote, and nobody may have signed twice.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deadline, sleep } from '../../src/base/deadline.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { folderPaths } from '../../src/cli/node-folder.ts'
import { createStore } from '../../src/store/store.ts'
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts'
import { type Load, type PublishedBlob, readOf, startLoad } from './support/load.ts'
import { createProcessNet, type ProcessNet } from './support/processes.ts'
import { createRandom, type Random } from './support/random.ts'
import { msUntil } from './support/until.ts'
import { startVoteObserver, type VoteObserver } from './support/vote-observer.ts'

const VALIDATORS = 4
const LONG_KILLS = 200
const QUICK_KILLS = 5
/** Killing ends then, and fewer than were wanted do not hold. */
const MOST_KILLING_MS = 600_000
const GO_ON_MS = 120_000
const READ_MS = 60_000

export const scenario: Scenario = {
  name: 'kills',
  fault: 'SIGKILL of validators under publishing load, one, some, all at once',
  injected: 'SIGKILL to real processes at random moments, while they start too, restart at once',
  longMinutes: 12.5,
  run: (options) => runKills(options, options.long ? LONG_KILLS : QUICK_KILLS),
}

/** `kills`: how many processes are killed in all. */
export const runKills = async (options: ScenarioOptions, kills: number): Promise<ScenarioResult> => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-kills-'))
  const nodes = Array.from({ length: VALIDATORS }, (_, i) => ({
    name: `v${i + 1}`,
    role: 'validator' as const,
  }))
  const genesis = { blockIntervalMs: 300, timeoutMs: 3_000, maxTimeoutMs: 6_000, maxRows: 16 }
  const net = await createProcessNet({ folder, nodes, genesis })
  let observer: VoteObserver | undefined
  try {
    await Promise.all(nodes.map(({ name }) => net.start(name)))
    observer = await startVoteObserver(net)
    return await judge(net, observer, options, kills)
  } finally {
    await observer?.stop()
    await net.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const judge = async (
  net: ProcessNet,
  observer: VoteObserver,
  { seed, signal, say }: ScenarioOptions,
  kills: number,
): Promise<ScenarioResult> => {
  const random = createRandom(seed)
  const broken: string[] = []
  const load = startLoad(
    { intervalMs: 250, minBytes: 500, maxBytes: 60_000, maxWaiting: 24 },
    () => net.running(),
    random,
    signal,
  )
  await goesOn(load, signal, 1)
  const counts = await killAtRandom(net, load, { random, kills, broken, say, signal })

  if (counts.killed < kills && broken.length === 0)
    broken.push(`only ${counts.killed} of ${kills} kills in ${MOST_KILLING_MS / 60_000} minutes`)
  const restartedMs = Date.now()
  const before = load.certified().length
  if (!(await goesOn(load, signal, before + 1))) broken.push('the chain did not go on after the last kill')
  const onMs = Date.now() - restartedMs
  await load.finish(deadline(GO_ON_MS, signal))
  const certified = load.certified()
  const accepted = load.published.length
  if (certified.length < accepted)
    broken.push(`${accepted - certified.length} of ${accepted} accepted blobs were never certified`)

  const unread = await readAll(net, certified, signal)
  if (unread.length > 0) broken.push(`${unread.length} certified blobs were not read: ${unread[0]}`)
  for (const node of net.running()) await node.stop()
  const contradictions = [...observer.contradictions(), ...(await compareRecords(net, observer))]
  broken.push(...contradictions.slice(0, 5))
  if (observer.votes === 0) broken.push('no vote was heard')
  return {
    held: broken.length === 0,
    broken,
    figures: {
      kills: counts.killed,
      allAtOnce: counts.allAtOnce,
      whileStarting: counts.whileStarting,
      blobsCertified: certified.length,
      blobsLost: unread.length,
      votesHeard: observer.votes,
      headersHeard: observer.headers,
      contradictions: contradictions.length,
      goesOnAfterS: (onMs / 1000).toFixed(1),
    },
  }
}

const goesOn = async (load: Load, signal: AbortSignal, goal: number): Promise<boolean> =>
  (await msUntil(GO_ON_MS, () => load.certified().length >= goal, signal)) !== undefined

interface Killing {
  readonly random: Random
  readonly kills: number
  readonly broken: string[]
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

const killAtRandom = async (
  net: ProcessNet,
  load: Load,
  { random, kills, broken, say, signal }: Killing,
): Promise<{ killed: number; allAtOnce: number; whileStarting: number }> => {
  let killed = 0
  let allAtOnce = 0
  let whileStarting = 0
  const endMs = Date.now() + MOST_KILLING_MS
  while (killed < kills && Date.now() < endMs) {
    await sleep(random.integer(1_000), signal)
    const names = net.plans.map(({ name }) => name)
    const draw = random.next()
    // Towards the end, always all.
    const isLast = kills - killed <= names.length
    const count = isLast || draw > 0.75 ? names.length : draw < 0.55 ? 1 : 2
    const victims = random.shuffle(names).slice(0, count)
    if (count === names.length) allAtOnce += 1
    for (const name of names)
      if (net.node(name) === undefined) broken.push(`${name} had ended by itself, see its log`)
    if (broken.length > 0) break
    await Promise.all(victims.map((name) => net.node(name)?.kill()))
    killed += victims.length
    const again = await Promise.all(
      victims.map((name) => startKilled(net, name, { random, most: kills < LONG_KILLS ? 1 : 5 })),
    )
    for (const times of again) whileStarting += times
    killed += again.reduce((sum, times) => sum + times, 0)
    say(`${killed} kills, ${load.published.length} accepted, ${load.certified().length} certified`)
  }
  return { killed, allAtOnce, whileStarting }
}

/** Starts a node, and kills it while it starts as often as a coin falls so, `most` times at most; how often that was. */
const startKilled = async (
  net: ProcessNet,
  name: string,
  { random, most }: { readonly random: Random; readonly most: number },
): Promise<number> => {
  let times = 0
  while (times < most && random.next() < 0.5) {
    const signal = AbortSignal.timeout(100 + random.integer(2_500))
    const isUp = await net.start(name, { signal }).then(
      async (node) => {
        if (!signal.aborted) return true
        // It was up already when the signal came.
        await node.kill()
        return false
      },
      (error) => {
        if (!signal.aborted) throw error
        return false
      },
    )
    if (isUp) return times
    times += 1
  }
  await net.start(name)
  return times
}

/** Ids of blobs that some node did not give out right, each asked of two. */
const readAll = async (
  net: ProcessNet,
  blobs: readonly PublishedBlob[],
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const unread: string[] = []
  for (const [i, blob] of blobs.entries()) {
    const nodes = net.running()
    for (const node of [nodes[i % nodes.length]!, nodes[(i + 1) % nodes.length]!]) {
      let last = 'not asked'
      const ms = await msUntil(
        READ_MS,
        async () => {
          last = await readOf(node, blob, deadline(20_000, signal))
          return last === 'right' || last === 'wrong'
        },
        signal,
      )
      if (ms === undefined || last !== 'right') unread.push(`${blob.blobId} of ${node.name}: ${last}`)
    }
  }
  return unread
}

/** Every vote on the wire has its record on the disk of who signed it. */
const compareRecords = async (net: ProcessNet, observer: VoteObserver): Promise<readonly string[]> => {
  const found: string[] = []
  for (const [i, { name }] of net.plans.entries()) {
    const data = folderPaths(net.dir(name)).database
    const store = createStore(
      { location: join(data, 'db'), signingLocation: join(data, 'signing') },
      { log: silent, metrics: noMetrics },
    )
    await store.open()
    if (store.harms.length > 0) found.push(`the database of ${name} lost something: ${store.harms.join()}`)
    found.push(...(await observer.unrecorded(i, store)))
    await store.close()
  }
  return found
}
