// `npm run bench:publish`: what four validators on this machine carry of what rollups do. Hundreds of publishers each publish a blob, wait
// for its certificate, and publish the next; hundreds of readers read certified blobs back from any of the nodes; all over HTTP. Printed
// are MB/s, the times from publish to certified and of reads, the nodes' memory, and the answers that were not yes. Afterwards
// every blob that was acknowledged has to be certified and readable from a node that it was not published to: the exit code says so.
//
// --publishers 200 --readers 100 --seconds 120 --bytes 65536 --seed 1 --json

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createProcessNet } from '../../test/faults/support/processes.ts'
import { median, quantile } from './quantile.ts'
import { createRun } from './run.ts'

const { values } = parseArgs({
  options: {
    publishers: { type: 'string', default: '200' },
    readers: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '120' },
    bytes: { type: 'string', default: '65536' },
    json: { type: 'boolean', default: false },
  },
})
const init = {
  publishers: Number(values.publishers),
  readers: Number(values.readers),
  ms: Number(values.seconds) * 1_000,
  /** Blobs are of a half to one and a half times this. */
  bytes: Number(values.bytes),
}
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const names = ['validator-1', 'validator-2', 'validator-3', 'validator-4']
const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'))
const net = await createProcessNet({
  folder,
  nodes: names.map((name) => ({ name, role: 'validator' })),
  // The pace of a real chain; what differs from the defaults is only that this chain may be forgotten.
  genesis: { blockIntervalMs: 2_000, idleIntervalMs: 10_000, timeoutMs: 10_000, maxTimeoutMs: 60_000 },
})
let failed = true
try {
  await Promise.all(names.map((name) => net.start(name)))
  const nodes = net.running()
  const memory = new Map(names.map((name) => [name, [] as number[]]))
  const look = setInterval(() => {
    for (const { name, pid } of nodes) memory.get(name)?.push(residentMb(pid))
  }, 2_000)
  say(
    `${init.publishers} publishers, ${init.readers} readers, ${init.ms / 1000} s on ${cpus()[0]?.model}, ${cpus().length} cores`,
  )
  const { certified, acknowledged, lost, unreadable, refused, hung, failures, reads, elapsedMs } =
    await createRun(init, { clients: nodes.map(({ client }) => client), say })
  clearInterval(look)
  const bytes = certified.reduce((sum, blob) => sum + blob.bytes, 0)
  const figures = {
    acknowledged,
    certified: certified.length,
    megabytesPerSecond: round(bytes / 1e6 / (elapsedMs / 1000)),
    publishToCertifiedP50Ms: quantile(
      certified.map(({ ms }) => ms),
      0.5,
    ),
    publishToCertifiedP99Ms: quantile(
      certified.map(({ ms }) => ms),
      0.99,
    ),
    acknowledgedP50Ms: quantile(
      certified.map(({ ackMs }) => ackMs),
      0.5,
    ),
    acknowledgedP99Ms: quantile(
      certified.map(({ ackMs }) => ackMs),
      0.99,
    ),
    reads: reads.length,
    readMegabytesPerSecond: round(
      reads.reduce((sum, read) => sum + read.bytes, 0) / 1e6 / (elapsedMs / 1000),
    ),
    readP50Ms: quantile(
      reads.map(({ ms }) => ms),
      0.5,
    ),
    readP99Ms: quantile(
      reads.map(({ ms }) => ms),
      0.99,
    ),
    refused,
    failures,
    hung,
    lost,
    unreadable,
    memoryMbMost: Object.fromEntries([...memory].map(([name, all]) => [name, Math.max(0, ...all)])),
    memoryMbMedian: Object.fromEntries([...memory].map(([name, all]) => [name, median(all)])),
  }
  failed =
    lost > 0 || unreadable > 0 || hung > 0 || certified.length === 0 || nodes.some((node) => !node.alive())
  if (values.json) process.stdout.write(`${JSON.stringify({ ok: !failed, init, figures })}\n`)
  else
    for (const [name, value] of Object.entries(figures))
      process.stdout.write(
        `${name.padEnd(28)} ${typeof value === 'object' ? JSON.stringify(value) : value}\n`,
      )
} finally {
  await net.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0

function residentMb(pid: number): number {
  try {
    return Math.round(
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    )
  } catch {
    return 0
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
