// A full node, built from top to bottom: disk, arithmetic, network, what comes in, what goes out, consensus. With a
// validator key it also proposes and votes. Everything that it stores, serves or forwards has been judged.

import { join } from 'node:path'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { toHex } from '../base/bytes.ts'
import { systemClock } from '../base/clock.ts'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { judgeProposalPaced } from '../chain/block-rules.ts'
import { createBlstBls } from '../chain/bls-blst.ts'
import { chainOf, genesisBlock, versionAt } from '../chain/chain.ts'
import type { Certificate, Proposal } from '../chain/containers.ts'
import { fullNodeCustody, validatorCustody } from '../chain/custody.ts'
import { judgeHeaderParent } from '../chain/header-rules.ts'
import type { Network, Store, StreamHandlers } from '../chain/ports.ts'
import { headerRoot } from '../chain/signing.ts'
import { KNOWN_VERSIONS, unknownVersion, upgradeError } from '../chain/upgrade.ts'
import { judgeCertificate, MAX_VOTE_LEAD } from '../chain/vote-rules.ts'
import { consensusInitOf } from '../consensus/init.ts'
import { createConsensus } from '../consensus/machine.ts'
import { createSigner } from '../consensus/signer.ts'
import { createGridEngine } from '../grid/create-engine.ts'
import type { GridEngine } from '../grid/engine.ts'
import { nodeSha256 } from '../grid/node-sha256.ts'
import { shapeOf } from '../grid/shape.ts'
import { createNetwork } from '../network/network.ts'
import { createStore } from '../store/store.ts'
import { createAssembler } from './assembler.ts'
import { createBackfill } from './backfill.ts'
import { createBlobFlow } from './blob-flow.ts'
import { createBlockSize } from './block-size.ts'
import { candidatesDefaults, createCandidates } from './candidates.ts'
import { createCellBudget } from './cell-budget.ts'
import { createCertificateBook } from './certificate-book.ts'
import { createCertificateSync } from './certificate-sync.ts'
import { createColumnSource } from './columns-of.ts'
import { createConsensusHost } from './consensus-host.ts'
import { createEventHub } from './events.ts'
import { fetchProposal } from './fetch-proposal.ts'
import { TIP } from './final-blocks.ts'
import { createFinalizer } from './finalizer.ts'
import { createFullAnswers } from './full-answers.ts'
import { createSingleTiles } from './gather-tiles.ts'
import { createGivenUp } from './given-up.ts'
import { createGossip } from './gossip.ts'
import { createHeaders } from './headers.ts'
import type { FullNodeInit } from './init.ts'
import { lateGossip, lateStreams } from './late-handlers.ts'
import { memoBls } from './memo-bls.ts'
import { createMempool } from './mempool.ts'
import { createMending, type Mending } from './mending.ts'
import { createOwnVotes } from './own-votes.ts'
import { createProposer } from './proposer.ts'
import { createPruner } from './prune.ts'
import { publishBlock } from './publish-block.ts'
import { restoreState } from './restore-state.ts'
import { createServing } from './serving.ts'
import { createSigningGuard } from './signing-guard.ts'
import { createTickets } from './tickets.ts'
import type { FullNode } from './types.ts'
import { createWants, type Want } from './wants.ts'
import { createWatchers } from './watchers.ts'

export interface FullNodeComponents {
  readonly log: Logger
  readonly metrics: Metrics
  /** Puts something between the node and its network: how tests and the devnet make a node misbehave. */
  readonly wrapNetwork?: ((network: Network) => Network) | undefined
  /** Likewise between its answers on streams and the peers that asked. */
  readonly wrapStreams?: ((handlers: StreamHandlers) => StreamHandlers) | undefined
}

/** Heights above the final one whose headers are known again after a restart: more are asked for anew. */
const HEIGHTS_RECALLED = 256
/** Encoding a block may take one part in so many of the chain's timeout. */
const ENCODE_SHARE = 3

/** Builds a full node; nothing runs before `start()`. Throws where the key is none of genesis's validators. */
export const createFullNode = (
  init: FullNodeInit,
  { log, metrics, wrapNetwork, wrapStreams = (handlers) => handlers }: FullNodeComponents,
): FullNode => {
  // Who we are, and what chain this is.
  const clock = systemClock
  const { genesis } = init
  const chain = chainOf(genesis)
  const unknown = unknownVersion(genesis, init.protocolVersions ?? KNOWN_VERSIONS)
  const blst = createBlstBls()
  const bls = memoBls(blst)
  const privateKey = privateKeyFromProtobuf(init.peerKey)
  const peerIdBytes = peerIdFromPrivateKey(privateKey).toMultihash().bytes
  const validator = init.validatorKey && validatorIndex(blst.publicKeyOf(init.validatorKey), genesis)
  const custody =
    validator === undefined
      ? fullNodeCustody(peerIdBytes, genesis.custodyFull)
      : validatorCustody(validator, genesis.validators.length)
  const events = createEventHub(log)
  const watchers = createWatchers()

  // Disk and arithmetic.
  const store = createStore(
    {
      location: join(init.dataDir, 'db'),
      chainId: chain.chainId,
      ...(validator === undefined ? {} : { signingLocation: join(init.dataDir, 'signing') }),
      signingFloor: init.signingFloor,
    },
    { log, metrics, onDamaged: (damage) => mending.report(damage) },
  )
  const engine = createGridEngine({
    maxRows: genesis.maxRows,
    maxBands: genesis.maxBands,
    threads: validator === undefined ? init.threads : init.threads + 1,
    backend: init.kzg,
    role: validator === undefined ? 'verifier' : 'prover',
  })
  const mempool = createMempool({ maxBytes: init.mempoolBytes, maxRows: genesis.maxRows }, { store, metrics })
  const budget = createCellBudget()
  const candidates = createCandidates(candidatesDefaults, { budget })
  const size = createBlockSize({
    maxRows: genesis.maxRows,
    maxBands: genesis.maxBands,
    encodeMs: genesis.timeoutMs / ENCODE_SHARE,
  })
  const givenUp = createGivenUp()
  /** Height that this validator leads next: what waits is encoded when the block below it is here. */
  let preparedHeight = 0
  const tickets = createTickets(
    { expireMs: genesis.retentionMs, keepMs: genesis.retentionMs },
    { store, mempool, candidates, watchers, clock },
  )
  const columns = createColumnSource({ candidates, store, engine, budget })

  // The network; what it brings is judged below.
  const ownNetwork = createNetwork(
    {
      chainId: toHex(chain.chainId),
      listen: init.listen,
      announce: init.announce,
      bootnodes: init.bootnodes,
      validators: genesis.validators.map(({ peerId }) => peerId),
      topics: { proposal: true, vote: validator !== undefined, columns: custody },
      maxRows: genesis.maxRows,
      maxBands: genesis.maxBands,
      kademlia: 'server',
      devnet: init.devnet,
      ...(init.limits && { limits: init.limits }),
    },
    {
      privateKey,
      log,
      metrics,
      gossip: lateGossip(() => gossip),
      streams: wrapStreams(lateStreams(() => serving)),
      custodyOf: fullNodeCustody,
      sha256: nodeSha256,
    },
  )
  const network = wrapNetwork === undefined ? ownNetwork : wrapNetwork(ownNetwork)

  // Headers and blocks on their way.
  const life = new AbortController()
  const judged = { chain, bls }
  const genesisTip = genesisBlock(chain)
  const headers = createHeaders(
    { genesis: genesisTip },
    {
      store,
      judgeAgainstParent: judgeHeaderParent,
      onHeader(root, header) {
        const { height, proposer, rowCount } = header
        const { bands } = shapeOf(rowCount, genesis.maxBands)
        events.emit({ type: 'header', height, root: toHex(root), proposer, rowCount, bands })
        host.feed({ type: 'proposal', root, header })
      },
      onEquivocation(evidence) {
        const { height, proposer } = evidence.first.message
        const roots = [evidence.first, evidence.second].map(({ message }) => toHex(headerRoot(message)))
        metrics.count('weft_consensus_evidence_total')
        log.warn({ height, proposer, roots }, 'a leader signed two headers of one height')
        // A failed write ends the node through `store.failed`.
        store.putEvidence(evidence).catch((error: unknown) => {
          log.error({ height, reason: messageOf(error) }, 'evidence against a leader could not be written')
        })
      },
      finalHeight: () => consensus.final.height,
      log,
    },
  )
  const proposals = {
    network,
    judgeProposal: (proposal: Proposal) => judgeProposalPaced(proposal, judged),
    log,
  }
  const assembler = createAssembler(
    {
      custody,
      restoresAll: validator !== undefined,
      askAfterMs: genesis.timeoutMs / 4,
      tilesAfterMs: genesis.timeoutMs / 8,
      giveUpAfterMs: 2 * genesis.maxTimeoutMs,
    },
    {
      ...proposals,
      candidates,
      store,
      engine,
      events,
      clock,
      metrics,
      singleTiles: createSingleTiles({ maxBands: genesis.maxBands }, { network, engine, log }),
      onProposal: (block) => blobs.wakeEntriesOf(block),
      onKept({ root, header }) {
        host.feed({ type: 'available', root })
        // Not before: restoring comes first, and what that block holds need not be encoded again.
        if (header.message.height + 1 === preparedHeight) proposer?.prepare()
      },
      onInvalid: () => metrics.count('weft_blocks_invalid_total'),
    },
  )
  const backfill = createBackfill(
    { custodyCount: custody.length, perBlockMs: genesis.maxTimeoutMs, retentionMs: genesis.retentionMs },
    { store, assembler, clock, log },
  )
  // What the disk lost comes back from peers.
  const mending: Mending = createMending(
    { custody, genesisRoot: chain.chainId, retentionMs: genesis.retentionMs },
    {
      store,
      fetchProposal: (root, signal) => fetchProposal(root, proposals, signal),
      candidates,
      backfill,
      clock,
      log,
      metrics,
    },
  )

  // Finality and certificates.
  const finalizer = createFinalizer(
    { genesisRoot: chain.chainId, retentionMs: genesis.retentionMs },
    {
      store,
      fetchProposal: (root, signal) => fetchProposal(root, proposals, signal),
      async onFinal(root, proposal) {
        await tickets.onFinal(proposal.header.message.height, root, proposal.entries)
        blobs.settle(proposal.header.message.height)
        size.held(proposal.header.message.rowCount)
        blobs.wakeEntriesOf({ proposal })
        watchers.wake([TIP])
        // Its timestamp, where consensus has only seen the certificate; and the headers that waited for this one.
        host.feed({ type: 'proposal', root, header: proposal.header.message })
        await headers.connectChildren(root)
        blobs.tellWaiting()
        backfill.add(root, proposal.header)
      },
      onBroken(error) {
        metrics.count('weft_consensus_evidence_total')
        fail(error)
      },
      events,
      clock,
      log,
      metrics,
    },
  )
  const certificates = createCertificateBook()
  const certificateSync = createCertificateSync({
    network,
    judgeCertificate: (certificate) =>
      judgeCertificate(certificate, {
        ...judged,
        finalHeight: consensus.final.height,
        known: certificates.has,
      }),
    onCertificate: (certificate) => takeCertificate(certificate),
    height: () => consensus.height,
    log,
  })
  const takeCertificate = (certificate: Certificate) => {
    certificates.add(certificate, consensus.final.height)
    host.feed({ type: 'certificate', certificate })
  }

  // Consensus: the pure machine, and the host that carries out what it says.
  const consensus = createConsensus(consensusInitOf(chain, validator), { aggregate: blst.aggregate })
  const signer =
    validator === undefined || init.validatorKey === undefined
      ? undefined
      : createSigner({ chain, validator, secretKey: init.validatorKey }, { bls: blst, store })
  const proposer =
    signer &&
    createProposer(
      {
        chainId: chain.chainId,
        validatorsRoot: chain.validatorsRoot,
        proposer: validator as number,
        custody,
        versionAt: (height) => versionAt(genesis, height),
      },
      {
        mempool,
        engine,
        store,
        candidates,
        budget,
        size,
        signHeader: signer.signHeader,
        taken: () => blobs.taken(),
        idsDownFrom: (root) => blobs.idsDownFrom(root),
        condemned: () => blobs.refusedBy(validator as number),
        onCondemned: (blobId) => blobs.refuse(blobId, validator as number),
        isStopping: () => life.signal.aborted,
        log,
        clock,
        metrics,
      },
    )
  const host = createConsensusHost({
    consensus,
    store,
    network,
    sign: signer?.sign,
    publishBlock: (root) => publishBlock(root, { network, columns }, life.signal),
    onEnter(height) {
      if (unknown !== undefined && height >= unknown.height) fail(upgradeError(unknown))
    },
    onPrepare(height) {
      preparedHeight = height
      if (genesis.validators.length === 1) proposer?.prepare()
    },
    onBuild(turn) {
      proposer?.build(turn, life.signal).then(
        ({ root, header }) => {
          const { height, proposer: own, rowCount } = header
          const { bands } = shapeOf(rowCount, genesis.maxBands)
          events.emit({ type: 'header', height, root: toHex(root), proposer: own, rowCount, bands })
          blobs.wakeEntriesOf(candidates.get(root))
          host.feed({ type: 'built', root, header })
        },
        (error: unknown) => {
          if (!life.signal.aborted)
            log.error({ height: turn.height, reason: messageOf(error) }, 'a block could not be built')
        },
      )
    },
    onDiscard(root) {
      // Its blobs wait again.
      const discarded = candidates.get(root)
      if (discarded !== undefined)
        size.lost(discarded.header.message.height, discarded.header.message.rowCount)
      candidates.drop(root)
      blobs.wakeEntriesOf(discarded)
      blobs.tellWaiting()
    },
    onFinal: (height, root) => finalizer.finalize({ height, root }),
    onWantBlock: (height, root, part) => wants.add({ height, root, part }),
    onWantCertificates: certificateSync.want,
    isOfInterest: (height) =>
      network.peers().every(({ status }) => (status?.headHeight ?? 0) <= height + MAX_VOTE_LEAD),
    onFatal: (error) => fail(error),
    events,
    clock,
    log,
    metrics,
  })
  const guard =
    validator === undefined
      ? undefined
      : createSigningGuard(
          {
            validator,
            weights: chain.weights,
            peerIds: genesis.validators.map(({ peerId }) => peerId),
            patienceMs: genesis.maxTimeoutMs,
          },
          {
            network,
            store,
            height: () => consensus.height,
            onSafe: (height) => host.feed({ type: 'signs-from', height }),
            onError: (error) => fail(error),
            log,
          },
        )
  const failure = new AbortController()
  const fail = (error: unknown) => {
    log.error({ reason: messageOf(error) }, 'the node cannot go on')
    host.stop()
    failure.abort(error)
  }
  store.failed.addEventListener('abort', () => fail(store.failed.reason), { once: true })

  const wants = createWants(
    { isOver: ({ height }) => height < consensus.final.height, fetch: (want) => wantBlock(want) },
    log,
  )
  const wantBlock = async ({ root, part }: Want): Promise<void> => {
    if (part === 'header' && (await headers.offer(root))) return
    const known = await headers.get(root)
    if (known !== undefined) return assembler.require(root, known)
    const proposal = await fetchProposal(root, proposals, life.signal)
    if (proposal === undefined) return
    await headers.introduce({ header: proposal.header, commitments: proposal.commitments })
    assembler.addProposal(root, proposal)
    if (part === 'data') assembler.require(root, proposal.header)
  }

  const watchOwnVotes = createOwnVotes({ validator }, { store, onForeign: fail })

  // What comes in by gossip, and what goes out on streams.
  const gossip = createGossip({
    ...judged,
    headers,
    candidates,
    assembler,
    engine,
    finalHeight: () => consensus.final.height,
    currentHeight: () => consensus.height,
    isKnownCertificate: certificates.has,
    onVote(vote) {
      watchOwnVotes(vote).catch(fail)
      host.feed({ type: 'vote', vote })
    },
    onCertificate: takeCertificate,
  })
  const serving = createServing(
    {
      chainId: chain.chainId,
      custodyCount: custody.length,
      maxBands: genesis.maxBands,
      takesSubmissions: validator !== undefined,
    },
    {
      store,
      candidates,
      columns,
      engine,
      mempool: { add: (blob, from) => blobs.takeFromPeer(blob, from) },
      headHeight: () => consensus.height,
    },
  )

  // Blobs: in and on to the leaders; and what is answered to whoever asks.
  const blobs = createBlobFlow(
    { chain, validator },
    {
      mempool,
      tickets,
      candidates,
      givenUp,
      columns,
      network,
      watchers,
      height: () => consensus.height,
      finalHeight: () => consensus.final.height,
      onWaiting: (waiting) => host.feed({ type: 'blobs-waiting', waiting }),
      onError: fail,
      log,
    },
  )
  const answers = createFullAnswers(
    { chain, validator, custody },
    {
      store,
      network,
      engine,
      budget,
      headers,
      mempool,
      tickets,
      isWhole: () => mending.isWhole,
      watchers,
      height: () => consensus.height,
      finalHeight: () => consensus.final.height,
      life: life.signal,
      clock,
      log,
    },
  )
  events.subscribe((event) => {
    if (!givenUp.learn(event) || event.type !== 'certificate') return
    for (const { header } of candidates.all())
      if (header.message.height === event.height) size.lost(event.height, header.message.rowCount)
    blobs.tellWaiting()
  })
  const pruner = createPruner({ retentionMs: genesis.retentionMs }, { store, tidy: tickets.tidy, clock, log })

  let started: Promise<void> | undefined
  let stopped: Promise<void> | undefined
  return {
    events,
    failed: failure.signal,
    start() {
      started ??= (async () => {
        if (unknown !== undefined) log.warn({ ...unknown }, 'this program must be updated before that height')
        await store.open()
        await mempool.load()
        // A submission may come back whose deletion was not synced, or whose block became final in the last moment.
        await tickets.reconcile()
        blobs.settle((await store.finalTip())?.height ?? 0)
        await warmUp(engine, validator !== undefined)
        // Before anything comes in: what consensus has not begun to follow would be lost, and counted as known.
        const state = await restoreState(chain, store, custody.length)
        for (const certificate of state.certificates) certificates.add(certificate, 0)
        // A key without any record may have signed before its disk was lost.
        const isGuarded = guard !== undefined && !(await hasSigned(store))
        const { height: finalHeight } = (await store.finalTip()) ?? genesisTip
        await headers.recall(store, finalHeight + 1, HEIGHTS_RECALLED)
        host.feed(isGuarded ? { ...state, signsFrom: Number.POSITIVE_INFINITY } : state)
        await network.start()
        if (isGuarded) guard.start()
        blobs.tellWaiting()
        certificateSync.start()
        blobs.start()
        pruner.start()
        mending.start()
      })()
      return started
    },
    stop() {
      stopped ??= (async () => {
        await started?.catch(() => {})
        life.abort(new Error('the node stops'))
        blobs.stop()
        certificateSync.stop()
        mending.stop()
        backfill.stop()
        assembler.stop()
        wants.stop()
        guard?.stop()
        host.stop()
        finalizer.stop()
        await pruner.stop()
        await finalizer.idle()
        await network.stop()
        await engine.close()
        await store.close()
      })()
      return stopped
    },
    ...answers,
    submit: (blob, options = {}) => blobs.submit(blob, options),
  }
}

/** Starts the threads and makes their tables, so that the first block does not wait for them. */
const warmUp = async (engine: GridEngine, proves: boolean): Promise<void> => {
  const short = engine.checkTiles([])
  if (proves) await engine.encode([])
  await short
}

/** Whether this key has a signing record, or a floor that stands for one. */
const hasSigned = async (store: Pick<Store, 'signingRecords' | 'signingFloor'>): Promise<boolean> => {
  if ((await store.signingFloor()) > 0) return true
  for await (const _ of store.signingRecords(0)) return true
  return false
}

const validatorIndex = (publicKey: Uint8Array, genesis: FullNodeInit['genesis']): number => {
  const own = toHex(publicKey)
  const index = genesis.validators.findIndex((validator) => toHex(validator.publicKey) === own)
  if (index < 0) throw new RangeError(`expected the key of a validator of genesis, got that of ${own}`)
  return index
}
