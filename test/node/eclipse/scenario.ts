// A light node all of whose peers collude, and its recovery. Four validators make blocks; one of them is hostile, and with
// two peers without keys it surrounds the victim, whom everybody honest refuses but one. They show it final blocks and
// withhold their tiles, then a block of its own that nobody certified, with all its tiles, then nothing any more. At last
// the victim is connected to one honest validator.

import { join } from 'node:path'
import { BitArray } from '@chainsafe/ssz'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { chainOf, leaderAt } from '../../../src/chain/chain.ts'
import type { Announcement, Certificate } from '../../../src/chain/containers.ts'
import type { Network, StreamHandlers } from '../../../src/chain/ports.ts'
import { headerRoot, KIND, voteSigningRoot } from '../../../src/chain/signing.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import { createGridEngine } from '../../../src/grid/create-engine.ts'
import type { GridEngine } from '../../../src/grid/engine.ts'
import type { WeftNetwork } from '../../../src/network/network.ts'
import { staleAfterMs } from '../../../src/node/restore-state.ts'
import type { FullNode, NodeEvent } from '../../../src/node/types.ts'
import { createBlocks, type TestBlock } from '../blocks.ts'
import { watchStarvation } from '../starvation.ts'
import {
  type TestChain,
  type TestFullNode,
  temporaryFolder,
  testChain,
  testFullNode,
  testLightNode,
  until,
} from '../support.ts'
import { type Colluder, type Lies, type Refusal, startColluder } from './colluders.ts'

const HOSTILE = 0
const SAVIOUR = 1
const WAIT_MS = 120_000
/** Final blocks whose tiles are withheld from the victim: each the newest one when it is shown. */
const WITHHELD = 3
/** docs/sampling.md, "Recovery". */
export const WINDOW_MS = 7_000

export interface World {
  readonly chain: TestChain
  readonly folder: string
  readonly validators: readonly TestFullNode[]
  readonly networks: readonly WeftNetwork[]
  readonly truth: StreamHandlers
  readonly engine: GridEngine
  stop(): Promise<void>
}

/** Four validators with a steady load of small blobs, so that most blocks have data. */
export const startWorld = async ({
  sampleDeadlineMs,
}: {
  readonly sampleDeadlineMs: number
}): Promise<World> => {
  const folder = await temporaryFolder()
  const chain = await testChain(4, {
    maxRows: 8,
    blockIntervalMs: 1_000,
    idleIntervalMs: 1_000,
    timeoutMs: 4_000,
    maxTimeoutMs: 32_000,
    sampleDeadlineMs,
  })
  const engine = createGridEngine({ maxRows: 8, maxBands: chain.genesis.maxBands })
  const validators: TestFullNode[] = []
  const networks: WeftNetwork[] = []
  let truth: StreamHandlers | undefined
  const bootnodes: string[] = []
  for (const [i, validator] of chain.validators.entries()) {
    const running = await testFullNode(chain, {
      dataDir: join(folder.path, `v${i}`),
      validator,
      bootnodes,
      wrapNetwork: (network) => {
        networks.push(network as WeftNetwork)
        return network
      },
      wrapStreams: (streams) => {
        if (i === HOSTILE) truth = streams
        return streams
      },
    })
    validators.push(running)
    await running.node.start()
    bootnodes.push(...(await running.node.status()).addresses)
  }
  const stopping = new AbortController()
  const load = loadOf(validators[SAVIOUR]!, stopping.signal)
  // Whoever stops the world hears of it.
  load.catch(() => {})
  return {
    chain,
    folder: folder.path,
    validators,
    networks,
    truth: truth as StreamHandlers,
    engine,
    async stop() {
      stopping.abort(new Error('expected no more blobs'))
      await load
      await Promise.all(validators.map(({ node }) => node.stop()))
      await engine.close()
      await folder.remove()
    },
  }
}

/** One blob after the other, so that no machine is too slow for it. */
const loadOf = async ({ node }: TestFullNode, signal: AbortSignal): Promise<void> => {
  for (let count = 0; !signal.aborted; count++) {
    const data = Uint8Array.from({ length: 130_000 }, (_, i) => (i * 31 + (i >> 8) + count) & 0xff)
    try {
      const { blobId } = await node.submit({ namespace: namespaceOf(utf8('load')), data, flags: 0 })
      await node.waitFor(blobId, 'certified', { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

export interface Eclipse {
  /** Verdicts of the withheld final blocks while it was surrounded, and of the block that it was shown alone. */
  readonly withheld: readonly string[]
  readonly shown: string
  /** Whether the block that was shown alone was ever final for the victim. */
  readonly isShownFinal: boolean
  /** Moments at which it said that it was, or was not, stale, against the stated time. */
  readonly staleTooEarly: boolean
  readonly staleTooLate: boolean
  /** Milliseconds from the connection to the honest validator to the newest final block of that moment, or a newer one. */
  readonly tipMs: number
  /** To the verdicts "available" of that very block and of the newest final one that has data. */
  readonly availableMs: number
  /** To the verdicts "available" of those that had been withheld, the last of them. */
  readonly againMs: number
  /** Whether these were sampled again by the same tiles. */
  readonly sameTiles: boolean
  /** Milliseconds of all that in which this process, whose thread all nodes share, was kept from running. */
  readonly lostMs: number
  /** Peers at the end: the colluding ones and one honest validator. */
  readonly honestPeers: number
}

export const eclipse = async (world: World, name: string, refusal: Refusal): Promise<Eclipse> => {
  const { chain, networks, validators, truth } = world
  const { genesis } = chain
  const stops: (() => Promise<void>)[] = []
  const end = new AbortController()
  const starvation = watchStarvation()
  try {
    // Who is honest refuses the victim, all but one, who does not know it yet; so does the inner side of the hostile one.
    const victimKey = await generateKeyPair('Ed25519')
    const victimId = peerIdFromPrivateKey(victimKey).toString()
    for (const [i, network] of networks.entries()) {
      if (i === SAVIOUR) continue
      // One more than make a ban: points decay between two calls.
      for (let times = 0; times < 6; times++) network.penalize(victimId, 'refused-by-the-test')
    }

    const lies: Lies = { refusal, shown: undefined }
    const keys = [
      privateKeyFromProtobuf(chain.validators[HOSTILE]!.peerKey),
      await generateKeyPair('Ed25519'),
      await generateKeyPair('Ed25519'),
    ]
    const colluders: Colluder[] = []
    for (const privateKey of keys) {
      const parts = { truth, lies, engine: world.engine, end: end.signal }
      const colluder = await startColluder({ genesis, privateKey }, parts)
      stops.push(() => colluder.network.stop())
      colluders.push(colluder)
    }

    let network: Network | undefined
    const victim = await testLightNode(chain, {
      dataDir: join(world.folder, name),
      peerKey: privateKeyToProtobuf(victimKey),
      bootnodes: colluders.map((each) => each.address()),
      wrapNetwork: (own) => {
        network = own
        return own
      },
    })
    const timeline: { readonly atMs: number; readonly event: NodeEvent }[] = []
    victim.node.events.subscribe((event) => timeline.push({ atMs: Date.now(), event }))
    stops.push(() => victim.node.stop())
    await victim.node.start()
    // What is published before somebody is known to listen reaches nobody.
    await until(
      'the victim to be surrounded',
      WAIT_MS,
      () =>
        network!.peers().length === colluders.length &&
        colluders.every(({ network: own }) =>
          (['header', 'certificate'] as const).every((kind) => own.subscribers(kind).includes(victimId)),
        ),
    )
    const sampledOf = (root: string, verdict?: 'available' | 'unavailable') =>
      timeline.find(
        ({ event }) =>
          event.type === 'sampled' &&
          event.root === root &&
          (verdict === undefined || event.verdict === verdict),
      )

    // Final blocks with data, each shown with its certificate when it is the newest, and none of its tiles.
    const withheld: string[] = []
    let tip: Announcement | undefined
    while (withheld.length < WITHHELD) {
      const from = tip === undefined ? await recentHeight(world) : tip.header.message.height + 1
      const next = await until('a final block with data', WAIT_MS, () => certifiedFrom(truth, from))
      tip = next.announcement
      const root = toHex(headerRoot(tip.header.message))
      withheld.push(root)
      for (const { network: own } of colluders) {
        await own.publish.header(next.announcement)
        await own.publish.certificate(next.certificate)
      }
      await until('the victim to follow', WAIT_MS, async () => {
        const { final } = await victim.node.status()
        return final?.root === root
      })
    }
    const tipMs = tip!.header.message.timestamp

    // A block for the victim alone, on top of what it knows.
    const shown = await blockOnTop(world, tip!)
    lies.shown = shown
    for (const { network: own } of colluders)
      await own.publish.header({ header: shown.proposal.header, commitments: shown.proposal.commitments })

    // It says "stale" after the stated time and not before.
    const staleMs = staleAfterMs(chainOf(genesis))
    let staleTooEarly = false
    const isStale = async () => {
      const { stale } = await victim.node.status()
      staleTooEarly ||= stale && Date.now() - tipMs <= staleMs
      return stale
    }
    while (Date.now() - tipMs <= staleMs) {
      await isStale()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
    const staleTooLate = !(await isStale())
    const shownRoot = toHex(shown.root)
    await until('verdicts of the withheld blocks and the shown one', WAIT_MS, () =>
      [...withheld, shownRoot].every((root) => sampledOf(root) !== undefined),
    )
    // The one key that they have makes no certificate.
    const vain = certificateByOne(world, shown)
    await colluders[1]!.network.publish.certificate(vain)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const verdicts = await Promise.all(withheld.map(async (root) => verdictText(sampledOf(root)?.event)))

    // One honest validator, which is ahead by now.
    const { node } = validators[SAVIOUR]!
    const newest = await until('the chain to go on', WAIT_MS, () =>
      newestOf(node, tip!.header.message.height),
    )
    const saviour = await node.status()
    await (network as unknown as WeftNetwork).dial(saviour.addresses[0]!, {
      signal: AbortSignal.timeout(20_000),
    })
    const connectedMs = Date.now()
    /** When a block was both final and available for it. */
    const acceptedMs = (root: string): number | undefined => {
      const final = timeline.find(({ event }) => event.type === 'final' && event.root === root)
      const sampled = sampledOf(root, 'available')
      return final === undefined || sampled === undefined ? undefined : Math.max(final.atMs, sampled.atMs)
    }
    const found = await until('the newest final block, available', WAIT_MS, () => {
      const final = timeline.find(({ event }) => event.type === 'final' && event.height >= newest.height)
      const both = [newest.root, newest.rootWithData].map(acceptedMs)
      const [any, withData] = both
      return (
        final !== undefined &&
        any !== undefined &&
        withData !== undefined && { finalMs: final.atMs, availableMs: Math.max(any, withData) }
      )
    })
    const again = await until('the withheld blocks, available', WAIT_MS, () => {
      const each = withheld.map((root) => sampledOf(root, 'available'))
      return each.every((one) => one !== undefined) && each.flatMap((one) => (one === undefined ? [] : [one]))
    })
    // One that refuses it may be there for a moment, before it hangs up, and tells nothing.
    const honest = network!
      .peers()
      .filter(
        ({ id, status }) => status !== undefined && !colluders.some((each) => each.network.peerId === id),
      )
    return {
      withheld: verdicts,
      shown: verdictText(sampledOf(shownRoot)?.event),
      isShownFinal: timeline.some(({ event }) => event.type === 'final' && event.root === shownRoot),
      staleTooEarly,
      staleTooLate,
      tipMs: found.finalMs - connectedMs,
      availableMs: found.availableMs - connectedMs,
      againMs: Math.max(...again.map(({ atMs }) => atMs)) - connectedMs,
      sameTiles: withheld.every(
        (root) =>
          placesOf(sampledOf(root, 'unavailable')?.event) === placesOf(sampledOf(root, 'available')?.event),
      ),
      lostMs: starvation.lostMs(connectedMs, Date.now()),
      honestPeers: honest.length,
    }
  } finally {
    end.abort()
    starvation.stop()
    await Promise.all(stops.map((stop) => stop()))
  }
}

/** The newest final block and the newest one with data, both above a height. */
const newestOf = async ({ newestHeader, headerAt }: FullNode, above: number) => {
  const newest = await newestHeader()
  for (let height = newest?.height ?? 0; height > above; height--) {
    const header = await headerAt(height)
    if (newest === undefined || header === undefined || header.header.rowCount === 0) continue
    return { height: newest.height, root: toHex(newest.root), rootWithData: toHex(header.root) }
  }
  return undefined
}

const recentHeight = async ({ truth }: World): Promise<number> =>
  Math.max(1, (await truth.status()).finalHeight - 12)

const verdictText = (event: NodeEvent | undefined): string =>
  event?.type === 'sampled' ? event.verdict : 'none'

const placesOf = (event: NodeEvent | undefined): string =>
  event?.type === 'sampled'
    ? event.outcomes.map(({ band, column }) => `${band}.${column}`).join(' ')
    : 'not sampled'

const allOf = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** The first block with rows from a height on that has a finalize certificate of its own. */
const certifiedFrom = async (
  truth: StreamHandlers,
  start: number,
): Promise<{ readonly announcement: Announcement; readonly certificate: Certificate } | undefined> => {
  const { finalHeight } = await truth.status()
  if (finalHeight < start) return undefined
  const range = { start, count: Math.min(64, finalHeight - start + 1) }
  const certificates = await allOf(truth.certificates(range))
  for (const announcement of await allOf(truth.headers(range))) {
    const { height, rowCount } = announcement.header.message
    const certificate = certificates.find((each) => each.kind === KIND.finalize && each.height === height)
    if (rowCount > 0 && certificate !== undefined) return { announcement, certificate }
  }
  return undefined
}

/** A valid block of the hostile validator's, at its next height above `parent`. */
const blockOnTop = async ({ chain, engine }: World, parent: Announcement): Promise<TestBlock> => {
  const { message } = parent.header
  let height = message.height + 1
  while (leaderAt(chain.genesis, height) !== HOSTILE) height++
  return createBlocks(chain, engine).block(
    { height, parent: { root: headerRoot(message), header: message } as TestBlock },
    [{ namespace: namespaceOf(utf8('alone')), data: new Uint8Array(130_000).fill(height & 0xff), flags: 0 }],
  )
}

const certificateByOne = ({ chain, engine }: World, { root, header }: TestBlock): Certificate => {
  const { bls, chain: own } = createBlocks(chain, engine)
  const signers = BitArray.fromBitLen(chain.validators.length)
  signers.set(HOSTILE, true)
  const vote = { kind: KIND.finalize, height: header.height, root }
  const signature = bls.sign(voteSigningRoot(own.chainId, vote), chain.validators[HOSTILE]!.secretKey)
  return { ...vote, signers, signature: bls.aggregate([signature]) }
}
