// A full disk, an input/output error and a short write at each system call that changes a file, one after the other: the
// store alone in a process, for every call until it makes no more of them; and whole validators for a sample. After each
// the process has stopped acknowledging, a restart recovers, all that was acknowledged is there, and no second signature
// is to be had.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { deadline } from '../../../src/base/deadline.ts'
import { hasCode, messageOf } from '../../../src/base/error.ts'
import { silent } from '../../../src/base/log.ts'
import { noMetrics } from '../../../src/base/metrics.ts'
import { createStore } from '../../../src/store/store.ts'
import { entryOf, rootOf } from '../../store/helpers.ts'
import type { Scenario, ScenarioOptions, ScenarioResult } from '../scenario.ts'
import { readOf, startLoad } from '../support/load.ts'
import { createProcessNet } from '../support/processes.ts'
import { createRandom } from '../support/random.ts'
import { msUntil } from '../support/until.ts'
import { startVoteObserver } from '../support/vote-observer.ts'
import { buildShim, type FaultMode, readReport, type Shim } from './shim.ts'
import { HEIGHTS, PRUNED_BELOW, type Trial, waitingBytes } from './writer.ts'

const WRITER = join(import.meta.dirname, 'writer.ts')
const modes: readonly FaultMode[] = ['eio', 'enospc', 'short']
/** A process that says nothing for so long has hung. */
const HUNG_MS = 60_000
const QUICK_POINTS = 8
/** Another run makes a few calls fewer. */
const MET = 0.95
const LONG_NODE_FAULTS = 4
/** Calls of a node's start, and of its first minute or so. */
const NODE_CALLS = { from: 40, to: 2_500 }

export const scenario: Scenario = {
  name: 'write-faults',
  fault: 'Full disk, EIO and short writes at each call that changes a file',
  injected: 'an LD_PRELOAD library fails the n-th system call below the data folder',
  longMinutes: 5.5,
  run: (options) => runWriteFaults(options, options.long ? LONG_NODE_FAULTS : 1),
}

/** `nodeFaults`: how many faults whole nodes meet. */
export const runWriteFaults = async (
  options: ScenarioOptions,
  nodeFaults: number,
): Promise<ScenarioResult> => {
  const { say } = options
  const folder = mkdtempSync(join(tmpdir(), 'weft-write-faults-'))
  try {
    const shim = buildShim(folder)
    if (typeof shim === 'string') return { held: false, broken: [], figures: {}, skipped: shim }
    const broken: string[] = []
    const store = await failStores(folder, shim, options, broken)
    say(JSON.stringify(store))
    const nodes = await failNodes(folder, shim, options, nodeFaults, broken)
    return { held: broken.length === 0, broken, figures: { ...store, ...nodes } }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// ---- the store alone ----

const failStores = async (
  folder: string,
  shim: Shim,
  { long, seed, say, signal }: ScenarioOptions,
  broken: string[],
) => {
  const random = createRandom(seed)
  let calls = 0
  await runWriter(join(folder, 'none'), shim, ['none/0'], signal, async (trial) => {
    calls = trial.calls
    if (trial.said.at(-1) !== 'closed') throw new Error(`expected a run without faults: ${trial.error}`)
  })
  const points = long
    ? Array.from({ length: calls }, (_, i) => i + 1)
    : Array.from({ length: QUICK_POINTS }, () => 1 + random.integer(Math.floor(MET * calls)))
  const met: Record<string, number> = { eio: 0, enospc: 0, short: 0 }
  let ended = 0
  let done = 0
  const failAll = async (mode: FaultMode) => {
    const faults = points.map((at) => `${mode}/${at}`)
    const answered = await runWriter(join(folder, mode), shim, faults, signal, async (trial) => {
      if (trial.fired) met[mode]! += 1
      if (trial.error !== undefined) ended += 1
      for (const sentence of await judgeStore(trial)) broken.push(`${trial.fault}: ${sentence}`)
      rmSync(dirname(trial.location), { recursive: true, force: true })
      done += 1
      if (done % 100 === 0) say(`${done} faults of the store, ${ended} ended it`)
    })
    if (answered < faults.length) broken.push(`${faults[answered]}: the process hung or died`)
  }
  // They wait for the disk most of the time.
  const all = await Promise.allSettled(modes.map(failAll))
  for (const one of all) if (one.status === 'rejected') throw one.reason
  for (const mode of modes)
    if (met[mode]! < MET * points.length)
      broken.push(`only ${met[mode]} of ${points.length} ${mode} were met`)
  return {
    callsOfTheStore: calls,
    eioMet: met.eio!,
    enospcMet: met.enospc!,
    shortMet: met.short!,
    storesEnded: ended,
  }
}

/** Runs the writer over a list of faults; resolves with how many of them it came through. */
const runWriter = async (
  folder: string,
  shim: Shim,
  faults: readonly string[],
  signal: AbortSignal,
  onTrial: (trial: Trial) => Promise<void>,
): Promise<number> => {
  const data = join(folder, 'stores')
  mkdirSync(data, { recursive: true })
  const report = join(folder, 'report')
  const child = spawn(process.execPath, [WRITER, data, report, ...faults], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...shim.environment({ folder: data, mode: 'eio', at: 0, report }) },
    signal,
    killSignal: 'SIGKILL',
  })
  child.on('error', () => {})
  let timer: NodeJS.Timeout | undefined
  const expectMore = () => {
    clearTimeout(timer)
    timer = setTimeout(() => child.kill('SIGKILL'), HUNG_MS)
  }
  expectMore()
  let count = 0
  for await (const line of createInterface({ input: child.stdout! })) {
    expectMore()
    await onTrial(JSON.parse(line) as Trial)
    count += 1
  }
  clearTimeout(timer)
  return count
}

/** What is wrong with what a process left behind. */
const judgeStore = async ({ location, said, error }: Trial): Promise<readonly string[]> => {
  const wrong: string[] = []
  if (error !== undefined && !/^store-(failed|damaged)/.test(error))
    wrong.push(`it ended without saying that the store failed: ${error}`)
  const store = createStore(
    { location, signingLocation: `${location}-signing`, chainId: rootOf(1) },
    { log: silent, metrics: noMetrics },
  )
  try {
    await store.open()
    for (const line of said) {
      const [what, text] = line.split(' ') as [string, string?]
      const height = Number(text)
      const isPruned = height < PRUNED_BELOW
      const there = async () => {
        if (what === 'signed') {
          const again = store.putSigningRecord({ height, nil: false, notarised: rootOf(height + 50) })
          const code = await again.then(
            () => 'signed twice',
            (error) =>
              hasCode(error, 'contradicting-signature') || hasCode(error, 'below-horizon')
                ? ''
                : String(error),
          )
          return code === '' || (isPruned && code !== 'signed twice')
        }
        if (isPruned) return true
        if (what === 'block') return (await store.getColumn(rootOf(height), 3)) !== undefined
        if (what === 'certificate') return (await store.getCertificate(1, height)) !== undefined
        if (what === 'final') return (await store.finalRootAt(height)) !== undefined
        return true
      }
      if (!(await there())) wrong.push(`acknowledged and gone: ${line}`)
    }
    const waiting = new Map<string, number>()
    for await (const { blobId, submission } of store.submissions())
      waiting.set(blobId.join(), submission.data.length)
    for (let height = 1; height <= HEIGHTS; height++) {
      const bytes = waiting.get(entryOf(1, 0, height).blobId.join())
      if (said.includes(`waiting ${height}`) && bytes !== waitingBytes(height))
        wrong.push(`acknowledged and gone: waiting ${height}`)
    }
    await store.putSigningRecord({ height: HEIGHTS + 1, nil: true })
  } catch (error) {
    wrong.push(`a restart does not recover: ${messageOf(error)}`)
  } finally {
    await store.close()
  }
  return wrong
}

// ---- whole validators ----

const failNodes = async (
  folder: string,
  shim: Shim,
  { long, seed, say, signal }: ScenarioOptions,
  faults: number,
  broken: string[],
) => {
  const random = createRandom(seed + 1)
  const net = await createProcessNet({
    folder,
    nodes: [{ name: 'validator', role: 'validator' }],
    genesis: { blockIntervalMs: 200, idleIntervalMs: 400, maxRows: 8 },
  })
  let nodesEnded = 0
  let nodeFaults = 0
  let certified = 0
  const observer = await startVoteObserver(net)
  try {
    for (let i = 0; i < faults && !signal.aborted; i++) {
      const mode = modes[i % modes.length]!
      const at = NODE_CALLS.from + random.integer(long ? NODE_CALLS.to : 300)
      const report = join(folder, `report-${i}`)
      const environment = shim.environment({ folder: net.dir('validator'), mode, at, report })
      const load = startLoad(
        { intervalMs: 200, minBytes: 500, maxBytes: 40_000, maxWaiting: 8 },
        () => net.running(),
        random,
        signal,
      )
      // A fault while it starts ends it before it is up.
      await net.start('validator', { environment }).catch(() => {})
      const isUp = () => net.node('validator') !== undefined
      // Who is given part of what it wrote may write the rest, and go on.
      const isOver = () => !isUp() || (mode === 'short' && readReport(report).fired)
      await msUntil(90_000, isOver, signal)
      const { fired, call, path } = readReport(report)
      if (fired) nodeFaults += 1
      if (isUp()) {
        // A file that is no longer needed may stay: nothing that was written is lost, and the next start removes it.
        if (fired && call !== 'unlink' && mode !== 'short')
          broken.push(`${mode} at call ${at}, ${call} ${path}: the node went on`)
        await net.node('validator')?.stop()
      } else nodesEnded += 1
      await net.start('validator')
      const known = load.certified().length
      if ((await msUntil(90_000, () => load.certified().length > known, signal)) === undefined)
        broken.push(`${mode} at call ${at}: after the restart the chain stood still`)
      const heard = observer.votes
      if ((await msUntil(60_000, () => observer.votes > heard, signal)) === undefined)
        broken.push(`${mode} at call ${at}: after the restart no vote was heard`)
      await load.finish(deadline(60_000, signal))
      for (const blob of load.published) {
        const outcome =
          blob.certifiedMs === undefined
            ? 'never certified'
            : await readOf(net.node('validator')!, blob, deadline(30_000, signal))
        if (outcome !== 'right') broken.push(`${mode} at call ${at}: blob ${blob.blobId} is ${outcome}`)
      }
      certified += load.certified().length
      await net.node('validator')?.stop()
      say(`${mode} at call ${at} of a node, ${readReport(report).call}: ${load.certified().length} blobs`)
    }
    broken.push(...observer.contradictions())
    if (long && nodeFaults === 0) broken.push('no node met a fault')
    return {
      nodeFaults,
      nodesEnded,
      nodeBlobsCertified: certified,
      votesHeard: observer.votes,
    }
  } finally {
    await observer.stop()
    await net.close()
  }
}
