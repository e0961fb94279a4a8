// A light node: the real light chain, the real sampler, and the real choice of what is sampled when, over simulated links. It forwards headers and
// certificates like everybody.

import { toHex } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { accept } from '../../src/base/verdict.ts'
import { genesisBlock } from '../../src/chain/chain.ts'
import type { Tile } from '../../src/chain/containers.ts'
import type { SampleRecord } from '../../src/chain/ports.ts'
import { createEventHub } from '../../src/node/events.ts'
import { createLightSamples } from '../../src/node/light-samples.ts'
import { createLightChain } from '../../src/sampling/light-chain.ts'
import { createSampler } from '../../src/sampling/sampler.ts'
import { createCpu } from './cpu.ts'
import { createSimEngine } from './engine.ts'
import { seeded } from './random.ts'
import type { SimNode } from './topology.ts'
import type { Participant, World } from './world.ts'

export const createLightNode = (node: SimNode, world: World): Participant => {
  const { chain, content, costs, rowCosts, queue, turn, topology, scenario, observer } = world
  const { index } = node
  const main = world.main[index]!
  const worker = createCpu(1, queue)
  const engine = createSimEngine({ content, costs: rowCosts, short: worker, long: worker, turn })
  const store = createTileStore()
  const { height, root, timestamp } = genesisBlock(chain)
  const lightChain = createLightChain(
    { base: { height, root, timestampMs: timestamp }, staleMs: 3_600_000 },
    { judgeAnnouncement: () => accept, judgeCertificate: () => accept },
  )
  /** Spread evenly over the light nodes, whatever the share. */
  const samples = Math.floor((index + 1) * scenario.samplers) > Math.floor(index * scenario.samplers)
  const servers = topology.neighbours[index]!.map((other) => topology.nodes[other]!)
  const sampler = createSampler(
    {
      maxBands: chain.genesis.maxBands,
      deadlineMs: chain.genesis.sampleDeadlineMs,
      failureProbability: scenario.failureProbability,
    },
    {
      peers: () => servers.filter((other) => !world.isBanned(index, other.index)).map(({ peer }) => peer),
      request: world.streams.requestsOf(index),
      penalize: (peer, code) => world.penalize(index, Number(peer.slice(1)), code),
      engine,
      store,
      log: silent,
      metrics: noMetrics,
      random: seeded(world.random()),
    },
  )
  const lightSamples = createLightSamples(
    {
      maxBands: chain.genesis.maxBands,
      failureProbability: scenario.failureProbability,
      backlogBlocks: 0,
      backlogBytes: 0,
      patienceMs: Math.min(2_000, chain.genesis.sampleDeadlineMs / 4),
    },
    {
      sampler: {
        async sample(block, announcement, options) {
          const result = await sampler.sample(block, announcement, options)
          observer.sampled(node, result)
          return result
        },
      },
      peers: () => [],
      chain: lightChain,
      store,
      events: createEventHub(silent),
      log: silent,
    },
  )

  return {
    node,
    handlers: undefined,
    start() {},
    stop: () => lightSamples.stop(),
    take(value, _from, judged) {
      if (value.kind === 'header')
        return main.run(costs.verifyVoteMs + rowCosts.judgeHeaderMs, () => {
          turn.needed = true
          const { verdict, finals } = lightChain.announce(value.announcement)
          if (samples) lightSamples.final(finals)
          judged(verdict.verdict)
          if (!samples || verdict.verdict !== 'accept' || lightChain.isFinal(value.root)) return
          lightSamples.fresh(value.root, value.announcement)
        })
      if (value.kind === 'certificate')
        return main.run(costs.verifyCertificateMs, () => {
          const { kind, height: of, root: block } = value.certificate
          const { verdict, finals } = lightChain.certify(value.certificate)
          if (samples) lightSamples.final(finals)
          judged(verdict.verdict)
          if (verdict.verdict === 'accept') observer.certificate(node, kind, of, block)
        })
      judged('ignore')
    },
    busyMs: () => main.busyMs + worker.busyMs,
  }
}

/** Journal and tiles in memory: a block that is sampled again has those that came. */
const createTileStore = () => {
  const records = new Map<string, SampleRecord>()
  const kept = new Map<string, Tile>()
  const placeOf = (root: Uint8Array, band: number, column: number) => `${toHex(root)}/${band}/${column}`
  return {
    async putSamples(record: SampleRecord, tiles: readonly Tile[]) {
      records.set(toHex(record.root), record)
      for (const tile of tiles) kept.set(placeOf(record.root, tile.band, tile.column), tile)
    },
    getSampleRecord: async (root: Uint8Array) => records.get(toHex(root)),
    getTile: async (root: Uint8Array, band: number, column: number) => kept.get(placeOf(root, band, column)),
  }
}
