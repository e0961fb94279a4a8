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
import { parseArgs } from 'node:util'
import { utf8 } from '../src/base/bytes.ts'
import { WeftError } from '../src/base/error.ts'
import { genesisToJson } from '../src/chain/genesis-json.ts'
import { type NodeProcess, startProcess } from '../src/cli/devnet/process.ts'
import { namespaceOf } from '../src/grid/blob.ts'
import { installed } from '../test/faults/support/installed.ts'
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
/** Status and pings of a light node come every half minute and minute. */
const QUIET_MS = 60_000
const SETTLE_MS = 1_500
/** Blobs that wait: two of 256 rows are what a node takes (`mempoolBytes`). */
const AHEAD = 2
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
  /** On the wire, both ways, mean of a block, without what the time alone costs; and what of all was sent. */
  readonly blockBytes: number
  readonly upBytes: number
  readonly cpuMs: number
  readonly sampleMs: number
  /** While no block is made, not even an empty one. */
  readonly quietBytesPerSecond: number
  readonly secondsBetweenBlocks: number
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
    execFileSync(process.execPath, [installed.program, 'init', '--dir', dir, '--genesis', genesis])
    const logFile = join(folder.path, 'light.log')
    const through = bootnodes.flatMap((address, i) => [
      '--bootnodes',
      address.replace(/\/tcp\/\d+/, `/tcp/${proxies[i]!.port}`),
    ])
    light = await startProcess(
      {
        name: 'light',
        script: installed.program,
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
        environment: {
          ...process.env,
          ...installed.environment,
          NODE_OPTIONS: installed.nodeArgs.join(' '),
        },
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

    /** Waits for room among what waits, as a client does that is told to come again. */
    const submitOne = (data: Uint8Array) =>
      until('room for a blob', 300_000, async () => {
        try {
          return await validators[0]!.node.submit({ namespace: namespaceOf(utf8('bench')), flags: 0, data })
        } catch (error) {
          if (error instanceof WeftError && error.code === 'queue-full') return undefined
          throw error
        }
      })
    const submit = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++)
        await submitOne(new Uint8Array(randomBytes((rows - 1) * 126_976 + 40 * 1_984)))
    }
    /** The next block whose verdict the log has after `seen` others, once it is final. */
    const settled = async (seen: number): Promise<SampledLine> => {
      const line = await until('a block to be sampled', 300_000, () => sampledIn(logFile)[seen])
      await until(
        'the block to be final',
        300_000,
        async () => ((await client.status(signal())).final?.height ?? 0) >= line.height,
      )
      return line
    }
    // The first block warms up: code is compiled, tables are made, gossip meshes are grafted.
    await submit(1)
    await settled(0)
    await sleep(SETTLE_MS)
    // What time costs by itself: no block, not even an empty one.
    const quiet = usage()
    await sleep(QUIET_MS)
    const rested = usage()
    const quietBytesPerSecond = ((rested.down + rested.up - quiet.down - quiet.up) * 1_000) / QUIET_MS

    // Blocks one after another, as on a chain that always has blobs; no empty one between them.
    const lines: SampledLine[] = []
    const before = usage()
    const startMs = performance.now()
    await submit(Math.min(AHEAD, blocks))
    for (let i = 0; i < blocks; i++) {
      const line = await settled(i + 1)
      if (i + AHEAD < blocks) await submit(1)
      lines.push(line)
      say(
        `${rows} rows, block ${i + 1}: ${line.verdict}, ${line.samples} tiles of ${line.bytes} bytes, after ${Math.round(line.ms)} ms`,
      )
    }
    const after = usage()
    const seconds = (performance.now() - startMs) / 1_000
    if (proxies.some(({ counts }) => counts.open !== 1)) say('a connection does not go through its proxy')
    const timeBytes = quietBytesPerSecond * seconds
    const each = (of: (use: Usage) => number, less = 0) => (of(after) - of(before) - less) / blocks
    const heights = lines.at(-1)!.height - lines[0]!.height + 1
    if (heights !== blocks) say(`expected blocks at ${blocks} heights in turn, got them within ${heights}`)
    return {
      rows,
      maxBands,
      samples: lines[0]!.samples,
      tileBytes: lines.reduce((sum, { bytes }) => sum + bytes, 0) / blocks,
      blockBytes: each(({ down, up }) => down + up, timeBytes),
      upBytes: each(({ up }) => up),
      quietBytesPerSecond,
      secondsBetweenBlocks: seconds / blocks,
      cpuMs: each((use) => use.cpuMs),
      sampleMs: summary(lines.map(({ ms }) => ms)).ms,
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
  for (const bands of values.bands.split(',').map(Number)) {
    const result = await measure(rows, bands, Number(values.blocks))
    results.push(result)
    say(JSON.stringify(result))
  }
}
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`)
else {
  const count = (value: number) => Math.round(value).toLocaleString('en-US')
  process.stdout.write(`${cpus()[0]?.model}, Node ${process.version}; ${values.blocks} blocks each\n\n`)
  process.stdout.write(
    '| rows | bands | samples | bytes of tiles | all bytes of a block | bytes a second besides | all, a block every 2 s | sent | CPU, ms | to verdict, ms | resident, MiB | peak, MiB | seconds between blocks here |\n',
  )
  process.stdout.write(`|${' --- |'.repeat(13)}\n`)
  for (const r of results) {
    const cells = [
      r.rows,
      r.maxBands,
      r.samples,
      r.tileBytes,
      r.blockBytes,
      r.quietBytesPerSecond,
      r.blockBytes + 2 * r.quietBytesPerSecond,
      r.upBytes,
      r.cpuMs,
      r.sampleMs,
      r.residentMiB,
      r.peakMiB,
      r.secondsBetweenBlocks,
    ]
    process.stdout.write(`| ${cells.map(count).join(' | ')} |\n`)
  }
}
process.exit(0)
