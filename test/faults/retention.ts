// A chain with a short retention under steady load: when each block goes, how much disk a node takes, and what becomes of
// a node that was away for longer than anything is kept. What is older than the retention is answered with a code, over
// HTTP and over streams.

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deadline, sleep } from '../../src/base/deadline.ts'
import { WeftError } from '../../src/base/error.ts'
import { folderPaths } from '../../src/cli/node-folder.ts'
import type { Scenario, ScenarioOptions, ScenarioResult } from './scenario.ts'
import { type Load, readOf, startLoad } from './support/load.ts'
import { createProcessNet, type ProcessNet, type RunningNode } from './support/processes.ts'
import { createRandom } from './support/random.ts'
import { neverBegan } from './support/session.ts'
import { msUntil } from './support/until.ts'
import { startVoteObserver, type VoteObserver } from './support/vote-observer.ts'

const CATCH_UP_MS = 90_000
const START_MS = 120_000
/** The pruner's window at this retention, and what a machine may need to get round to it, with tests beside it in the quick form. */
const WINDOW_MS = 1_000
const SLACK_MS = { long: 3_000, quick: 10_000 }

export const scenario: Scenario = {
  name: 'retention',
  fault: 'Retention passes under load; a node is away for longer than anything is kept',
  injected: 'a genesis with a short retention; a full node is stopped and started again after it',
  longMinutes: 4,
  async run(options) {
    const folder = mkdtempSync(join(tmpdir(), 'weft-retention-'))
    const retentionMs = options.long ? 30_000 : 8_000
    const net = await createProcessNet({
      folder,
      nodes: [
        { name: 'v1', role: 'validator' },
        { name: 'v2', role: 'validator' },
        { name: 'late', role: 'full' },
      ],
      genesis: { blockIntervalMs: 300, maxRows: 16, retentionMs },
    })
    const observer = await startVoteObserver(net)
    try {
      await Promise.all(['v1', 'v2', 'late'].map((name) => net.start(name)))
      return await judge(net, observer, retentionMs, options)
    } finally {
      await observer.stop()
      await net.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Sample {
  readonly atMs: number
  readonly earliest: number
  readonly diskBytes: number
}

const judge = async (
  net: ProcessNet,
  observer: VoteObserver,
  retentionMs: number,
  { long, seed, say, signal }: ScenarioOptions,
): Promise<ScenarioResult> => {
  const broken: string[] = []
  const load = startLoad(
    { intervalMs: 300, minBytes: 20_000, maxBytes: 60_000, maxWaiting: 8 },
    () => net.running().filter(({ name }) => name !== 'late'),
    createRandom(seed),
    signal,
  )
  if ((await msUntil(START_MS, () => load.certified().length >= 3, signal)) === undefined) return neverBegan
  const old = load.certified()[0]!
  await net.node('late')?.stop()
  say('a node goes away')

  const samples: Sample[] = []
  const beganMs = Date.now()
  const windows = long ? 5 : 2.5
  let early = 0
  let unanswered = 0
  while (Date.now() - beganMs < windows * retentionMs) {
    await sleep(500, signal)
    const node = net.node('v1')
    if (node === undefined) return { held: false, broken: ['a validator ended by itself'], figures: {} }
    const status = await statusOf(node, signal)
    if (status === undefined) {
      unanswered += 1
      continue
    }
    const diskBytes = sizeOf(folderPaths(net.dir('v1')).database)
    samples.push({ atMs: Date.now(), earliest: status.earliestHeight, diskBytes })
    // The oldest that must still be there: accepted less than the retention ago, when it is asked for and afterwards.
    const youngest = load.certified().find(({ acceptedMs }) => acceptedMs + retentionMs > Date.now() + 2_000)
    if (youngest === undefined) continue
    const outcome = await readOf(node, youngest, deadline(20_000, signal))
    const isStillKept = youngest.acceptedMs + retentionMs > Date.now()
    if (isStillKept && outcome !== 'right') broken.push(`a blob within its retention was ${outcome}`)
    early += 1
  }
  const times = pruningTimes(load, samples, retentionMs)
  if (times.keptLeastMs < retentionMs - 1_000)
    broken.push(`a block was kept for ${times.keptLeastMs} ms, not ${retentionMs}`)
  if (times.latestMs > WINDOW_MS + SLACK_MS[long ? 'long' : 'quick'])
    broken.push(`a block went ${times.latestMs} ms too late`)
  if (times.pruned === 0) broken.push('nothing was pruned')
  const disk = diskUse(samples, retentionMs)
  if (long && disk.lastMiB > 1.5 * disk.thirdMiB)
    broken.push(`disk use grew from ${disk.thirdMiB.toFixed(1)} to ${disk.lastMiB.toFixed(1)} MiB`)

  say(`${samples.length} looks, ${early} reads; the node comes back`)
  const absence = await comeBack(net, load, { old, broken, signal })
  say('it is back')
  broken.push(...(await askStreams(net, observer, signal)))
  await load.finish(deadline(30_000, signal))
  return {
    held: broken.length === 0,
    broken,
    figures: {
      retentionS: retentionMs / 1000,
      blocksPruned: times.pruned,
      keptLeastS: (times.keptLeastMs / 1000).toFixed(1),
      latestS: (times.latestMs / 1000).toFixed(1),
      readsWithinRetention: early,
      statusUnanswered: unanswered,
      ...(long && {
        diskThirdWindowMiB: disk.thirdMiB.toFixed(1),
        diskLastWindowMiB: disk.lastMiB.toFixed(1),
      }),
      ...absence,
    },
  }
}

/** When blobs went, by the horizon that the node told: how long the first was kept, how late the last went. */
const pruningTimes = (load: Load, samples: readonly Sample[], retentionMs: number) => {
  let keptLeastMs = Number.POSITIVE_INFINITY
  let latestMs = Number.NEGATIVE_INFINITY
  let pruned = 0
  for (const { height, acceptedMs, certifiedMs } of load.certified()) {
    if (height === undefined || certifiedMs === undefined) continue
    const gone = samples.find(({ earliest }) => earliest > height)
    if (gone === undefined) continue
    pruned += 1
    // Its certificate came between the two.
    keptLeastMs = Math.min(keptLeastMs, gone.atMs - acceptedMs)
    latestMs = Math.max(latestMs, gone.atMs - certifiedMs - retentionMs)
  }
  return { keptLeastMs, latestMs, pruned }
}

/** Mean size of the database in the third window and in the last. */
const diskUse = (samples: readonly Sample[], retentionMs: number) => {
  const beganMs = samples[0]?.atMs ?? 0
  const mean = (from: number, to: number) => {
    const inside = samples.filter(({ atMs }) => atMs >= from && atMs < to)
    return inside.reduce((sum, { diskBytes }) => sum + diskBytes, 0) / Math.max(1, inside.length) / 2 ** 20
  }
  const endMs = samples.at(-1)?.atMs ?? 0
  return {
    thirdMiB: mean(beganMs + 2 * retentionMs, beganMs + 3 * retentionMs),
    lastMiB: mean(endMs - retentionMs, endMs + 1),
  }
}

/** Undefined where it does not answer in its time: a machine with other work may be late. */
const statusOf = async (node: RunningNode, signal: AbortSignal) => {
  signal.throwIfAborted()
  return node.client.status({ signal: deadline(20_000, signal) }).catch(() => undefined)
}

const comeBack = async (
  net: ProcessNet,
  load: Load,
  { old, broken, signal }: { old: Parameters<typeof readOf>[1]; broken: string[]; signal: AbortSignal },
): Promise<Readonly<Record<string, number | string>>> => {
  const height = async (node: RunningNode) => (await statusOf(node, signal))?.final?.height
  let goal: number | undefined
  const isKnown = async () => {
    goal = await height(net.node('v1')!)
    return goal !== undefined
  }
  await msUntil(CATCH_UP_MS, isKnown, signal)
  const late = await net.start('late')
  const ms = await msUntil(
    CATCH_UP_MS,
    async () => ((await height(late)) ?? 0) >= (goal ?? Number.POSITIVE_INFINITY),
    signal,
  )
  if (ms === undefined) broken.push('the node that was away did not catch up')
  // Of each look: with a short retention what was the newest goes while the node is asked for it.
  const read = await msUntil(
    CATCH_UP_MS,
    async () => (await readOf(late, load.certified().at(-1)!, deadline(20_000, signal))) === 'right',
    signal,
  )
  if (read === undefined) broken.push('the node that was away could not read the newest blob')
  let outcome = ''
  for (const node of [late, net.node('v1')!]) {
    await msUntil(
      30_000,
      async () => {
        outcome = await readOf(node, old, deadline(20_000, signal))
        return outcome === 'pruned'
      },
      signal,
    )
    if (outcome !== 'pruned')
      broken.push(`a blob past its retention is ${outcome} at ${node.name}, not pruned`)
  }
  return { caughtUpAfterS: ms === undefined ? 'never' : (ms / 1000).toFixed(1), oldBlob: outcome }
}

/** The code that a peer gets for a range below the horizon. */
const askStreams = async (
  net: ProcessNet,
  { network }: VoteObserver,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const wrong: string[] = []
  for (const stream of ['certificates', 'headers'] as const) {
    const code = await network.request[stream](
      net.peerId('v1'),
      { start: 1, count: 2 },
      {
        signal: deadline(20_000, signal),
      },
    ).then(
      (items) => `${items.length} items`,
      (error) => (error instanceof WeftError ? error.code : String(error)),
    )
    if (code !== 'pruned') wrong.push(`${stream} below the horizon were answered with ${code}, not pruned`)
  }
  return wrong
}

const sizeOf = (folder: string): number => {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    // A file may go while it is looked at.
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}
