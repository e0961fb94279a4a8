// Running a node as a process: folder, genesis and keys in, a node and its API up, a line when it is ready, and down
// again in order. Full node, light node and whoever wraps the network come through here.

import { createFullApi, createLightApi } from '../api/node-api.ts'
import { createPrometheusMetrics, type PrometheusMetrics } from '../api/prometheus.ts'
import type { Api } from '../api/server.ts'
import type { StackName } from '../api/stacks/stack.ts'
import { anySignal } from '../base/deadline.ts'
import { hasCode, messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { createBlstBls } from '../chain/bls-blst.ts'
import type { Genesis } from '../chain/containers.ts'
import { createFullNode, type FullNodeComponents } from '../node/full.ts'
import { type FullNodeInit, nodeDefaults } from '../node/init.ts'
import { createLightNode } from '../node/light.ts'
import type { FullNode, LightNode, NodeStatus } from '../node/types.ts'
import type { Context } from './context.ts'
import { badInput, EXIT, type ExitCode, fail } from './failure.ts'
import { readGenesis } from './genesis-file.ts'
import { lockKey, usualLockDir } from './keys/key-lock.ts'
import { keyProtection } from './keys/protection.ts'
import { createLog } from './logging.ts'
import { folderPaths, readNodeKeys, readPeerKey } from './node-folder.ts'
import type { OptionsOf } from './options/command-options.ts'
import { aborted, onShutdown } from './shutdown.ts'
import { createStacks, type Stack } from './stacks.ts'
import { createTokenBook } from './token-file.ts'

/** What stopping in order may take before the process ends anyway. */
const STOP_MS = 15_000

/** Printed on stdout when the node is up; with --json as it is. */
export interface ReadyLine {
  readonly ready: true
  readonly api: string
  /** URLs of the interfaces of other stacks that are switched on. */
  readonly interfaces: Readonly<Partial<Record<StackName, string>>>
  readonly role: NodeStatus['role']
  readonly peerId: string
  readonly chainId: string
  readonly addresses: readonly string[]
}

/** How a node is made to misbehave (devnet/withholder.ts). */
export type Wrapping = Pick<FullNodeComponents, 'wrapNetwork' | 'wrapStreams'>

export const runFullNode = async (
  values: OptionsOf<'node'>,
  context: Context,
  wrapping: Wrapping = {},
): Promise<ExitCode> => {
  const { init, genesis } = commonInit(values)
  const protection = keyProtection({ passphraseFile: values.passphraseFile }, context.terminal)
  const { validatorKey } = await readNodeKeys(values.dir, protection)
  const lock =
    validatorKey &&
    (await lockKey(
      values.lockDir ?? usualLockDir(context.host.env),
      createBlstBls().publicKeyOf(validatorKey),
    ))
  try {
    return await lockedNode(values, context, wrapping, { init, genesis, validatorKey })
  } finally {
    await lock?.release()
  }
}

const lockedNode = (
  values: OptionsOf<'node'>,
  context: Context,
  wrapping: Wrapping,
  {
    init,
    genesis,
    validatorKey,
  }: ReturnType<typeof commonInit> & { readonly validatorKey: Uint8Array | undefined },
): Promise<ExitCode> => {
  const components = { ...componentsOf(values, 'node'), ...wrapping }
  const fullInit: FullNodeInit = {
    ...init,
    mempoolBytes: values.mempoolBytes,
    ...(values.signingFloor !== undefined && { signingFloor: values.signingFloor }),
    ...(validatorKey !== undefined && { validatorKey }),
  }
  const tokens = createTokenBook(folderPaths(values.dir).tokens, components.log)
  const node = built(() => createFullNode(fullInit, components))
  return runNode(
    node,
    values,
    context,
    components.log,
    (readiness) =>
      createFullApi(
        { ...apiInit(values), maxRows: genesis.maxRows },
        { node, log: components.log, readiness, metrics: components.metrics, tokens },
      ),
    (readiness) => createStacks(values, genesis, { node, log: components.log, readiness, tokens }),
  )
}

export const runLightNode = async (values: OptionsOf<'light'>, context: Context): Promise<ExitCode> => {
  const { init } = commonInit(values)
  const components = componentsOf(values, 'light')
  const { failureProbability, backlogBlocks, backlogBytes, trusted } = values
  const { serveBytesPerMinute, serveStreams, tileBytes, relayBytes } = values
  const { pendingSamples, samplesAtOnce, tileRequests } = values
  const tokens = createTokenBook(folderPaths(values.dir).tokens, components.log)
  const node: LightNode = createLightNode(
    {
      ...init,
      failureProbability,
      backlogBlocks,
      backlogBytes,
      pendingSamples,
      samplesAtOnce,
      tileRequests,
      serveBytesPerMinute,
      serveStreams,
      tileBytes,
      relayBytes,
      ...(trusted !== undefined && { trusted }),
    },
    components,
  )
  return runNode(node, values, context, components.log, (readiness) =>
    createLightApi(apiInit(values), {
      node,
      log: components.log,
      readiness,
      metrics: components.metrics,
      tokens,
    }),
  )
}

/** A light node that samples nothing of the past: it is here to restore a block, with the usual settings otherwise. */
export const restoringNode = (values: OptionsOf<'restore'>): LightNode => {
  const { init } = commonInit(values)
  const { trusted } = values
  return createLightNode(
    { ...nodeDefaults, ...init, backlogBlocks: 0, ...(trusted !== undefined && { trusted }) },
    componentsOf(values, 'restore'),
  )
}

const apiInit = ({ apiHost, apiPort, apiAnonymous, apiCors }: OptionsOf<'node'> | OptionsOf<'light'>) => ({
  host: apiHost,
  port: apiPort,
  anonymous: apiAnonymous === 'none' ? undefined : apiAnonymous,
  corsOrigins: apiCors,
})

/** A node is not built where its key does not belong to its genesis. */
const built = (create: () => FullNode): FullNode => {
  try {
    return create()
  } catch (cause) {
    if (cause instanceof RangeError) throw badInput(cause.message, { cause })
    throw cause
  }
}

type Ready = () => Promise<{ ready: boolean; reason?: string }>
type Running = Pick<FullNode, 'start' | 'stop' | 'status'> & { readonly failed?: AbortSignal }

const runNode = async (
  node: Running,
  { apiHost, apiPort, json, untilStdinCloses }: OptionsOf<'node'> | OptionsOf<'light'>,
  { terminal, host }: Context,
  log: Logger,
  createApi: (readiness: Ready) => Api,
  createMore: (readiness: Ready) => readonly Stack[] = () => [],
): Promise<ExitCode> => {
  const shutdown = onShutdown(host, { untilStdinCloses })
  const readiness: Ready = async () => {
    const { stale } = await node.status()
    return stale
      ? { ready: false, reason: 'the newest final block is older than the pace of the chain' }
      : { ready: true }
  }
  const api = createApi(readiness)
  const stacks = createMore(readiness)
  try {
    await node.start().catch((cause) => {
      throw cannotStart(cause)
    })
    const url = await api.start().catch((cause) => {
      throw fail(
        'usage',
        `expected a free address for the API at ${apiHost}:${apiPort}: ${messageOf(cause)}`,
        { cause },
      )
    })
    const interfaces: Partial<Record<StackName, string>> = {}
    for (const { name, api } of stacks) {
      interfaces[name] = await api.start().catch((cause) => {
        throw fail('usage', `expected a free address for --${name}: ${messageOf(cause)}`, { cause })
      })
    }
    const { role, peerId, chainId, addresses } = await node.status()
    const ready: ReadyLine = { ready: true, api: url, interfaces, role, peerId, chainId, addresses }
    if (json) terminal.out(JSON.stringify(ready))
    else for (const line of readyLines(ready)) terminal.out(line)
    await aborted(anySignal([shutdown.signal, ...(node.failed === undefined ? [] : [node.failed])]))
    if (node.failed?.aborted) throw whyFailed(node.failed.reason)
    log.info({ reason: shutdown.signal.reason }, 'stopping')
    return EXIT.ok
  } finally {
    const timer = setTimeout(() => {
      log.error({ ms: STOP_MS }, 'stopping took too long')
      host.exit(EXIT.unexpected)
    }, STOP_MS)
    for (const { api } of stacks) await api.stop()
    await api.stop()
    await node.stop()
    clearTimeout(timer)
    shutdown.dispose()
  }
}

/** What commonly keeps a node from starting, in words; anything else as it is. */
const cannotStart = (cause: unknown): unknown => {
  const causes = [cause, ...causesOf(cause)].map(messageOf).join('\n')
  const [, listening] = /listen E[A-Z]+: ([^\n]*)/.exec(causes) ?? []
  if (listening !== undefined) {
    return fail('usage', `expected an address that is free to listen on (--listen): ${listening}`, { cause })
  }
  if (hasCode(cause, 'store-locked')) {
    return fail('usage', `expected a database that nobody else uses (--dir): ${messageOf(cause)}`, { cause })
  }
  return isForOperator(cause) ? fail('usage', messageOf(cause), { cause }) : cause
}

/** What is no fault of the program: its operator has to do something, and the message says what. */
const forOperator: readonly string[] = [
  'unknown-protocol-version',
  'unknown-format',
  'other-chain',
  'signing-records-lost',
  'store-damaged',
  'store-failed',
  'chain-broken',
  'conflicting-final',
  'conflicting-certificate',
  'key-in-use',
]

const isForOperator = (error: unknown): boolean => forOperator.some((code) => hasCode(error, code))

const whyFailed = (reason: unknown): unknown =>
  isForOperator(reason) ? fail('usage', messageOf(reason), { cause: reason }) : reason

const causesOf = (error: unknown): readonly unknown[] => {
  const below = error instanceof AggregateError ? error.errors : error instanceof Error ? [error.cause] : []
  return below.flatMap((one) => (one === undefined ? [] : [one, ...causesOf(one)]))
}

const readyLines = ({ role, api, interfaces, addresses, chainId }: ReadyLine): readonly string[] => [
  `${role === 'validator' ? 'validator' : `${role} node`} of chain ${chainId} is up`,
  `API     ${api}`,
  ...Object.entries(interfaces).map(([name, url]) => `${name.padEnd(7)} ${url}`),
  ...addresses.map((address) => `address ${address}`),
  'Ctrl-C stops it.',
]

const commonInit = (values: OptionsOf<'node'> | OptionsOf<'light'> | OptionsOf<'restore'>) => {
  const paths = folderPaths(values.dir)
  const { peerKey } = readPeerKey(values.dir)
  const { genesis } = readGenesis(values.genesis ?? paths.genesis)
  const { listen, announce, bootnodes, threads, kzg, oneAddress } = values
  const limits = Object.fromEntries(values.limits.map(({ name, value }) => [name, value]))
  const init = {
    genesis,
    dataDir: paths.database,
    peerKey,
    listen,
    announce,
    bootnodes,
    devnet: oneAddress,
    threads,
    kzg,
    limits,
  }
  return { init, genesis } satisfies { genesis: Genesis; init: object }
}

const componentsOf = (
  { logLevel }: Pick<OptionsOf<'node'>, 'logLevel'>,
  name: string,
): { readonly log: Logger; readonly metrics: PrometheusMetrics } => ({
  log: createLog(logLevel, name),
  metrics: createPrometheusMetrics(),
})
