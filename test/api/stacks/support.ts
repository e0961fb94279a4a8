// A real chain for the tests of other stacks' interfaces: one validator, and where wanted a second full node that has
// only what it got over the network, each with the interfaces that the test switches on.

import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { Api } from '../../../src/api/server.ts'
import type { StackComponents, StackInit } from '../../../src/api/stacks/stack.ts'
import { toHex } from '../../../src/base/bytes.ts'
import { type Logger, silent } from '../../../src/base/log.ts'
import { chainOf } from '../../../src/chain/chain.ts'
import type { FullNode } from '../../../src/node/types.ts'
import { type TestChain, temporaryFolder, testChain, testFullNode, until } from '../../node/support.ts'

export interface StackChain {
  readonly chain: TestChain
  readonly validator: FullNode
  /** Folder for what the test keeps. */
  readonly path: string
  readonly facts: StackInit['chain']
  addFullNode(name: string): Promise<FullNode>
}

/** A chain of one validator with rows enough for the tests' blobs; everything stops with the test. */
export const startChain = async (
  t: ExecutionContext,
  changes: Parameters<typeof testChain>[1] = { maxRows: 8 },
): Promise<StackChain> => {
  t.timeout(240_000)
  const folder = await temporaryFolder()
  const chain = await testChain(1, changes)
  const stops: (() => Promise<void>)[] = []
  t.teardown(async () => {
    for (const stop of stops.reverse()) await stop()
    await folder.remove()
  })
  const { node: validator } = await testFullNode(chain, {
    dataDir: join(folder.path, 'validator'),
    validator: chain.validators[0]!,
  })
  stops.push(() => validator.stop())
  await validator.start()
  return {
    chain,
    validator,
    path: folder.path,
    facts: {
      chainId: toHex(chainOf(chain.genesis).chainId),
      genesisMs: chain.genesis.timestamp,
      maxRows: chain.genesis.maxRows,
      blockIntervalMs: chain.genesis.blockIntervalMs,
    },
    async addFullNode(name) {
      const { addresses } = await validator.status()
      const { node } = await testFullNode(chain, { dataDir: join(folder.path, name), bootnodes: addresses })
      stops.push(() => node.stop())
      await node.start()
      await until('the nodes to meet', 20_000, async () => (await node.status()).peers > 0)
      return node
    },
  }
}

/** Starts an interface over a node until the test ends; its URL. */
export const startApi = async <Init extends StackInit>(
  t: ExecutionContext,
  create: (init: Init, components: StackComponents) => Api,
  init: Omit<Init, 'host' | 'port'>,
  node: StackComponents['node'],
  log: Logger = silent,
): Promise<{ readonly url: string; readonly api: Api }> => {
  const api = create({ ...init, host: '127.0.0.1', port: 0 } as unknown as Init, {
    node,
    log,
    readiness: () => ({ ready: true }),
  })
  t.teardown(() => api.stop())
  return { url: await api.start(), api }
}
