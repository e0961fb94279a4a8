// The simulation beside a real network: the same validators, full and light nodes, rows and times once as real nodes
// over real libp2p on loopback, all in this process, and once simulated with loopback's delay and the share of the
// processors that threads here were found to get. Prints both and their ratios. Run it alone on the machine, best in a
// network namespace of its own, so that the loopback device counts its bytes and nobody else's:
//
//   unshare -rn sh -c 'ip link set lo up; node bench/scale/devnet.ts 8'
//
// Arguments: rows, blocks, full nodes, light nodes.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { silent } from '../../src/base/log.ts'
import type { Metrics } from '../../src/base/metrics.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { createFullNode } from '../../src/node/full.ts'
import { createLightNode } from '../../src/node/light.ts'
import type { NodeEvent } from '../../src/node/types.ts'
import { commonInit, temporaryFolder, testChain, until } from '../../test/node/support.ts'
import { loadCosts } from './costs.ts'
import { seeded } from './random.ts'
import { percentilesOf } from './result.ts'
import { defaults, type Scenario } from './scenario.ts'
import { simulate } from './simulation.ts'

const rows = Number(process.argv[2] ?? 8)
const BLOCKS = Number(process.argv[3] ?? 4)
const sizes = {
  validators: 4,
  fullNodes: Number(process.argv[4] ?? 2),
  lightNodes: Number(process.argv[5] ?? 2),
}
/** A machine that does much else is waited for; what is compared are shares and bytes. */
const PATIENCE_MS = 900_000
const times = {
  blockIntervalMs: 4_000,
  idleIntervalMs: 60_000,
  timeoutMs: 60_000,
  maxTimeoutMs: 60_000,
  sampleDeadlineMs: 30_000,
}

/** Bytes that the loopback device has carried; undefined where there is no such file. */
const loopbackBytes = (): number | undefined => {
  try {
    const line = readFileSync('/proc/net/dev', 'utf8')
      .split('\n')
      .find((each) => each.trim().startsWith('lo:'))
    return line === undefined ? undefined : Number(line.trim().split(/\s+/)[1])
  } catch {
    return undefined
  }
}

/** A thread that always wants to compute, and says which share of a processor it got. */
const startSpinner = () => {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const start = performance.now(), before = process.threadCpuUsage()
     parentPort.once('message', () => {
       const { user, system } = process.threadCpuUsage(before)
       parentPort.postMessage((user + system) / 1e3 / (performance.now() - start))
       process.exit(0)
     })
     const spin = () => { const end = performance.now() + 5; while (performance.now() < end); setTimeout(spin, 20) }
     spin()`,
    { eval: true },
  )
  return () =>
    new Promise<number>((resolve) => {
      // It computes 5 of every 25 ms when nobody is in its way.
      worker.once('message', (share: number) => resolve(Math.min(1, share / 0.2)))
      worker.postMessage('stop')
    })
}

const counters = () => {
  const sums = new Map<string, number>()
  const metrics: Metrics = {
    count: (name, by = 1, labels = {}) => {
      const key = `${name}/${labels.topic ?? labels.stream ?? ''}`
      sums.set(key, (sums.get(key) ?? 0) + by)
    },
    gauge() {},
    observe() {},
  }
  return { sums, metrics }
}

const measureReal = async () => {
  const folder = await temporaryFolder()
  const chain = await testChain(sizes.validators, { ...times, maxRows: rows })
  const bootnodes: string[] = []
  const events: { readonly at: number; readonly node: number; readonly event: NodeEvent }[] = []
  const nodes: { readonly role: string; readonly sums: Map<string, number>; stop(): Promise<void> }[] = []
  const fulls: ReturnType<typeof createFullNode>[] = []
  for (let i = 0; i < sizes.validators + sizes.fullNodes + sizes.lightNodes; i++) {
    const validator = chain.validators[i]
    const isLight = i >= sizes.validators + sizes.fullNodes
    const { sums, metrics } = counters()
    const common = await commonInit(chain, {
      dataDir: join(folder.path, `n${i}`),
      bootnodes: [...bootnodes],
      ...(validator && { validator }),
    })
    const node = isLight
      ? createLightNode(common, { log: silent, metrics })
      : createFullNode(
          { ...common, ...(validator && { validatorKey: validator.secretKey }) },
          { log: silent, metrics },
        )
    node.events.subscribe((event) => events.push({ at: performance.now(), node: i, event }))
    await node.start()
    if (!isLight) {
      fulls.push(node as ReturnType<typeof createFullNode>)
      bootnodes.push(...(await node.status()).addresses)
    }
    nodes.push({ role: validator ? 'validator' : isLight ? 'light' : 'full', sums, stop: () => node.stop() })
  }
  await until('connections', PATIENCE_MS, async () => (await fulls[0]!.status()).peers >= nodes.length - 1)
  const random = seeded(rows)
  const stopSpinner = startSpinner()
  const before = { bytes: loopbackBytes(), sums: nodes.map(({ sums }) => new Map(sums)) }
  for (let block = 0; block < BLOCKS; block++) {
    // One blob that leaves no room for a second.
    const data = Uint8Array.from({ length: (rows - 1) * 126_976 + 60_000 }, () => random() & 0xff)
    const name = new TextEncoder().encode(`b${block}`)
    const { blobId } = await fulls[block % sizes.validators]!.submit({
      namespace: namespaceOf(name),
      data,
      flags: 0,
    })
    await until(
      'a certificate',
      PATIENCE_MS,
      async () => (await fulls[0]!.blobState(blobId)).state === 'certified',
    )
  }
  await new Promise((resolve) => setTimeout(resolve, 5_000))
  const cpuShare = await stopSpinner()
  const bytes = before.bytes === undefined ? undefined : loopbackBytes()! - before.bytes

  const roots = new Map<string, { built: number; certified?: number; sampled: number[] }>()
  for (const { at, event } of events) {
    if (event.type === 'header' && event.rowCount > 0 && !roots.has(event.root))
      roots.set(event.root, { built: at, sampled: [] })
    const block = 'root' in event && event.root !== undefined ? roots.get(event.root) : undefined
    if (block === undefined) continue
    if (event.type === 'certificate' && event.kind === 'finalize') block.certified ??= at
    if (event.type === 'sampled') block.sampled.push(event.ms)
  }
  const certified = [...roots.values()].filter((block) => block.certified !== undefined)
  const perBlock = (role: string, key: string) => {
    const mine = nodes.map((node, i) => ({ ...node, i })).filter((node) => node.role === role)
    const sum = mine.reduce(
      (total, { sums, i }) => total + (sums.get(key) ?? 0) - (before.sums[i]!.get(key) ?? 0),
      0,
    )
    return sum / mine.length / certified.length
  }
  const result = {
    blocks: certified.length,
    certificateMs: percentilesOf(certified.map(({ built, certified: at }) => at! - built)),
    samplingMs: percentilesOf(certified.flatMap(({ sampled }) => sampled)),
    columnBytesOfValidator: perBlock('validator', 'weft_network_gossip_bytes_total/column'),
    columnBytesOfFull: perBlock('full', 'weft_network_gossip_bytes_total/column'),
    proposalBytesOfFull: perBlock('full', 'weft_network_gossip_bytes_total/proposal'),
    voteBytesOfValidator: perBlock('validator', 'weft_network_gossip_bytes_total/vote'),
    sampledBytesOfLight: perBlock('light', 'weft_sampling_received_bytes_total/'),
    ...(bytes !== undefined && { loopbackBytes: bytes / certified.length }),
  }
  for (const { stop } of nodes) await stop()
  await folder.remove()
  return { result, cpuShare }
}

const real = await measureReal()
const scenario: Scenario = {
  ...defaults,
  ...times,
  nodes: sizes.validators + sizes.fullNodes + sizes.lightNodes,
  validators: sizes.validators,
  fullNodes: sizes.fullNodes,
  rows,
  blocks: BLOCKS,
  profile: 'loopback',
  // Workers compete with each other for the machine; the one main thread is everybody's.
  cpuShare: real.cpuShare,
  mainShare: real.cpuShare / (sizes.validators + sizes.fullNodes + sizes.lightNodes),
}
const run = await simulate(scenario, loadCosts())
const simulated = {
  blocks: run.certified,
  certificateMs: run.certificateMs,
  samplingMs: run.samplingMs,
  columnBytesOfValidator: run.firstBytes.validator.column!,
  columnBytesOfFull: run.firstBytes.full.column!,
  proposalBytesOfFull: run.firstBytes.full.proposal!,
  voteBytesOfValidator: run.firstBytes.validator.vote!,
  sampledBytesOfLight: run.receivedByChannel.light.stream,
  loopbackBytes:
    sizes.validators * run.receivedBytes.validator +
    sizes.fullNodes * run.receivedBytes.full +
    sizes.lightNodes * run.receivedBytes.light,
}
const ratios = Object.fromEntries(
  Object.entries(real.result).map(([name, value]) => {
    const other = simulated[name as keyof typeof simulated]
    const [a, b] = [value, other].map((each) => (typeof each === 'number' ? each : each.p50))
    return [name, Number((b! / a!).toFixed(2))]
  }),
)
const record = { rows, sizes, cpuShare: real.cpuShare, real: real.result, simulated, simulatedToReal: ratios }
writeFileSync(
  new URL(`./results/devnet-${rows}.json`, import.meta.url),
  `${JSON.stringify(record, undefined, 2)}\n`,
)
process.stdout.write(`${JSON.stringify(record, undefined, 2)}\n`)
process.exit(0)
