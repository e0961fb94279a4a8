// A network of real node processes for faults and soak: folders, keys and a genesis first, then each node as the command
// `weft` that a user would run, on a port of its own that it keeps over restarts. A child ends by itself when this
// process is gone.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Client, createClient } from '../../../src/api/client.ts'
import { createBlstBls } from '../../../src/chain/bls-blst.ts'
import { createNobleBls } from '../../../src/chain/bls-noble.ts'
import { PROTOCOL_VERSION } from '../../../src/chain/genesis.ts'
import { type GenesisJson, genesisFromJson, genesisToJson } from '../../../src/chain/genesis-json.ts'
import { freePorts } from '../../../src/cli/devnet/free-ports.ts'
import { folderPaths, makeNodeFolder, plainKeys, type ValidatorJson } from '../../../src/cli/node-folder.ts'

const MAIN = join(import.meta.dirname, '../../../src/cli/main.ts')

export type Role = 'validator' | 'full' | 'light'

export interface NodePlan {
  readonly name: string
  readonly role: Role
}

export type GenesisPace = Partial<Omit<GenesisJson, 'validators' | 'versions' | 'timestamp' | 'name'>>

export interface NetInit {
  readonly folder: string
  readonly nodes: readonly NodePlan[]
  readonly genesis: GenesisPace
}

export interface StartOptions {
  /** Arguments to Node before the script, `--import` of a preload for one. */
  readonly nodeArgs?: readonly string[]
  /** `weft` in another form than from source. */
  readonly program?: string
  /** A program that behaves like `weft node`, in its place. */
  readonly script?: string
  /** What the command line begins with: `ip netns exec NAME`, say. */
  readonly prefix?: readonly string[]
  readonly args?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Instead of the loopback address of this node. */
  readonly listen?: string
  /** Instead of every validator's address. */
  readonly bootnodes?: readonly string[]
  readonly logLevel?: string
  readonly readyMs?: number
  /** Kills it, SIGKILL, if it aborts before the node is up. */
  readonly signal?: AbortSignal
}

export interface RunningNode {
  readonly name: string
  readonly role: Role
  readonly pid: number
  /** URL of its API. */
  readonly api: string
  readonly client: Client
  readonly child: ChildProcess
  /** Whether it still runs. */
  readonly alive: () => boolean
  /** SIGKILL: resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM, then SIGKILL after 15 s: resolves with the exit code, null where it was killed. */
  stop(): Promise<number | null>
}

export interface ProcessNet {
  readonly folder: string
  readonly chainTimeMs: number
  readonly plans: readonly NodePlan[]
  readonly dir: (name: string) => string
  readonly logFile: (name: string) => string
  readonly peerId: (name: string) => string
  readonly port: (name: string) => number
  /** Multiaddr of a node with its peer id. */
  readonly address: (name: string) => string
  start(name: string, options?: StartOptions): Promise<RunningNode>
  /** The node of a name while it runs. */
  node(name: string): RunningNode | undefined
  running(): readonly RunningNode[]
  /** Kills what still runs or starts. */
  close(): Promise<void>
}

/** Shorter than a real chain's, long enough for two slow cores. */
export const pace = {
  maxRows: 64,
  maxBands: 8,
  blockIntervalMs: 500,
  timeoutMs: 8_000,
  maxTimeoutMs: 16_000,
  idleIntervalMs: 1_500,
  sampleDeadlineMs: 10_000,
  custodyFull: 8,
  retentionMs: 86_400_000,
} as const

const READY_MS = 90_000
const STOP_MS = 15_000

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

export const createProcessNet = async ({ folder, nodes: plans, genesis }: NetInit): Promise<ProcessNet> => {
  const ports = await freePorts(plans.length)
  const peerIds = new Map<string, string>()
  const validators: ValidatorJson[] = []
  const dir = (name: string) => join(folder, name)
  const logFile = (name: string) => join(folder, `${name}.log`)
  const bls = createNobleBls()
  for (const { name, role } of plans) {
    mkdirSync(dir(name), { recursive: true, mode: 0o700 })
    const made = await makeNodeFolder(
      dir(name),
      { validator: role === 'validator', weight: 1 },
      bls,
      plainKeys,
    )
    peerIds.set(name, made.keys.peerId)
    if (made.validator !== undefined) validators.push(made.validator)
  }
  const chainTimeMs = Date.now()
  const versions = [{ height: 0, version: PROTOCOL_VERSION }]
  const json = { ...pace, ...genesis, name: 'weft-faults', timestamp: chainTimeMs, versions, validators }
  const text = `${JSON.stringify(genesisToJson(genesisFromJson(json, createBlstBls())), undefined, 2)}\n`
  for (const { name } of plans) writeFileSync(folderPaths(dir(name)).genesis, text)

  const running = new Map<string, RunningNode>()
  const starting = new Set<Promise<unknown>>()
  const closing = new AbortController()
  const indexOf = (name: string) => {
    const index = plans.findIndex((plan) => plan.name === name)
    if (index < 0) throw new Error(`expected a node of this network, got ${name}`)
    return index
  }
  const port = (name: string) => ports[indexOf(name)]!
  const peerId = (name: string) => peerIds.get(name)!
  const listenOf = (name: string) => `/ip4/127.0.0.1/tcp/${port(name)}`
  const address = (name: string) => `${listenOf(name)}/p2p/${peerId(name)}`

  const start = async (name: string, options: StartOptions = {}): Promise<RunningNode> => {
    const { role } = plans[indexOf(name)]!
    const bootnodes =
      options.bootnodes ??
      plans
        .filter((plan) => plan.role === 'validator' && plan.name !== name)
        .map((plan) => address(plan.name))
    const command =
      options.script === undefined
        ? [options.program ?? MAIN, role === 'light' ? 'light' : 'node']
        : [options.script]
    const words = [
      ...(options.prefix ?? []),
      process.execPath,
      ...(options.nodeArgs ?? []),
      ...command,
      ...['--dir', dir(name), '--listen', options.listen ?? listenOf(name)],
      ...bootnodes.flatMap((bootnode) => ['--bootnodes', bootnode]),
      ...['--api-port', '0', '--log-level', options.logLevel ?? 'warn'],
      ...['--one-address', '--until-stdin-closes', '--json'],
      ...(options.args ?? []),
    ]
    const signal = AbortSignal.any([
      closing.signal,
      ...(options.signal === undefined ? [] : [options.signal]),
    ])
    const start = startChild(words, { name, role, logFile: logFile(name), options: { ...options, signal } })
    starting.add(start)
    const started = await start.finally(() => starting.delete(start))
    running.set(name, started)
    started.child.once('exit', () => {
      if (running.get(name) === started) running.delete(name)
    })
    return started
  }

  return {
    folder,
    chainTimeMs,
    plans,
    dir,
    logFile,
    peerId,
    port,
    address,
    start,
    node: (name) => running.get(name),
    running: () => [...running.values()],
    async close() {
      // Those that still start, where another could not.
      closing.abort()
      await Promise.allSettled(starting)
      await Promise.all([...running.values()].map((node) => node.kill()))
    },
  }
}

const startChild = async (
  words: readonly string[],
  {
    name,
    role,
    logFile,
    options,
  }: { readonly name: string; readonly role: Role; readonly logFile: string; readonly options: StartOptions },
): Promise<RunningNode> => {
  const log = openSync(logFile, 'a')
  const own = Object.entries(process.env).filter(([key]) => !key.startsWith('WEFT_'))
  const child = spawn(words[0]!, words.slice(1), {
    stdio: ['pipe', 'pipe', log],
    env: { ...Object.fromEntries(own), ...options.environment },
  })
  closeSync(log)
  children.add(child)
  child.stdin?.on('error', () => {})
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      children.delete(child)
      resolve(code)
    })
    child.once('error', () => {
      children.delete(child)
      resolve(null)
    })
  })
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  const ready = await new Promise<{ api: string }>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`expected ${name} to be up, see ${logFile}`))
    }, options.readyMs ?? READY_MS)
    const kill = () => void child.kill('SIGKILL')
    options.signal?.addEventListener('abort', kill, { once: true })
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (!line.startsWith('{"ready":true')) return
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', kill)
      resolve(JSON.parse(line) as { api: string })
    })
    void exited.then((code) => {
      clearTimeout(timer)
      reject(new Error(`${name} ended with ${code} before it was up, see ${logFile}`))
    })
  })
  return {
    name,
    role,
    pid: child.pid!,
    api: ready.api,
    client: createClient(ready.api),
    child,
    alive: () => child.exitCode === null && child.signalCode === null,
    kill,
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      const code = await exited
      clearTimeout(timer)
      return code
    },
  }
}
