// The node under attack, in a process of its own so that what it costs can be measured: a real validator with its database,
// its workers and the default limits, but for those that a scenario names. It reports every fifth of a second.

import { fromHex } from '../../../src/base/bytes.ts'
import { silent } from '../../../src/base/log.ts'
import type { Metrics } from '../../../src/base/metrics.ts'
import { GenesisType } from '../../../src/chain/containers.ts'
import type { NetworkLimits } from '../../../src/network/limits.ts'
import { createFullNode } from '../../../src/node/full.ts'
import { nodeDefaults } from '../../../src/node/init.ts'

export interface VictimInit {
  readonly genesis: string
  readonly peerKey: string
  readonly validatorKey: string
  readonly dataDir: string
  readonly bootnodes: readonly string[]
  readonly limits: Partial<NetworkLimits>
}

export interface VictimReport {
  readonly type: 'report'
  readonly rssBytes: number
  /** CPU time of all threads, and of the main one, since the start. */
  readonly cpuMs: number
  readonly mainCpuMs: number
  /** Longest CPU time that the main thread spent between two looks at its timers, since the last report. */
  readonly longestTurnMs: number
  /** Counters by `name{label="value"}`, and gauges. */
  readonly counters: Readonly<Record<string, number>>
}

export type VictimMessage =
  | { readonly type: 'ready'; readonly address: string; readonly peerId: string }
  | VictimReport

const bytesOf = (text: string) => fromHex(text, text.length / 2)!
/** Whoever listened may have gone: then there is nobody to tell. */
const send = (message: VictimMessage) => process.connected && process.send?.(message, () => {})

const counters = new Map<string, number>()
const nameOf = (name: string, labels: Readonly<Record<string, string>> = {}) =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join()}}`
const metrics: Metrics = {
  count: (name, by = 1, labels) => {
    const key = nameOf(name, labels)
    counters.set(key, (counters.get(key) ?? 0) + by)
  },
  gauge: (name, value, labels) => void counters.set(nameOf(name, labels), value),
  observe() {},
}

const mainCpuMs = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

const run = async (init: VictimInit) => {
  const node = createFullNode(
    {
      ...nodeDefaults,
      genesis: GenesisType.deserialize(bytesOf(init.genesis)),
      dataDir: init.dataDir,
      peerKey: bytesOf(init.peerKey),
      validatorKey: bytesOf(init.validatorKey),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootnodes: init.bootnodes,
      devnet: false,
      limits: init.limits,
      kzg: 'kernels',
    },
    { log: silent, metrics },
  )
  await node.start()
  const { addresses, peerId } = await node.status()
  send({ type: 'ready', address: addresses[0]!, peerId })

  let last = mainCpuMs()
  let longest = 0
  setInterval(() => {
    const now = mainCpuMs()
    longest = Math.max(longest, now - last)
    last = now
  }, 1)
  setInterval(() => {
    const { user, system } = process.cpuUsage()
    send({
      type: 'report',
      rssBytes: process.memoryUsage().rss,
      cpuMs: (user + system) / 1_000,
      mainCpuMs: mainCpuMs(),
      longestTurnMs: longest,
      counters: Object.fromEntries(counters),
    })
    longest = 0
  }, 200)
  process.once('disconnect', () => {
    void node.stop().finally(() => process.exit(0))
  })
}

process.once('message', (init: VictimInit) => {
  run(init).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
})
