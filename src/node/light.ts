// A light node, built from top to bottom: it follows headers and finalize certificates, samples what they announce,
// keeps a journal and its tiles, and serves them. It holds no block and trusts no peer: what it says rests on the
// validators' certificate and on tiles that it checked itself.

import { join } from 'node:path'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { equal, toHex, utf8 } from '../base/bytes.ts'
import { systemClock } from '../base/clock.ts'
import { anySignal, sleep } from '../base/deadline.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { ignore } from '../base/verdict.ts'
import { judgeAnnouncement } from '../chain/block-rules.ts'
import { createBlstBls } from '../chain/bls-blst.ts'
import { chainOf, genesisBlock } from '../chain/chain.ts'
import type { Announcement, Certificate, Tile } from '../chain/containers.ts'
import { fullNodeCustody } from '../chain/custody.ts'
import type { GossipHandlers, Network } from '../chain/ports.ts'
import { headerRoot } from '../chain/signing.ts'
import { KNOWN_VERSIONS, unknownVersion, upgradeError } from '../chain/upgrade.ts'
import { judgeCertificate } from '../chain/vote-rules.ts'
import { createGridEngine } from '../grid/create-engine.ts'
import type { GridEngine } from '../grid/engine.ts'
import { nodeSha256 } from '../grid/node-sha256.ts'
import { shapeOf } from '../grid/shape.ts'
import { createNetwork } from '../network/network.ts'
import { createLightChain } from '../sampling/light-chain.ts'
import { createSampler } from '../sampling/sampler.ts'
import { createStore } from '../store/store.ts'
import { createEventHub } from './events.ts'
import type { LightNodeInit } from './init.ts'
import { lateStreams } from './late-handlers.ts'
import { createLightRelay } from './light-relay.ts'
import { resumeLightChain } from './light-resume.ts'
import { createLightSamples } from './light-samples.ts'
import { createLightServing } from './light-serving.ts'
import { createLightSync } from './light-sync.ts'
import { memoBls } from './memo-bls.ts'
import { createPruner } from './prune.ts'
import { type KnownOfBlock, restoreFromSamples } from './restore-block.ts'
import { staleAfterMs } from './restore-state.ts'
import { createTileKeeper } from './tile-keeper.ts'
import type { BlockName, LightNode } from './types.ts'

export interface LightNodeComponents {
  readonly log: Logger
  readonly metrics: Metrics
  readonly wrapNetwork?: ((network: Network) => Network) | undefined
  /** Arithmetic that several nodes of one process share; whoever made it closes it. Default: threads of its own. */
  readonly engine?: Pick<GridEngine, 'checkTiles' | 'restoreData'> | undefined
}

/** Heights above the tip whose headers are sampled before they are final. */
const FRESH_LEAD = 16

/** Headers and certificates come from two peers at once; whatever those two hold back, the others say that they have. */
const MESH_PEERS = 2
/** The tip comes by gossip; what peers state of theirs is needed on connecting, and where gossip fails. */
const STATUS_INTERVAL_MS = 30_000
const PING_INTERVAL_MS = 60_000

/** How long a new header waits to become final before its block is sampled: blocks of 8 rows do within it. */
const PATIENCE_MS = 2_000

/** How often a block to be restored is looked for while its header is on its way. */
const HEADERS_POLL_MS = 200

/** Builds a light node; nothing runs before `start()`. */
export const createLightNode = (
  init: LightNodeInit,
  { log, metrics, wrapNetwork, engine: sharedEngine }: LightNodeComponents,
): LightNode => {
  // What chain this is, and what is believed without proof.
  const clock = systemClock
  const { genesis } = init
  const chain = chainOf(genesis)
  const unknown = unknownVersion(genesis, init.protocolVersions ?? KNOWN_VERSIONS)
  const outdated = new AbortController()
  const bls = memoBls(createBlstBls())
  const judged = { chain, bls }
  const { height, root, timestamp } = genesisBlock(chain)
  const base = init.trusted ?? { height, root, timestampMs: timestamp }
  const events = createEventHub(log)

  // Disk and arithmetic.
  const store = createStore({ location: join(init.dataDir, 'db'), chainId: chain.chainId }, { log, metrics })
  const ownEngine =
    sharedEngine === undefined
      ? createGridEngine({
          maxRows: genesis.maxRows,
          maxBands: genesis.maxBands,
          threads: init.threads,
          backend: init.kzg,
          role: 'verifier',
        })
      : undefined
  const engine = ownEngine ?? (sharedEngine as NonNullable<typeof sharedEngine>)

  // The network: headers and certificates by gossip, the rest by asking.
  const ownNetwork = createNetwork(
    {
      chainId: toHex(chain.chainId),
      listen: init.listen,
      announce: init.announce,
      bootnodes: init.bootnodes,
      validators: genesis.validators.map(({ peerId }) => peerId),
      topics: { proposal: false, vote: false, columns: [] },
      maxRows: genesis.maxRows,
      maxBands: genesis.maxBands,
      kademlia: 'client',
      exchange: true,
      devnet: init.devnet,
      // Little is said to it and asked by it while nothing happens: docs/sampling.md has what each byte is for.
      meshPeers: MESH_PEERS,
      pingIntervalMs: PING_INTERVAL_MS,
      limits: { statusIntervalMs: STATUS_INTERVAL_MS, ...init.limits },
    },
    {
      privateKey: privateKeyFromProtobuf(init.peerKey),
      log,
      metrics,
      gossip: {
        ...nothingByGossip,
        header: async (message) => onHeader(message),
        certificate: async (message) => onCertificate(message),
      },
      streams: lateStreams(() => serving),
      custodyOf: fullNodeCustody,
      sha256: nodeSha256,
    },
  )
  const network = wrapNetwork === undefined ? ownNetwork : wrapNetwork(ownNetwork)

  // What is believed, and what is sampled.
  const tiles = createTileKeeper({ maxBytes: init.tileBytes }, { store, metrics })
  const lightChain = createLightChain(
    { base, staleMs: staleAfterMs(chain) },
    {
      judgeAnnouncement: (announcement) => judgeAnnouncement(announcement, judged),
      judgeCertificate: (certificate) => judgeCertificate(certificate, judged),
    },
  )
  const sampler = createSampler(
    {
      maxBands: genesis.maxBands,
      deadlineMs: genesis.sampleDeadlineMs,
      failureProbability: init.failureProbability,
      concurrency: init.tileRequests,
      // Only this node knows its key, so nobody else can tell its tiles; and a restart draws the same ones.
      drawSecret: nodeSha256(utf8('weft.draw.v1'), init.peerKey),
    },
    {
      peers: network.peers,
      request: network.request,
      penalize: network.penalize,
      engine,
      store: tiles,
      log,
      metrics,
    },
  )
  const samples = createLightSamples(
    {
      maxBands: genesis.maxBands,
      failureProbability: init.failureProbability,
      backlogBlocks: init.backlogBlocks,
      backlogBytes: init.backlogBytes,
      patienceMs: Math.min(PATIENCE_MS, genesis.sampleDeadlineMs / 4),
      pendingSamples: init.pendingSamples,
      samplesAtOnce: init.samplesAtOnce,
    },
    { sampler, peers: network.peers, chain: lightChain, store, events, log, metrics },
  )

  let hasConflict = false
  /** Two final blocks that exclude each other: a third of the weight broke the protocol, and people must know. */
  const watchConflict = () => {
    const conflict = lightChain.conflict()
    if (conflict === undefined || hasConflict) return
    hasConflict = true
    metrics.count('weft_consensus_evidence_total')
    log.error(
      { roots: conflict.map(toHex) },
      'two final headers exclude each other: the validators broke the protocol',
    )
  }

  const takeFinals = (finals: ReturnType<typeof lightChain.announce>['finals']) => {
    samples.final(finals)
    for (const { root, announcement } of finals) {
      const { height } = announcement.header.message
      keep(() => store.putAnnouncement(root, announcement))
      keep(() => store.putFinal(root, height, [], clock.now()))
      metrics.gauge('weft_final_height', height)
      events.emit({ type: 'final', height, root: toHex(root), blobs: [] })
    }
  }

  /** Writes follow one another; a failed one ends the node through `failed`. */
  let writing: Promise<void> = Promise.resolve()
  const keep = (write: () => Promise<void>) => {
    writing = writing.then(write).catch((error: unknown) => {
      log.error({ reason: messageOf(error) }, 'what is final could not be written')
    })
  }

  const onHeader = (announcement: Announcement) => {
    // [ignore] A header of a version of the protocol that this program does not know.
    if (unknown !== undefined && announcement.header.message.height >= unknown.height)
      return ignore('version')
    const { verdict, finals } = lightChain.announce(announcement)
    watchConflict()
    takeFinals(finals)
    if (verdict.verdict !== 'accept') return verdict
    const { message } = announcement.header
    const headerId = headerRoot(message)
    const { height, proposer, rowCount } = message
    const { bands } = shapeOf(rowCount, genesis.maxBands)
    events.emit({ type: 'header', height, root: toHex(headerId), proposer, rowCount, bands })
    // A leader can sign headers of all its heights to come; those near the tip are what there is to sample now.
    const isNear = height <= tipHeight() + FRESH_LEAD || lightChain.tip() === undefined
    if (isNear && !lightChain.isFinal(headerId)) samples.fresh(headerId, announcement)
    return verdict
  }

  const onCertificate = (certificate: Certificate) => {
    const { verdict, finals } = lightChain.certify(certificate)
    watchConflict()
    if (verdict.verdict === 'accept') {
      if (unknown !== undefined && certificate.height >= unknown.height) {
        outdated.abort(upgradeError(unknown))
        return verdict
      }
      keep(() => store.putCertificate(certificate))
      const signers = certificate.signers.getTrueBitIndexes().length
      events.emit({
        type: 'certificate',
        kind: 'finalize',
        height: certificate.height,
        root: toHex(certificate.root),
        signers,
      })
    }
    takeFinals(finals)
    return verdict
  }

  const sync = createLightSync({ network, chain: lightChain, onCertificate, onHeader, log })

  const pruner = createPruner({ retentionMs: genesis.retentionMs }, { store, clock, log })

  // What it serves: its tip, the headers and certificates that it believes, the tiles that it sampled.
  const tipHeight = () => lightChain.tip()?.announcement.header.message.height ?? base.height
  /** As `knownOf`, but waits for headers that are still on their way between the tip and the block. */
  const soonKnown = async (block: BlockName, signal: AbortSignal): Promise<KnownOfBlock | undefined> => {
    for (;;) {
      const known = await knownOf(block)
      if (known !== undefined || signal.aborted) return known
      const missing = lightChain.missing()
      const lowest = block.height ?? 0
      const isOnItsWay =
        lowest > tipHeight() || (missing !== undefined && missing.start + missing.count > lowest)
      if (!isOnItsWay) return undefined
      await sleep(HEADERS_POLL_MS, signal).catch(() => {})
    }
  }

  const relay = createLightRelay(
    { maxBands: genesis.maxBands, maxBytes: init.relayBytes },
    {
      network,
      engine,
      announcementOf: async (root) => (await knownOf({ root }))?.announcement,
      metrics,
      log,
    },
  )
  const serving = createLightServing(
    {
      chainId: chain.chainId,
      base,
      serveBytesPerMinute: init.serveBytesPerMinute,
      serveStreams: init.serveStreams,
    },
    { chain: lightChain, store, relay, metrics },
  )

  /** A final header by its height or root, with what this node keeps of its tiles. */
  const knownOf = async ({ height, root }: BlockName): Promise<KnownOfBlock | undefined> => {
    const final = height === undefined ? undefined : lightChain.finalAt(height)
    const found = final?.root ?? root ?? (await store.finalRootAt(height ?? 0))
    if (found === undefined) return undefined
    const announcement = final?.announcement ?? (await store.getAnnouncement(found))
    if (announcement === undefined) return undefined
    // Headers are kept from before they are final, too.
    const finalRoot = await store.finalRootAt(announcement.header.message.height)
    if (final === undefined && (finalRoot === undefined || !equal(finalRoot, found))) return undefined
    const tiles: Tile[] = []
    for (const { band, column } of await store.heldTiles(found)) {
      const tile = await store.getTile(found, band, column)
      if (tile !== undefined) tiles.push(tile)
    }
    return { announcement, root: found, tiles }
  }

  let started: Promise<void> | undefined
  let stopped: Promise<void> | undefined
  return {
    events,
    failed: anySignal([store.failed, outdated.signal]),
    start() {
      started ??= (async () => {
        if (unknown !== undefined) log.warn({ ...unknown }, 'this program must be updated before that height')
        await store.open()
        await tiles.load()
        // What it keeps is judged again as if a peer had sent it, and sampled again where it is gone.
        await store.healed()
        // Starts the thread and loads its tables, so that the first sample does not wait for them.
        await engine.checkTiles([])
        samples.final(await resumeLightChain(lightChain, store))
        await network.start()
        sync.start()
        pruner.start()
      })()
      return started
    },
    stop() {
      stopped ??= (async () => {
        await started?.catch(() => {})
        sync.stop()
        samples.stop()
        relay.stop()
        await pruner.stop()
        await network.stop()
        await ownEngine?.close()
        await writing
        await store.close()
      })()
      return stopped
    },
    async status() {
      const tip = lightChain.tip()
      return {
        role: 'light',
        chainId: toHex(chain.chainId),
        peerId: network.peerId,
        addresses: network.addresses(),
        peers: network.peers().length,
        headHeight: tipHeight(),
        ...(tip && {
          final: {
            height: tip.announcement.header.message.height,
            root: toHex(tip.root),
            timestampMs: tip.announcement.header.message.timestamp,
          },
        }),
        stale: lightChain.isStale(clock.now()),
        earliestHeight: base.height,
        custody: [],
        pendingBlobs: 0,
        pendingBytes: 0,
        sampled: samples.counts,
      }
    },
    verdict: samples.verdict,
    async restore(block, { signal }) {
      const known = await soonKnown(block, signal)
      if (known === undefined) return { restored: false, code: 'block-unknown' }
      const { answer } = await restoreFromSamples(
        { maxBands: genesis.maxBands },
        known,
        { network, engine, metrics, log },
        signal,
      )
      return answer
    },
  }
}

/** Topics that a light node does not listen to: nothing comes, and if it does, it is of no use. */
const nothingByGossip: Pick<GossipHandlers, 'proposal' | 'column' | 'vote'> = {
  proposal: async () => ignore('not-followed'),
  column: async () => ignore('not-followed'),
  vote: async () => ignore('not-followed'),
}
