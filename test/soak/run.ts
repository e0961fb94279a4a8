// `npm run test:soak`: 60 minutes of 12 nodes under a steady load, each a process of its own: 4 validators, 4 full, 4
// light. Measures every process every few seconds and writes into a folder (--out): samples.csv, turns.jsonl, soak.svg,
// result.json and result.md. Says at the end whether anything climbed, and exits with 1 where it did. --plot FILE also
// writes the picture there; --minutes, --seed, --profile (stacks of long turns) are for shorter and closer looks; --rows,
// --min-blob-bytes, --max-blob-bytes and --timeout-ms for chains whose blocks are large and take long; --source runs the program
// from its source, for tests: what is measured so is not what an operator sees.

import { randomInt } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { sleep } from '../../src/base/deadline.ts'
import { installed } from '../faults/support/installed.ts'
import { type Load, type PublishedBlob, readOf, startLoad } from '../faults/support/load.ts'
import { createProcessNet, type NodePlan, type ProcessNet } from '../faults/support/processes.ts'
import { createRandom, type Random } from '../faults/support/random.ts'
import { watchDisk } from './disk.ts'
import { judgeSoak } from './judge.ts'
import { readNodeLog } from './node-log.ts'
import { plotOf } from './plot.ts'
import { csvOf, pageOf, type ReadCounts, type SoakResult } from './report.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    nodes: { type: 'string', default: '4,4,4' },
    out: { type: 'string', default: 'soak-results' },
    plot: { type: 'string' },
    seed: { type: 'string' },
    profile: { type: 'boolean', default: false },
    rows: { type: 'string', default: '64' },
    'min-blob-bytes': { type: 'string', default: '1000' },
    'max-blob-bytes': { type: 'string', default: '400000' },
    'publish-every-ms': { type: 'string', default: '3000' },
    'timeout-ms': { type: 'string', default: '10000' },
    'sample-every-ms': { type: 'string', default: '5000' },
    source: { type: 'boolean', default: false },
  },
})
const minutes = Number(values.minutes)
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
const out = resolve(values.out)
const maxRows = Number(values.rows)
const timeoutMs = Number(values['timeout-ms'])

const counts = values.nodes.split(',').map(Number)
const plans: readonly NodePlan[] = (['validator', 'full', 'light'] as const).flatMap((role, place) =>
  Array.from({ length: counts[place] ?? 0 }, (_, i) => ({ name: `${role}-${i + 1}`, role })),
)
/** Blocks are let go of after a sixth of the run, so that pruning and flat disk use are seen in most of it. */
const retentionMs = Math.max(60_000, Math.round((minutes * 60_000) / 6))
const preload = join(import.meta.dirname, 'instrument.ts')
const nodeArgs = [
  ...installed.nodeArgs,
  ...(values.source ? ['--conditions=source'] : []),
  '--import',
  preload,
]

const ended = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ended.abort(name))

const main = async (net: ProcessNet): Promise<SoakResult> => {
  const random = createRandom(seed)
  const logs = plans.map((plan) => ({ ...plan, file: join(out, `${plan.name}.jsonl`) }))
  for (const { name, file } of logs) {
    rmSync(file, { force: true })
    await net.start(name, {
      nodeArgs,
      ...(values.source ? {} : { program: installed.program }),
      environment: {
        ...installed.environment,
        WEFT_SOAK_FILE: file,
        WEFT_SOAK_INTERVAL_MS: values['sample-every-ms'],
        WEFT_SOAK_PROFILE: values.profile ? '1' : '0',
      },
    })
    console.log(`${name} is up`)
  }
  const fulls = () => net.running().filter(({ role }) => role === 'full')
  const load = startLoad(
    {
      intervalMs: Number(values['publish-every-ms']),
      minBytes: Number(values['min-blob-bytes']),
      maxBytes: Number(values['max-blob-bytes']),
      maxWaiting: 8,
    },
    fulls,
    random,
    ended.signal,
  )
  const disk = watchDisk(plans.map(({ name }) => ({ name, folder: net.dir(name) })))
  const reading = readSteadily(net, load, random)
  /** A connection that was kept open too long is reset now and then; a node that ended is noticed at the end. */
  const statusOfOne = () =>
    net
      .node('full-1')
      ?.client.status({ signal: AbortSignal.timeout(20_000) })
      .catch(() => undefined)
  const endMs = Date.now() + minutes * 60_000
  const begin = Date.now()
  while (Date.now() < endMs && !ended.signal.aborted) {
    await sleep(Math.min(60_000, Math.max(0, endMs - Date.now())), ended.signal).catch(() => {})
    const status = await statusOfOne()
    console.log(
      `minute ${Math.round((Date.now() - begin) / 60_000)}: final height ${status?.final?.height}, ` +
        `${load.certified().length} of ${load.published.length} blobs certified, ${net.running().length} nodes`,
    )
  }
  await load.finish(AbortSignal.timeout(90_000))
  const reads = await reading.finish()
  const crashed = plans.filter(({ name }) => net.node(name) === undefined).map(({ name }) => name)
  const status = await statusOfOne()
  const stops = await Promise.all(
    net.running().map(async (node) => ({ name: node.name, code: await node.stop() })),
  )
  const nodeLogs = logs.map(readNodeLog)
  const judged = judgeSoak(nodeLogs, { climbs: minutes >= 20 })
  const lost = load.published.length - load.certified().length
  const broken = [
    ...crashed.map((name) => `${name} ended by itself`),
    ...stops.filter(({ code }) => code !== 0).map(({ name, code }) => `${name} stopped with ${code}`),
    ...(lost > 0 ? [`${lost} blobs were accepted and not certified`] : []),
    ...(reads.wrong + reads.absent > 0 ? [`${reads.wrong} reads wrong, ${reads.absent} absent`] : []),
    ...(load.certified().length === 0 ? ['no blob was certified'] : []),
    ...disk.judge(retentionMs),
    ...judged.broken,
  ]
  writeFileSync(join(out, 'samples.csv'), csvOf(nodeLogs))
  writeFileSync(
    join(out, 'turns.jsonl'),
    judged.longTurns.map((turn) => `${JSON.stringify(turn)}\n`).join(''),
  )
  const title = `Soak: ${plans.length} nodes on ${cpus().length} cores, ${minutes} minutes`
  const svg = await plotOf(nodeLogs, title)
  writeFileSync(join(out, 'soak.svg'), svg)
  if (values.plot !== undefined) writeFileSync(values.plot, svg)
  return {
    title,
    seed,
    node: process.version,
    retentionMs,
    finalHeight: status?.final?.height ?? 0,
    blobs: load.certified().length,
    bytes: load.certified().reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    refused: load.refused,
    certifySeconds: load
      .certified()
      .map(({ acceptedMs, certifiedMs }) => ((certifiedMs ?? acceptedMs) - acceptedMs) / 1000),
    reads,
    disk: disk.figures(),
    broken,
    measures: judged.measures,
    longTurns: judged.longTurns.length,
    nodes: nodeLogs,
  }
}

const READ_EVERY_MS = 2_000

/** Reads one retained blob after the other, through any full node. */
const readSteadily = (net: ProcessNet, load: Load, random: Random) => {
  const counts: ReadCounts = { right: 0, wrong: 0, pruned: 0, absent: 0, unreachable: 0, 'no-node': 0 }
  const over = new AbortController()
  // What is about to be let go of is not asked for.
  const isRetained = ({ certifiedMs }: PublishedBlob) =>
    certifiedMs !== undefined && Date.now() - certifiedMs < 0.8 * retentionMs
  const running = (async () => {
    while (!over.signal.aborted && !ended.signal.aborted) {
      const node = random.pick(net.running().filter(({ role }) => role !== 'light'))
      const blob = random.pick(load.certified().filter(isRetained))
      if (node !== undefined && blob !== undefined)
        counts[await readOf(node, blob, AbortSignal.timeout(60_000))]++
      await sleep(READ_EVERY_MS, over.signal).catch(() => {})
    }
  })()
  return {
    async finish() {
      over.abort()
      await running
      return counts
    },
  }
}

mkdirSync(out, { recursive: true })
const folder = mkdtempSync(join(tmpdir(), 'weft-soak-'))
console.log(`Node ${process.version}, ${cpus().length} cores, seed ${seed}, ${minutes} minutes, into ${out}`)
const net = await createProcessNet({
  folder,
  nodes: plans,
  genesis: {
    maxRows,
    blockIntervalMs: 2_000,
    idleIntervalMs: 5_000,
    timeoutMs,
    maxTimeoutMs: 3 * timeoutMs,
    retentionMs,
  },
})
try {
  const result = await main(net)
  const page = pageOf(result)
  writeFileSync(
    join(out, 'result.json'),
    `${JSON.stringify({ ...result, nodes: undefined }, undefined, 2)}\n`,
  )
  writeFileSync(join(out, 'result.md'), page)
  console.log(page)
  process.exitCode = result.broken.length > 0 || ended.signal.aborted ? 1 : 0
} finally {
  await net.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exit()
