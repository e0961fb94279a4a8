// Nodes for tests: a genesis of fresh keys, and full and light nodes of it on loopback, each with its own database in
// a temporary folder.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type Logger, silent } from '../../src/base/log.ts'
import { type Metrics, noMetrics } from '../../src/base/metrics.ts'
import { createBlstBls } from '../../src/chain/bls-blst.ts'
import { secretKeyOfSeed } from '../../src/chain/bls-keygen.ts'
import type { Genesis } from '../../src/chain/containers.ts'
import { createGenesis } from '../../src/chain/genesis.ts'
import type { Network, StreamHandlers } from '../../src/chain/ports.ts'
import { createFullNode } from '../../src/node/full.ts'
import { type FullNodeInit, type LightNodeInit, nodeDefaults } from '../../src/node/init.ts'
import { createLightNode, type LightNodeComponents } from '../../src/node/light.ts'
import type { FullNode, NodeEvent } from '../../src/node/types.ts'

export interface TestValidator {
  readonly secretKey: Uint8Array
  readonly peerKey: Uint8Array
}

export interface TestChain {
  readonly genesis: Genesis
  readonly validators: readonly TestValidator[]
}

const bls = createBlstBls()

/** Intervals short enough for tests and long enough for two slow cores. */
const pace = {
  blockIntervalMs: 300,
  idleIntervalMs: 1_500,
  timeoutMs: 8_000,
  maxTimeoutMs: 16_000,
  sampleDeadlineMs: 6_000,
}

export const testChain = async (
  count: number,
  changes: Partial<Omit<Genesis, 'name' | 'validators' | 'versions'>> = {},
): Promise<TestChain> => {
  const validators: TestValidator[] = []
  const entries = []
  for (let i = 0; i < count; i++) {
    const secretKey = secretKeyOfSeed(crypto.getRandomValues(new Uint8Array(32)))
    const key = await generateKeyPair('Ed25519')
    validators.push({ secretKey, peerKey: privateKeyToProtobuf(key) })
    entries.push({
      publicKey: bls.publicKeyOf(secretKey),
      possession: bls.provePossession(secretKey),
      peerId: peerIdFromPrivateKey(key).toMultihash().bytes,
      weight: 1,
    })
  }
  const genesis = createGenesis({
    name: 'test',
    timestamp: Date.now(),
    validators: entries,
    ...pace,
    ...changes,
  })
  return { genesis, validators }
}

export const temporaryFolder = async (): Promise<{ readonly path: string; remove(): Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'weft-test-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

export interface TestFullNode {
  readonly node: FullNode
  readonly events: NodeEvent[]
  readonly dataDir: string
}

export interface TestNodeOptions {
  readonly dataDir: string
  readonly bootnodes?: readonly string[]
  readonly validator?: TestValidator
  readonly peerKey?: Uint8Array
  readonly kzg?: FullNodeInit['kzg']
  readonly log?: Logger
  readonly protocolVersions?: readonly number[]
  readonly wrapNetwork?: (network: Network) => Network
  readonly wrapStreams?: (streams: StreamHandlers) => StreamHandlers
}

export const commonInit = async (chain: TestChain, options: TestNodeOptions) => ({
  ...nodeDefaults,
  genesis: chain.genesis,
  dataDir: options.dataDir,
  peerKey:
    options.validator?.peerKey ?? options.peerKey ?? privateKeyToProtobuf(await generateKeyPair('Ed25519')),
  listen: ['/ip4/127.0.0.1/tcp/0'],
  bootnodes: options.bootnodes ?? [],
  devnet: true,
  ...(options.protocolVersions && { protocolVersions: options.protocolVersions }),
  kzg: options.kzg ?? ('kernels' as const),
})

export const testFullNode = async (chain: TestChain, options: TestNodeOptions): Promise<TestFullNode> => {
  const events: NodeEvent[] = []
  const node = createFullNode(
    {
      ...(await commonInit(chain, options)),
      ...(options.validator && { validatorKey: options.validator.secretKey }),
    },
    {
      log: options.log ?? silent,
      metrics: noMetrics,
      wrapNetwork: options.wrapNetwork,
      wrapStreams: options.wrapStreams,
    },
  )
  node.events.subscribe((event) => events.push(event))
  return { node, events, dataDir: options.dataDir }
}

/** Waits until `probe` gives something, looking every 50 ms. Throws after `ms`. */
export const until = async <T>(
  what: string,
  ms: number,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> => {
  const end = Date.now() + ms
  for (;;) {
    const value = await probe()
    if (value !== undefined && value !== false) return value
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export interface TestLightOptions extends TestNodeOptions {
  readonly engine?: LightNodeComponents['engine']
  readonly metrics?: Metrics
  readonly light?: Partial<LightNodeInit>
}

export const testLightNode = async (chain: TestChain, options: TestLightOptions) => {
  const events: NodeEvent[] = []
  const init: LightNodeInit = { ...(await commonInit(chain, options)), ...options.light }
  const node = createLightNode(init, {
    log: options.log ?? silent,
    metrics: options.metrics ?? noMetrics,
    engine: options.engine,
    wrapNetwork: options.wrapNetwork,
  })
  node.events.subscribe((event) => events.push(event))
  return { node, events, dataDir: options.dataDir }
}
