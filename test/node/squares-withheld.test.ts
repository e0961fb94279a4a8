// The least that keeps a block from being restored is a square of B+1 bands by 65 columns (docs/protocol.md, section 8).
// On real nodes: publisher and colluding custodian answer everything but the tiles of such a square. No certificate
// forms, and a light node is fooled if and only if its draw misses the square, which the formula says how often happens.
// One column or one band less: the validators restore the block, and everybody finds it available.

import { join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import test, { type ExecutionContext } from 'ava'
import { fromHex, utf8 } from '../../src/base/bytes.ts'
import type { Network } from '../../src/chain/ports.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import { createGridEngine } from '../../src/grid/create-engine.ts'
import { nodeSha256 } from '../../src/grid/node-sha256.ts'
import { requiredSamples, sampledBands, sampledTiles } from '../../src/grid/sampling-bound.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import type { NodeEvent } from '../../src/node/types.ts'
import { drawTiles } from '../../src/sampling/draw.ts'
import { createKeyedRandom } from '../../src/sampling/random.ts'
import { FOUR_DEVIATIONS, fooledByOblivious, probabilityOf, timesRuns } from '../sampling/formulas.ts'
import { isLong } from '../sampling/long.ts'
import { createConspiracy, nothing, type Pattern } from './colluding.ts'
import { watchStarvation } from './starvation.ts'
import {
  type TestFullNode,
  temporaryFolder,
  testChain,
  testFullNode,
  testLightNode,
  until,
} from './support.ts'

const LEADER = 0
const ROWS = isLong ? 8 : 2
/** So many rows and no zero band. */
const BLOB_BYTES = ROWS * 126_976 - 20_000
const COLUMNS = 128
/** Some light nodes draw few tiles, so that being fooled is not too rare to be seen. All share one thread: there are few. */
const FAILURES = isLong ? [0.005, 0.005, 0.005, 0.2, 0.2, 0.2, 0.2, 0.2] : [0.005, 0.005, 0.5, 0.5, 0.5]
/** Blocks of which a square is withheld. */
const SQUARES = isLong ? 4 : 1
const BLOCK_INTERVAL_MS = isLong ? 2_000 : 1_000
/** All columns are served so long after the certificate. */
const SERVED_MS = 4_000
const TIMEOUT_MS = isLong ? 18_000 : 12_000
const SAMPLE_DEADLINE_MS = isLong ? 22_000 : 18_000
/** A slow machine may lose a height of which nothing essential was withheld. */
const ATTEMPTS = 4
/** How long tiles that came in time may wait for the node's own check. */
const CHECK_GRACE_MS = 5_000

const shape = shapeOf(ROWS, ROWS)
const B = shape.bands

/** The last `bands` bands, of which one at least has data where there are more than B, by `columns` columns. */
const square = (bands: number, columns: number, first = 17): Pattern => {
  const taken = new Set(sampledBands(shape).slice(-bands))
  return (band, column) => taken.has(band) && (column - first + COLUMNS) % COLUMNS < columns
}

interface Light {
  readonly node: Awaited<ReturnType<typeof testLightNode>>['node']
  readonly timeline: { readonly atMs: number; readonly event: NodeEvent }[]
  readonly peerKey: Uint8Array
  readonly failureProbability: number
  readonly network: Network
}

const newKey = async () => privateKeyToProtobuf(await generateKeyPair('Ed25519'))
const idOf = (key: Uint8Array) => peerIdFromPrivateKey(privateKeyFromProtobuf(key)).toString()

const startNetwork = async () => {
  const folder = await temporaryFolder()
  const chain = await testChain(4, {
    maxBands: ROWS,
    maxRows: ROWS,
    blockIntervalMs: BLOCK_INTERVAL_MS,
    idleIntervalMs: BLOCK_INTERVAL_MS,
    timeoutMs: TIMEOUT_MS,
    maxTimeoutMs: 2 * TIMEOUT_MS,
    sampleDeadlineMs: SAMPLE_DEADLINE_MS,
  })
  const custodianKey = await newKey()
  const conspiracy = createConspiracy({
    leader: LEADER,
    bands: 2 * B,
    friends: new Set([idOf(custodianKey)]),
  })
  const bootnodes: string[] = []
  const stops: (() => Promise<void>)[] = []
  const startFull = async (options: Omit<Parameters<typeof testFullNode>[1], 'bootnodes'>) => {
    const running = await testFullNode(chain, { ...options, bootnodes })
    stops.push(() => running.node.stop())
    await running.node.start()
    bootnodes.push(...(await running.node.status()).addresses)
    return running
  }
  const validators: TestFullNode[] = []
  for (const [i, validator] of chain.validators.entries()) {
    const dataDir = join(folder.path, `v${i}`)
    validators.push(await startFull({ dataDir, validator, ...(i === LEADER && conspiracy) }))
  }
  const custodian = await startFull({
    dataDir: join(folder.path, 'custodian'),
    peerKey: custodianKey,
    ...conspiracy,
  })
  const engine = createGridEngine({ maxBands: ROWS, maxRows: ROWS, role: 'verifier' })
  const lights: Light[] = []
  for (const [i, failureProbability] of FAILURES.entries()) {
    const peerKey = await newKey()
    let network: Network | undefined
    const { node } = await testLightNode(chain, {
      dataDir: join(folder.path, `light${i}`),
      bootnodes,
      peerKey,
      engine,
      light: { failureProbability },
      wrapNetwork: (own) => {
        network = own
        return own
      },
    })
    const timeline: Light['timeline'] = []
    node.events.subscribe((event) => timeline.push({ atMs: Date.now(), event }))
    stops.push(() => node.stop())
    await node.start()
    lights.push({ node, timeline, peerKey, failureProbability, network: network as Network })
  }
  const starvation = watchStarvation()
  const stop = async () => {
    starvation.stop()
    await Promise.all(stops.map((each) => each()))
    await engine.close()
    await folder.remove()
  }
  return { conspiracy, validators, honest: validators.slice(1), custodian, lights, starvation, stop }
}

type Net = Awaited<ReturnType<typeof startNetwork>>

const eventsOf = (nodes: readonly TestFullNode[]): readonly NodeEvent[] =>
  nodes.flatMap(({ events }) => events)

/** Lets the leader publish a block of which `pattern` is withheld. */
const publishWithout = async ({ conspiracy, validators, honest }: Net, pattern: Pattern, seed: number) => {
  conspiracy.pattern = pattern
  const data = Uint8Array.from({ length: BLOB_BYTES }, (_, i) => (i * 31 + (i >> 8) + seed) & 0xff)
  await validators[LEADER]!.node.submit({ namespace: namespaceOf(utf8('square')), data, flags: 0 })
  const header = await until('the leader to publish the block', 120_000, () => {
    const event = eventsOf(honest).find(
      (one) => one.type === 'header' && conspiracy.patternOf(one.root) === pattern,
    )
    return event?.type === 'header' && event
  })
  // A blob whose height was lost waits again, for a block of which nothing is withheld.
  conspiracy.pattern = nothing
  return header
}

type Sampled = Extract<NodeEvent, { type: 'sampled' }>

/** Its first verdict, or the first that is as wanted. */
const verdictOf = (
  light: Light,
  root: string,
  wanted?: Sampled['verdict'],
): Promise<{ readonly atMs: number; readonly event: Sampled }> =>
  until('the verdict of a light node', 60_000, () => {
    const found = light.timeline.find(
      ({ event }) =>
        event.type === 'sampled' && event.root === root && (wanted ?? event.verdict) === event.verdict,
    )
    return found?.event.type === 'sampled' && { atMs: found.atMs, event: found.event }
  })

/** The node's own draw, as its key and the block's root give it. */
const drawOf = ({ peerKey, failureProbability }: Light, root: string) =>
  drawTiles(
    shape,
    failureProbability,
    createKeyedRandom(nodeSha256(utf8('weft.draw.v1'), peerKey), fromHex(root, 32)!),
  )

const certificatesOf = (nodes: readonly TestFullNode[], root: string) =>
  eventsOf(nodes).flatMap((event) =>
    event.type === 'certificate' && event.root === root ? [event.kind] : [],
  )

const isWithheldFromAll = async (t: ExecutionContext, net: Net, seed: number): Promise<readonly Light[]> => {
  const pattern = square(B + 1, 65, 17 + 9 * seed)
  const { root, height, rowCount } = await publishWithout(net, pattern, seed)
  t.is(rowCount, ROWS)
  const fooled: Light[] = []
  for (const light of net.lights) {
    const { atMs, event } = await verdictOf(light, root)
    const header = light.timeline.find((one) => one.event.type === 'header' && one.event.root === root)
    // By the deadline, which began with the header.
    const lostMs = net.starvation.lostMs(header!.atMs, atMs)
    const tookMs = atMs - header!.atMs
    t.true(tookMs <= SAMPLE_DEADLINE_MS + CHECK_GRACE_MS + lostMs, `${tookMs} ms, ${lostMs} of them lost`)
    const draw = drawOf(light, root)
    t.deepEqual(
      event.outcomes.map(({ band, column }) => ({ band, column })),
      [...draw],
    )
    // Everything is answered but the square.
    for (const { band, column, ok } of event.outcomes) t.is(ok, !pattern(band, column), `${band}.${column}`)
    const misses = draw.every(({ band, column }) => !pattern(band, column))
    t.is(event.verdict, misses ? 'available' : 'unavailable')
    if (misses) fooled.push(light)
  }
  // The custodian holds its columns; it keeps them to itself.
  await until('the custodian to have its custody', 60_000, () =>
    net.custodian.events.some((event) => event.type === 'available' && event.root === root),
  )
  await until('the height to end without the block', 90_000, () =>
    net.honest.every(({ events }) =>
      events.some((event) => event.type === 'certificate' && event.kind === 'nil' && event.height === height),
    ),
  )
  await until('the chain to go on', 90_000, async () => {
    const { final } = await net.honest[0]!.node.status()
    return final !== undefined && final.height > height
  })
  t.deepEqual(certificatesOf(net.validators, root), [])
  for (const event of eventsOf(net.honest)) {
    t.false(event.type === 'vote' && event.root === root)
    t.false(event.type === 'available' && event.root === root)
  }
  return fooled
}

/** A block of which `pattern` is withheld and that is certified all the same. */
const certifiedWithout = async (net: Net, pattern: Pattern, seed: number, attempts = ATTEMPTS) => {
  // Patterns are told apart by what they are, not by what they hold: each attempt has its own.
  const header = await publishWithout(net, (band, column) => pattern(band, column), seed + attempts)
  const headerMs = Date.now()
  const isCertified = () => certificatesOf(net.honest, header.root).includes('notarise')
  const isLost = () =>
    eventsOf(net.honest).some(
      (event) => event.type === 'certificate' && event.kind === 'nil' && event.height === header.height,
    )
  await until('a certificate', 120_000, () => isCertified() || isLost())
  if (isCertified()) return { ...header, headerMs, certifiedMs: Date.now() }
  if (attempts === 1) throw new Error(`expected a certificate of a block in ${ATTEMPTS} attempts`)
  return certifiedWithout(net, pattern, seed, attempts - 1)
}

/** How long after its first certificate the block's 128 columns were had from each honest validator, in ms. */
const isRestored = async (t: ExecutionContext, net: Net, pattern: Pattern, seed: number) => {
  const { root, height, headerMs, certifiedMs } = await certifiedWithout(net, pattern, seed)
  const asker = net.lights[0]!.network
  const indices = Array.from({ length: COLUMNS }, (_, index) => index)
  for (const { node } of net.honest) {
    const { peerId } = await node.status()
    const all = new Set<number>()
    await until('all columns of a validator', 60_000, async () => {
      const missing = indices.filter((index) => !all.has(index))
      const signal = AbortSignal.timeout(20_000)
      const request = { root: fromHex(root, 32)!, indices: missing }
      for (const { index } of await asker.request.columns(peerId, request, { signal })) all.add(index)
      return all.size === COLUMNS
    })
  }
  const servedMs = Date.now() - certifiedMs
  const lostMs = net.starvation.lostMs(certifiedMs, Date.now())
  t.true(servedMs <= SERVED_MS + lostMs, `${servedMs} ms, ${lostMs} of them lost`)
  for (const light of net.lights) {
    // Where a machine was too slow for its deadline, the same tiles are asked for again.
    await verdictOf(light, root, 'available')
  }
  await until('the block to be final', 60_000, async () => {
    const { final } = await net.honest[0]!.node.status()
    return final !== undefined && final.height >= height
  })
  return { certifiedMs: certifiedMs - headerMs, servedMs }
}

test('a square of B+1 bands by 65 columns is seen, and one column or one band less is restored', async (t) => {
  t.timeout(isLong ? 1_800_000 : 400_000)
  const net = await startNetwork()
  try {
    const fooled = new Map<number, number>()
    for (let seed = 0; seed < SQUARES; seed++) {
      for (const { failureProbability } of await isWithheldFromAll(t, net, seed))
        fooled.set(failureProbability, (fooled.get(failureProbability) ?? 0) + 1)
    }
    for (const limit of new Set(FAILURES)) {
      const nodes = FAILURES.filter((each) => each === limit).length
      const samples = requiredSamples({ ...shape, confidence: 1 - limit })
      const expected = timesRuns(
        fooledByOblivious(nodes, sampledTiles(shape), (B + 1) * 65, samples),
        SQUARES,
      )
      const count = fooled.get(limit) ?? 0
      t.log(
        `${samples} samples: ${count} of ${nodes * SQUARES} fooled, expected ${expected.mean.toFixed(2)} +- ${expected.deviation.toFixed(2)}`,
      )
      t.true(probabilityOf(count, expected) >= FOUR_DEVIATIONS)
    }
    for (const [name, pattern] of [
      ['one column less', square(B + 1, 64)],
      ['one band less', square(B, 65)],
    ] as const) {
      const took = await isRestored(t, net, pattern, name.length)
      t.log(
        `${name}: certified ${took.certifiedMs} ms after the header, all columns of 3 validators ${took.servedMs} ms later`,
      )
    }
  } finally {
    await net.stop()
  }
})
