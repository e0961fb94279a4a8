// The processes of the devnet: folders, keys, genesis and addresses before anything runs, then each node on demand. All
// that the nodes share is what they send each other; this process only reads their APIs.

import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { createBlstBls } from '../../chain/bls-blst.ts'
import { createNobleBls } from '../../chain/bls-noble.ts'
import { PROTOCOL_VERSION } from '../../chain/genesis.ts'
import { genesisFromJson, genesisToJson } from '../../chain/genesis-json.ts'
import type { NodeEvent } from '../../node/types.ts'
import { writeNew } from '../files.ts'
import { folderPaths, makeNodeFolder, plainKeys, type ValidatorJson } from '../node-folder.ts'
import type { OptionsOf } from '../options/command-options.ts'
import type { Chronicle } from './chronicle.ts'
import { freePorts } from './free-ports.ts'
import { isLightNode, isValidator, NODES, type NodeName, VALIDATORS } from './names.ts'
import { type NodeProcess, startProcess } from './process.ts'

/** Shorter than a real chain's, and long enough for two slow cores that eight processes share. */
export const devnetGenesis = {
  name: 'weft-devnet',
  maxRows: 64,
  maxBands: 8,
  blockIntervalMs: 500,
  timeoutMs: 8_000,
  maxTimeoutMs: 30_000,
  idleIntervalMs: 1_500,
  sampleDeadlineMs: 10_000,
  custodyFull: 8,
  retentionMs: 86_400_000,
} as const

export interface DevnetInit extends Pick<OptionsOf<'devnet'>, 'kzg' | 'keep' | 'logLevel'> {
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface Devnet {
  /** Folder with a folder for each node, and their logs. */
  readonly folder: string
  /** Starts a node and begins to write down its events. */
  start(name: NodeName, signal: AbortSignal): Promise<NodeProcess>
  /** Starts a node that withholds, in the folder and with the key of a validator that was stopped. */
  startWithholder(name: (typeof VALIDATORS)[number], signal: AbortSignal): Promise<NodeProcess>
  /** The node of a name. Throws where it does not run. */
  node(name: NodeName): NodeProcess
  /** Resolves with the exit code. */
  stop(name: NodeName): Promise<number | null>
  /** Stops what still runs; resolves with a name and code for each, and removes the folder unless it is kept. */
  close(): Promise<readonly { readonly name: string; readonly code: number | null }[]>
  /** Aborts when a node ends that was not asked to. */
  readonly crashed: AbortSignal
}

export const createDevnet = async (init: DevnetInit, chronicle: Chronicle): Promise<Devnet> => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-devnet-'))
  const ports = await freePorts(NODES.length)
  const peerIds = await makeFolders(folder)
  const crash = new AbortController()
  const nodes = new Map<string, NodeProcess>()
  const listening = new AbortController()
  /** All events of all nodes, for whoever keeps the folder. */
  const journal = init.keep ? createWriteStream(join(folder, 'events.jsonl')) : undefined
  const environment = childEnvironment(init.environment)
  const address = (name: NodeName) => `/ip4/127.0.0.1/tcp/${ports[NODES.indexOf(name)]}`
  const bootnodes = VALIDATORS.map((name) => `${address(name)}/p2p/${peerIds.get(name)}`)

  const argumentsOf = (name: NodeName): readonly string[] => [
    ...['--dir', join(folder, name)],
    ...['--listen', address(name)],
    ...bootnodes.filter((_, i) => VALIDATORS[i] !== name).flatMap((bootnode) => ['--bootnodes', bootnode]),
    ...['--api-port', '0'],
    ...['--kzg', init.kzg],
    ...['--log-level', init.logLevel],
    '--one-address',
    '--until-stdin-closes',
    '--json',
  ]

  const run = async (name: NodeName, script: string, command: readonly string[], signal: AbortSignal) => {
    const logFile = join(folder, name, 'node.log')
    const args = [...command, ...argumentsOf(name)]
    const node = await startProcess({ name, script, args, logFile, environment }, signal)
    node.crashed.addEventListener('abort', () => crash.abort(node.crashed.reason), { once: true })
    nodes.set(name, node)
    return node
  }

  const node = (name: NodeName): NodeProcess => {
    const found = nodes.get(name)
    if (found === undefined) throw new Error(`expected ${name} to run`)
    return found
  }

  const stop = async (name: NodeName) => {
    const stopping = node(name)
    nodes.delete(name)
    return stopping.stop()
  }

  return {
    folder,
    crashed: crash.signal,
    node,
    stop,
    async start(name, signal) {
      const command = isLightNode(name) ? 'light' : 'node'
      const started = await run(name, ownScript('../main'), [command], signal)
      void follow(
        started,
        (event) => {
          chronicle.add(name, event)
          journal?.write(`${JSON.stringify({ atMs: Date.now(), node: name, ...event })}\n`)
        },
        listening.signal,
      )
      return started
    },
    startWithholder: (name, signal) => run(name, ownScript('withholder'), [], signal),
    async close() {
      listening.abort()
      const codes = await Promise.all(
        [...nodes.values()].map(async (left) => ({ name: left.name, code: await left.stop() })),
      )
      nodes.clear()
      journal?.end()
      if (!init.keep) rmSync(folder, { recursive: true, force: true })
      return codes
    },
  }
}

/** Hands a node's events on until it ends or `signal` aborts. */
const follow = async (
  node: NodeProcess,
  add: (event: NodeEvent) => void,
  signal: AbortSignal,
): Promise<void> => {
  try {
    for await (const event of node.client.events({ signal })) add(event)
  } catch {
    // The stream ends with the node; a node that ends unasked is noticed by its process.
  }
}

/** Folders with keys, and the genesis of the validators, in each; resolves with the peer ids by name. */
const makeFolders = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const bls = createNobleBls()
  const peerIds = new Map<string, string>()
  const validators: ValidatorJson[] = []
  for (const name of NODES) {
    mkdirSync(join(folder, name))
    const validator = isValidator(name)
    const made = await makeNodeFolder(join(folder, name), { validator, weight: 1 }, bls, plainKeys)
    peerIds.set(name, made.keys.peerId)
    if (made.validator !== undefined) validators.push(made.validator)
  }
  const versions = [{ height: 0, version: PROTOCOL_VERSION }]
  const json = { ...devnetGenesis, timestamp: Date.now(), versions, validators }
  const genesis = genesisFromJson(json, createBlstBls())
  const text = `${JSON.stringify(genesisToJson(genesis), undefined, 2)}\n`
  for (const name of NODES) writeNew(folderPaths(join(folder, name)).genesis, text)
  return peerIds
}

/** The user's WEFT_ variables are for the user's own nodes. */
const childEnvironment = (environment: DevnetInit['environment']): DevnetInit['environment'] =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('WEFT_')))

/** A script of this program, as source or as built, whichever this is. */
const ownScript = (path: string): string =>
  join(import.meta.dirname, `${path}${extname(import.meta.filename)}`)
