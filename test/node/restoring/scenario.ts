// A block that only light nodes remember: real nodes on loopback certify and sample it, then publisher, validators and
// full nodes stop and their disks are deleted, and a light node that was never there asks the others for their tiles.

import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { equal, toHex, utf8 } from '../../../src/base/bytes.ts'
import type { Metrics } from '../../../src/base/metrics.ts'
import { genesisToJson } from '../../../src/chain/genesis-json.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import { createGridEngine } from '../../../src/grid/create-engine.ts'
import type { NetworkLimits } from '../../../src/network/limits.ts'
import { nodeDefaults } from '../../../src/node/init.ts'
import type { RestoreAnswer } from '../../../src/node/restore-block.ts'
import { weft } from '../../cli/support.ts'
import { temporaryFolder, testChain, testFullNode, testLightNode, until } from '../support.ts'

export interface ScenarioInit {
  readonly maxBands: number
  /** Light nodes that sample the block, and how many of them are left for the second attempt. */
  readonly nodes: number
  readonly nodesLeft: number
  /** Every so many-th of them only dials, as a phone does. */
  readonly dialsOnly: number
  /** What each draws by. */
  readonly failureProbability?: number
  /** Bytes of the blob, which fill `maxBands` rows. */
  readonly blobBytes: number
  readonly waitMs: number
  /** The light nodes' limits, where many share a process. */
  readonly limits?: Partial<NetworkLimits>
  /** Whether the command brings the block back, too. */
  readonly byCommand?: boolean
  readonly say?: (line: string) => void
}

export interface ScenarioResult {
  /** With all light nodes, and with those that are left. */
  readonly whole: RestoreAnswer
  readonly half: RestoreAnswer
  /** Whether the blob came back byte for byte. */
  readonly isEqual: boolean
  /** What `weft restore` wrote, where it was to: whether the blob is among it byte for byte. */
  readonly isCommandEqual?: boolean
  /** Bytes of tiles that each light node gave, for both attempts together. */
  readonly servedBytes: readonly number[]
}

const STARTED_AT_ONCE = 8

export const restoreFromLightNodes = async (init: ScenarioInit): Promise<ScenarioResult> => {
  const { say = () => {} } = init
  const folder = await temporaryFolder()
  // Many nodes share few cores: all of them have time to sample.
  const chain = await testChain(1, {
    maxBands: init.maxBands,
    maxRows: init.maxBands,
    custodyFull: 128,
    sampleDeadlineMs: init.waitMs,
    idleIntervalMs: 60_000,
    timeoutMs: 60_000,
    maxTimeoutMs: 60_000,
  })
  const engine = createGridEngine({ maxBands: init.maxBands, maxRows: init.maxBands, role: 'verifier' })
  const stops = new Set<() => Promise<void>>()
  const started = async <T extends { readonly node: { start(): Promise<void>; stop(): Promise<void> } }>(
    making: Promise<T>,
  ): Promise<T> => {
    const made = await making
    stops.add(() => made.node.stop())
    await made.node.start()
    return made
  }
  try {
    // Those that will vanish: a validator and two full nodes, since a light node spreads its samples.
    const bootnodes: string[] = []
    const heavy = []
    for (const [i, validator] of [chain.validators[0], undefined, undefined].entries()) {
      const dataDir = join(folder.path, `heavy${i}`)
      const made = await started(
        testFullNode(chain, { dataDir, bootnodes, ...(validator === undefined ? {} : { validator }) }),
      )
      bootnodes.push(...(await made.node.status()).addresses)
      heavy.push(made)
    }
    const served = Array.from({ length: init.nodes }, () => 0)
    const startLight = (i: number) =>
      started(
        testLightNode(chain, {
          dataDir: join(folder.path, `light${i}`),
          bootnodes,
          engine,
          metrics: meter('weft_light_served_bytes_total', (by) => {
            served[i]! += by
          }),
          light: {
            ...((i + 1) % init.dialsOnly === 0 && { listen: [] }),
            failureProbability: init.failureProbability ?? nodeDefaults.failureProbability,
            ...(init.limits && { limits: init.limits }),
          },
        }),
      )
    // A few at a time: all handshakes are made by the one thread of this process, and each has a deadline.
    const lights: Awaited<ReturnType<typeof startLight>>[] = []
    for (let i = 0; i < init.nodes; i += STARTED_AT_ONCE) {
      const batch = Array.from({ length: Math.min(STARTED_AT_ONCE, init.nodes - i) }, (_, j) =>
        startLight(i + j),
      )
      lights.push(...(await Promise.all(batch)))
      await until('the light nodes to have peers', init.waitMs, async () => {
        const peers = await Promise.all(lights.slice(i).map(async ({ node }) => (await node.status()).peers))
        return peers.every((count) => count >= heavy.length)
      })
    }
    say(`${lights.length} light nodes are up`)

    // One blob, certified and sampled by all.
    const data = Uint8Array.from({ length: init.blobBytes }, (_, i) => (i * 31 + (i >> 8)) & 0xff)
    const publisher = heavy[1]!.node
    const { blobId } = await publisher.submit({ namespace: namespaceOf(utf8('kept')), data, flags: 0 })
    const { height, root } = await until('the certificate', init.waitMs, async () => {
      const state = await publisher.blobState(blobId)
      return state.state === 'certified' && state
    })
    for (const { node } of lights) {
      await until('every light node to have sampled it', init.waitMs, async () => {
        const { final } = await node.status()
        const verdict = await node.verdict(root)
        return verdict === 'available' && final !== undefined && final.height >= height
      })
    }
    say('the block is final, and sampled by all')

    // Everybody who held the block goes, with all that they had.
    for (const { node, dataDir } of heavy) {
      await node.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
    const attempt = async (name: string, known: string) => {
      const restorer = await started(
        testLightNode(chain, { dataDir: join(folder.path, name), bootnodes: [known], engine }),
      )
      await until('the header, from light nodes', init.waitMs, async () => {
        const { final } = await restorer.node.status()
        return final !== undefined && final.height >= height
      })
      // The header of this very height may come after that of a final one above it.
      const answer = await until('an answer about a known block', init.waitMs, async () => {
        const given = await restorer.node.restore({ height }, { signal: AbortSignal.timeout(init.waitMs) })
        return (given.restored || given.code !== 'block-unknown') && given
      })
      await restorer.node.stop()
      return answer
    }
    const addressOf = async (i: number) => (await lights[i]!.node.status()).addresses[0]!
    const whole = await attempt('whole', await addressOf(0))
    say(`with ${init.nodes}: ${describe(whole)}`)

    let isCommandEqual: boolean | undefined
    if (init.byCommand === true) {
      const genesis = join(folder.path, 'genesis.json')
      await writeFile(genesis, JSON.stringify(genesisToJson(chain.genesis)))
      await weft(['init', '--dir', 'me', '--genesis', 'genesis.json'], { cwd: folder.path })
      const place = ['--dir', 'me', '--out', 'back', '--listen', '/ip4/127.0.0.1/tcp/0', '--one-address']
      const known = ['--bootnodes', await addressOf(0), '--deadline-ms', `${init.waitMs}`, '--json']
      const ended = await weft(['restore', `${height}`, ...place, ...known], { cwd: folder.path })
      say(`weft restore: ${ended.stdout}${ended.code === 0 ? '' : ended.stderr}`)
      const written = await readFile(join(folder.path, 'back', toHex(blobId))).catch(() => new Uint8Array())
      isCommandEqual = ended.code === 0 && equal(new Uint8Array(written), data)
    }

    // Those that are left start anew: what they fetched for others from those that are gone was in memory only.
    await Promise.all(lights.map(({ node }) => node.stop()))
    const left: string[] = []
    for (const { dataDir } of lights.slice(0, init.nodesLeft)) {
      const again = await started(
        testLightNode(chain, {
          dataDir,
          bootnodes: left,
          engine,
          light: { ...(init.limits && { limits: init.limits }) },
        }),
      )
      left.push(...(await again.node.status()).addresses)
    }
    const half = await attempt('half', left[0]!)
    say(`with ${init.nodesLeft}: ${describe(half)}`)

    const blob = whole.restored ? whole.blobs.find(({ entry }) => equal(entry.blobId, blobId)) : undefined
    return {
      whole,
      half,
      isEqual: blob !== undefined && equal(blob.data, data),
      ...(isCommandEqual !== undefined && { isCommandEqual }),
      servedBytes: served,
    }
  } finally {
    await Promise.all([...stops].map((stop) => stop()))
    await engine.close()
    await folder.remove()
  }
}

const describe = (answer: RestoreAnswer): string =>
  `${answer.restored ? 'restored' : answer.code} ${JSON.stringify(answer.restored ? answer.figures : (answer.figures ?? {}))}`

/** Counts one metric and forgets the others. */
const meter = (name: string, add: (by: number) => void): Metrics => ({
  count: (counted, by = 1) => {
    if (counted === name) add(by)
  },
  gauge() {},
  observe() {},
})
