// `npm run bench:light`: what a block costs a light node. Four validators on loopback make blocks of 8, 64 and 256 rows;
// a light node in a process of its own, started by the command that a user types, samples them at 99.5 % confidence.
// All its connections go through counting TCP proxies, so that the bytes are those on the wire: Noise, Yamux, protocol
// negotiation, gossip and its repetitions, status and ping, headers, certificates and tiles; not those of TCP and IP.
// CPU time and memory are the kernel's figures for the process. Options: --rows 8,64,256; --blocks 6; --json.

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { utf8 } from '../src/base/bytes.ts'
import { genesisToJson } from '../src/chain/genesis-json.ts'
import { type NodeProcess, startProcess } from '../src/cli/devnet/process.ts'
import { namespaceOf } from '../src/grid/blob.ts'
import { type TestFullNode, temporaryFolder, testChain, testFullNode, until } from '../test/node/support.ts'
import { summary } from './measure.ts'
import { type CountingProxy, countingProxy } from './proxy.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '8,64,256' },
    bands: { type: 'string', default: '8' },
    blocks: { type: 'string', default: '6' },
    json: { type: 'boolean', default: false },
  },
})
const VALIDATORS = 4
const QUIET_MS = 20_000
const SETTLE_MS = 1_500
const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const say = (line: string): void => void process.stderr.write(`${line}\n`)
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Usage {
  readonly down: number
  readonly up: number
  /** CPU time of the process so far, user and system, ms. */
  readonly cpuMs: number
}

interface Result {
  readonly rows: number
  readonly maxBands: number
  readonly samples: number
  /** Answers of sampling alone, SSZ, mean of a block. */
  readonly tileBytes: number
  /** On the wire, both ways, mean and most of a block. */
  readonly wireBytes: number
  readonly mostWireBytes: number
  readonly upBytes: number
  readonly cpuMs: number
  readonly sampleMs: number
  readonly quietBytesPerSecond: number
  readonly residentMiB: number
  readonly peakMiB: number
}

const statusOf = (pid: number, field: string): number => {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(field))
  return Number(line?.replace(/\D/g, '') ?? Number.NaN) / 1024
}

/** Clock ticks are 100 a second on every Linux that Node runs on. */
const cpuMsOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

interface SampledLine {
  readonly msg: string
  readonly height: number
  readonly samples: number
  readonly bytes: number
  readonly ms: number
  readonly verdict: string
}

const sampledIn = (logFile: string): readonly SampledLine[] =>
  readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('sampled a block'))
    .map((line) => JSON.parse(line) as SampledLine)
    .filter(({ samples }) => samples > 0)

const measure = async (rows: number, maxBands: number, blocks: number): Promise<Result> => {
  const folder = await temporaryFolder()
  const validators: TestFullNode[] = []
  const proxies: CountingProxy[] = []
  let light: NodeProcess | undefined
  try {
    const chain = await testChain(VALIDATORS, {
      maxRows: rows,
      maxBands,
      blockIntervalMs: 2_000,
      idleIntervalMs: 60_000,
      timeoutMs: 60_000,
      maxTimeoutMs: 60_000,
      sampleDeadlineMs: 60_000,
    })
    const bootnodes: string[] = []
    for (const [i, validator] of chain.validators.entries()) {
      const running = await testFullNode(chain, {
        dataDir: join(folder.path, `v${i}`),
        validator,
        bootnodes,
        kzg: 'native',
      })
      await running.node.start()
      validators.push(running)
      const [address] = (await running.node.status()).addresses
      bootnodes.push(address!)
      proxies.push(await countingProxy(Number(/\/tcp\/(\d+)/.exec(address!)?.[1])))
    }
    const dir = join(folder.path, 'light')
    const genesis = join(folder.path, 'genesis.json')
    writeFileSync(genesis, JSON.stringify(genesisToJson(chain.genesis)))
    execFileSync(process.execPath, [MAIN, 'init', '--dir', dir, '--genesis', genesis])
    const logFile = join(folder.path, 'light.log')
    const through = bootnodes.flatMap((address, i) => [
      '--bootnodes',
      address.replace(/\/tcp\/\d+/, `/tcp/${proxies[i]!.port}`),
    ])
    light = await startProcess(
      {
        name: 'light',
        script: MAIN,
        args: [
          'light',
          '--dir',
          dir,
          '--listen',
          '/ip4/127.0.0.1/tcp/0',
          ...through,
          '--api-port',
          '0',
          '--one-address',
          '--json',
          '--until-stdin-closes',
        ],
        logFile,
        environment: process.env,
      },
      new AbortController().signal,
    )
    const { client, pid } = light
    const usage = (): Usage => ({
      down: proxies.reduce((sum, { counts }) => sum + counts.down, 0),
      up: proxies.reduce((sum, { counts }) => sum + counts.up, 0),
      cpuMs: cpuMsOf(pid),
    })
    const signal = () => ({ signal: AbortSignal.timeout(10_000) })
    await until(
      'the light node to have its peers',
      60_000,
      async () => (await client.status(signal())).peers >= VALIDATORS,
    )

    const costs: (SampledLine & Usage)[] = []
    for (let i = -1; i < blocks; i++) {
      const seen = sampledIn(logFile).length
      const before = usage()
      const blob = {
        namespace: namespaceOf(utf8('bench')),
        flags: 0,
        data: new Uint8Array(randomBytes((rows - 1) * 126_976 + 40 * 1_984)),
      }
      await validators[0]!.node.submit(blob)
      const line = await until('the block to be sampled', 180_000, () => sampledIn(logFile)[seen])
      await until(
        'the block to be final',
        180_000,
        async () => ((await client.status(signal())).final?.height ?? 0) >= line.height,
      )
      await sleep(SETTLE_MS)
      const after = usage()
      // The first block warms up: code is compiled, tables are made, gossip meshes are grafted.
      if (i >= 0)
        costs.push({
          ...line,
          down: after.down - before.down,
          up: after.up - before.up,
          cpuMs: after.cpuMs - before.cpuMs,
        })
      say(
        `${rows} rows, block ${i + 1}: ${line.verdict}, ${line.samples} tiles of ${line.bytes} bytes, ${after.down - before.down} bytes down, ${after.up - before.up} up`,
      )
    }
    const quiet = usage()
    await sleep(QUIET_MS)
    const rested = usage()
    if (proxies.some(({ counts }) => counts.open !== 1)) say('a connection does not go through its proxy')
    const mean = (of: (cost: SampledLine & Usage) => number) =>
      costs.reduce((sum, cost) => sum + of(cost), 0) / costs.length
    return {
      rows,
      maxBands,
      samples: costs[0]!.samples,
      tileBytes: mean(({ bytes }) => bytes),
      wireBytes: mean(({ down, up }) => down + up),
      mostWireBytes: Math.max(...costs.map(({ down, up }) => down + up)),
      upBytes: mean(({ up }) => up),
      cpuMs: summary(costs.map(({ cpuMs }) => cpuMs)).ms,
      sampleMs: summary(costs.map(({ ms }) => ms)).ms,
      quietBytesPerSecond: ((rested.down + rested.up - quiet.down - quiet.up) * 1_000) / QUIET_MS,
      residentMiB: statusOf(pid, 'VmRSS'),
      peakMiB: statusOf(pid, 'VmHWM'),
    }
  } finally {
    await light?.stop()
    for (const proxy of proxies) await proxy.close()
    await Promise.all(validators.map(({ node }) => node.stop()))
    await folder.remove()
  }
}

const results: Result[] = []
for (const rows of values.rows.split(',').map(Number)) {
  for (const bands of values.bands.split(',').map(Number))
    results.push(await measure(rows, bands, Number(values.blocks)))
}
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`)
else {
  const count = (value: number) => Math.round(value).toLocaleString('en-US')
  process.stdout.write(`${cpus()[0]?.model}, Node ${process.version}; ${values.blocks} blocks each\n\n`)
  process.stdout.write(
    '| rows | bands | samples | bytes of tiles | bytes on the wire, mean | most | of it sent | quiet, bytes/s | CPU, ms | to verdict, ms | resident, MiB | peak, MiB |\n',
  )
  process.stdout.write('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n')
  for (const r of results) {
    const cells = [
      r.rows,
      r.maxBands,
      r.samples,
      r.tileBytes,
      r.wireBytes,
      r.mostWireBytes,
      r.upBytes,
      r.quietBytesPerSecond,
      r.cpuMs,
      r.sampleMs,
      r.residentMiB,
      r.peakMiB,
    ]
    process.stdout.write(`| ${cells.map(count).join(' | ')} |\n`)
  }
}
process.exit(0)
