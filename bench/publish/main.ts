// `npm run bench:publish`: what four validators on this machine carry of what rollups do. Hundreds of publishers each publish a blob, wait
// for its certificate, and publish the next; hundreds of readers read certified blobs back from any of the nodes; all over HTTP. Printed
// are MB/s, the times from publish to certified and of reads, the nodes' memory and processor time, and the answers that were not yes.
// Afterwards every blob that was acknowledged has to be certified and readable, byte for byte, from a node that it was not
// published to; no request may be without an answer, and no node above its ceiling: the exit code says so.
//
// --publishers 200 --readers 200 --seconds 120 --bytes 65536 --settle 300 --json; --program src/cli/main.ts for nodes that
// run from source, which costs 30 MB each.

import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { installed } from '../../test/faults/support/installed.ts'
import { createProcessNet } from '../../test/faults/support/processes.ts'
import { median, quantile } from './quantile.ts'
import { createRun } from './run.ts'
import { cpuSeconds, residentMb } from './usage.ts'

const { values } = parseArgs({
  options: {
    publishers: { type: 'string', default: '200' },
    readers: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '120' },
    bytes: { type: 'string', default: '65536' },
    settle: { type: 'string', default: '300' },
    json: { type: 'boolean', default: false },
    program: { type: 'string', default: installed.program },
  },
})
const init = {
  publishers: Number(values.publishers),
  readers: Number(values.readers),
  ms: Number(values.seconds) * 1_000,
  bytes: Number(values.bytes),
  settleMs: Number(values.settle) * 1_000,
}
/** Resident memory of a full node or validator, MB: as docs/reliability.md states it. */
const CEILING_MB = 600
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const names = ['validator-1', 'validator-2', 'validator-3', 'validator-4']
const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'))
const net = await createProcessNet({
  folder,
  nodes: names.map((name) => ({ name, role: 'validator' })),
  // The pace of a real chain.
  genesis: { blockIntervalMs: 2_000, idleIntervalMs: 10_000, timeoutMs: 10_000, maxTimeoutMs: 60_000 },
})
let failed = true
try {
  // As the command `weft` is installed, and starts Node.
  const options = { ...installed, program: resolve(values.program) }
  await Promise.all(names.map((name) => net.start(name, options)))
  const nodes = net.running()
  const memory = new Map(names.map((name) => [name, [] as number[]]))
  const look = setInterval(() => {
    for (const { name, pid } of nodes) memory.get(name)?.push(residentMb(pid))
  }, 1_000)
  const loadBefore = loadavg()[0] as number
  const cpuBefore = nodes.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0)
  say(
    `${init.publishers} publishers, ${init.readers} readers, ${init.ms / 1000} s on ${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, load ${loadBefore.toFixed(1)} before`,
  )
  const run = await createRun(init, { urls: nodes.map(({ api }) => api), say })
  clearInterval(look)
  const cpu = nodes.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0) - cpuBefore
  const seconds = init.ms / 1000
  const certifiedMs = run.certified.map(({ ms }) => ms)
  const ackMs = run.certified.map((blob) => blob.ackMs)
  const readMs = run.reads.map(({ ms }) => ms)
  const most = Object.fromEntries([...memory].map(([name, all]) => [name, Math.max(0, ...all)]))
  const figures = {
    acknowledged: run.acknowledged,
    certifiedDuringLoad: run.certified.length,
    certifiedMegabytesPerSecond: round(sumOf(run.certified) / 1e6 / seconds),
    /** All that was acknowledged, over the time until the last of it was certified. */
    drainedMegabytesPerSecond: round(run.acknowledgedBytes / 1e6 / (run.drainedMs / 1000)),
    publishToCertifiedP50Ms: quantile(certifiedMs, 0.5),
    publishToCertifiedP99Ms: quantile(certifiedMs, 0.99),
    acknowledgedP50Ms: quantile(ackMs, 0.5),
    acknowledgedP99Ms: quantile(ackMs, 0.99),
    reads: run.reads.length,
    readMegabytesPerSecond: round(sumOf(run.reads) / 1e6 / seconds),
    readP50Ms: quantile(readMs, 0.5),
    readP99Ms: quantile(readMs, 0.99),
    later: run.later,
    laterWithoutTime: run.laterWithoutTime,
    failures: run.failures,
    hung: run.hung,
    lost: run.lost,
    unreadable: run.unreadable,
    memoryMbMost: most,
    memoryMbMedian: Object.fromEntries([...memory].map(([name, all]) => [name, median(all)])),
    /** Processors that the four nodes had on average: others may have had the rest. */
    processors: round(cpu / (run.drainedMs / 1000)),
    loadBefore: round(loadBefore),
    loadAfter: round(loadavg()[0] as number),
  }
  const faults = [
    ...(run.lost > 0 ? ['acknowledged blobs were lost'] : []),
    ...(run.unreadable > 0 ? ['acknowledged blobs cannot be read'] : []),
    ...(run.hung > 0 ? ['requests had no answer'] : []),
    ...(run.laterWithoutTime > 0 ? ['429 or 503 without Retry-After'] : []),
    ...(Object.keys(run.failures).length > 0 ? ['answers that were neither yes nor later'] : []),
    ...(run.certified.length === 0 ? ['nothing was certified'] : []),
    ...(nodes.some((node) => !node.alive()) ? ['a node ended'] : []),
    ...(Object.values(most).some((mb) => mb > CEILING_MB) ? [`more than ${CEILING_MB} MB in a node`] : []),
  ]
  failed = faults.length > 0
  if (values.json) process.stdout.write(`${JSON.stringify({ ok: !failed, faults, init, figures })}\n`)
  else {
    for (const [name, value] of Object.entries(figures))
      process.stdout.write(
        `${name.padEnd(28)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
      )
    process.stdout.write(failed ? `NOT HELD: ${faults.join('; ')}\n` : 'everything held\n')
  }
} finally {
  await net.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0

function sumOf(all: readonly { readonly bytes: number }[]): number {
  return all.reduce((sum, { bytes }) => sum + bytes, 0)
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
