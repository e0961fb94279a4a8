// A validator or a full node: the real consensus machine and its host, the real assembler, admission and
// serving, over simulated links, disk and processors. What gossip brings goes through the clauses of src/node/gossip.ts
// in the same order; signatures and roots are answered by an oracle, since the content is simulated, and charged to the
// processor at what they were measured to cost.

import { equal, toHex } from '../../src/base/bytes.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { accept, ignore } from '../../src/base/verdict.ts'
import { genesisBlock } from '../../src/chain/chain.ts'
import type { Certificate, Column, Vote } from '../../src/chain/containers.ts'
import { MAX_HEADERS_PER_HEIGHT } from '../../src/chain/header-rules.ts'
import type { Network, Peer, Publishing, SigningRecord } from '../../src/chain/ports.ts'
import { headerRoot } from '../../src/chain/signing.ts'
import { MAX_VOTE_LEAD } from '../../src/chain/vote-rules.ts'
import { consensusInitOf } from '../../src/consensus/init.ts'
import { createConsensus } from '../../src/consensus/machine.ts'
import type { ConsensusOutput, VoteIntent } from '../../src/consensus/types.ts'
import { createAssembler } from '../../src/node/assembler.ts'
import { createCandidates } from '../../src/node/candidates.ts'
import { createCertificateBook } from '../../src/node/certificate-book.ts'
import { createCertificateSync } from '../../src/node/certificate-sync.ts'
import { createColumnSource } from '../../src/node/columns-of.ts'
import { createConsensusHost } from '../../src/node/consensus-host.ts'
import { createEventHub } from '../../src/node/events.ts'
import { fetchProposal } from '../../src/node/fetch-proposal.ts'
import { createHeaders } from '../../src/node/headers.ts'
import { publishBlock } from '../../src/node/publish-block.ts'
import { createServing } from '../../src/node/serving.ts'
import { createWants, type Want } from '../../src/node/wants.ts'
import { createBuilder } from './builder.ts'
import { isLyingColumn, signature } from './content.ts'
import { createCpu } from './cpu.ts'
import { createSimEngine } from './engine.ts'
import type { Message, Outcome, Topic } from './gossip.ts'
import { answersOf, forwards, publishingOf } from './hostile.ts'
import { createMemoryStore } from './memory-store.ts'
import type { SimNode } from './topology.ts'
import type { GossipValue, Participant, World } from './world.ts'

/** How long publishing waits for the uplink, as src/network/gossip.ts does for a peer's queue. */
const PUBLISH_WAIT_MS = 500

export const createServerNode = (node: SimNode, world: World): Participant => {
  const { scenario, chain, content, costs, rowCosts, queue, turn, topology, links, observer } = world
  const { genesis } = chain
  const { index, behaviour } = node
  const isValidator = node.role === 'validator'
  const clock = systemClock
  const life = new AbortController()
  const store = createMemoryStore(costs.syncMs)
  const short = createCpu(1, queue)
  const long = isValidator ? createCpu(1, queue) : short
  const engine = createSimEngine({ content, costs: rowCosts, short, long, turn })
  const candidates = createCandidates()
  const columns = createColumnSource({ candidates, store, engine })
  const events = createEventHub(silent)
  const main = world.main[index]!

  /** Work of the main thread, then the rest. */
  const think = (ms: number, then: () => void) =>
    main.run(ms, () => {
      turn.needed = true
      then()
    })
  const thought = (ms: number): Promise<void> => new Promise((resolve) => think(ms, resolve))

  // ---- network ----

  const servers = topology.neighbours[index]!.map((other) => topology.nodes[other]!).filter(
    ({ role }) => role !== 'light',
  )
  const peers = (): readonly Peer[] =>
    servers.filter((other) => !world.isBanned(index, other.index)).map((other) => other.peer)
  const publish = async (
    topic: Topic,
    id: string,
    message: Omit<Message, 'id' | 'value'>,
    value: GossipValue,
  ) => {
    const sent = world.gossip.publish(topic, index, { ...message, id, value })
    // Publishing goes at the pace of the uplink.
    const wait = Math.min(links.backlogMs(index), PUBLISH_WAIT_MS)
    if (message.channel === 'column' && wait > 50) await new Promise((resolve) => setTimeout(resolve, wait))
    return sent
  }
  const { topics } = world
  const { bytes } = content
  const publishing: Publishing = {
    header(announcement) {
      const root = headerRoot(announcement.header.message)
      observer.published(root)
      const value: GossipValue = { kind: 'header', root, announcement }
      return publish(topics.header, toHex(root), { channel: 'header', bytes: bytes.header }, value)
    },
    proposal(proposal) {
      const root = headerRoot(proposal.header.message)
      const value: GossipValue = { kind: 'proposal', root, proposal }
      return publish(topics.proposal, toHex(root), { channel: 'proposal', bytes: bytes.proposal }, value)
    },
    column(column) {
      const root = headerRoot(column.header.message)
      const value: GossipValue = { kind: 'column', root, column }
      const id = `${toHex(root)}${isLyingColumn(column) ? `/lie of ${index}` : ''}`
      return publish(topics.columns[column.index]!, id, { channel: 'column', bytes: bytes.column }, value)
    },
    vote(vote) {
      const id = `${vote.kind}/${vote.height}/${vote.validator}/${toHex(vote.root)}`
      return publish(topics.vote, id, { channel: 'vote', bytes: bytes.vote }, { kind: 'vote', vote })
    },
    certificate(certificate) {
      const signers = certificate.signers.uint8Array.join()
      const id = `${certificate.kind}/${certificate.height}/${signers}`
      const value: GossipValue = { kind: 'certificate', certificate }
      return publish(topics.certificate, id, { channel: 'certificate', bytes: bytes.certificate }, value)
    },
  }
  const honest: Pick<Network, 'peers' | 'request' | 'penalize' | 'publish'> = {
    peers,
    // Of the requests only those that a server makes.
    request: world.streams.requestsOf(index) as Network['request'],
    penalize: (peer, code) => world.penalize(index, Number(peer.slice(1)), code),
    publish: publishing,
  }
  const network = { ...honest, publish: publishingOf(behaviour, scenario, honest.publish) }

  // ---- headers and blocks ----

  const headers = createHeaders(
    { genesis: genesisBlock(chain) },
    {
      store,
      judgeAgainstParent: () => accept,
      onHeader: (root, header) => host.feed({ type: 'proposal', root, header }),
      onEquivocation() {},
      finalHeight: () => consensus.final.height,
      log: silent,
    },
  )
  const judgeProposal = async () => accept
  const assembler = createAssembler(
    {
      custody: node.custody,
      restoresAll: isValidator,
      askAfterMs: genesis.timeoutMs / 4,
      tilesAfterMs: genesis.timeoutMs / 8,
      giveUpAfterMs: 2 * genesis.maxTimeoutMs,
    },
    {
      candidates,
      store,
      engine,
      network,
      judgeProposal,
      events,
      clock,
      log: silent,
      metrics: noMetrics,
      onKept: ({ root }) => host.feed({ type: 'available', root }),
      onInvalid() {},
    },
  )
  events.subscribe((event) => {
    if (event.type === 'available') observer.kept(node, event.root, event.reseeded)
  })

  // ---- consensus ----

  const consensus = createConsensus(consensusInitOf(chain, isValidator ? index : undefined), {
    aggregate: () => signature,
  })
  const certificates = createCertificateBook()
  const takeCertificate = (certificate: Certificate) => {
    certificates.add(certificate, consensus.final.height)
    host.feed({ type: 'certificate', certificate })
  }
  const certificateSync = createCertificateSync({
    network: {
      ...network,
      peers: () => servers.map(({ index: other, peer }) => ({ ...peer, status: statusOf(other) })),
    },
    judgeCertificate: async (certificate) => {
      if (certificate.height <= consensus.final.height || certificates.has(certificate))
        return ignore('known')
      await thought(costs.verifyCertificateMs)
      return accept
    },
    onCertificate: takeCertificate,
    height: () => consensus.height,
    log: silent,
  })
  /** Statuses are asked every ten seconds; here they are the heights of that moment. */
  const statusOf = (other: number) => ({
    chainId: chain.chainId,
    finalHeight: 0,
    finalRoot: chain.chainId,
    headHeight: world.observer.heightOf(other),
    custodyCount: 0,
    earliestHeight: 0,
  })
  const sign = async (
    record: SigningRecord | undefined,
    votes: readonly VoteIntent[],
  ): Promise<readonly Vote[]> => {
    if (record !== undefined) await store.sync()
    await thought(costs.signMs * votes.length)
    return votes.map(({ kind, height, root }) => ({ kind, height, root, validator: index, signature }))
  }
  const builder = createBuilder(index, node.custody, { chain, engine, store, candidates, nowMs: clock.now })
  const onBuild = (output: Extract<ConsensusOutput, { type: 'build' }>) => {
    if (observer.isEnough(scenario.blocks)) return
    observer.building(output.height, queue.now)
    builder.build(output).then(
      ({ root, header }) => {
        observer.built(header.height, root, index)
        observer.kept(node, toHex(root), 0)
        host.feed({ type: 'built', root, header })
      },
      () => {},
    )
  }
  const host = createConsensusHost({
    consensus: {
      get height() {
        return consensus.height
      },
      get final() {
        return consensus.final
      },
      step(now, input) {
        const outputs = consensus.step(now, input)
        for (const output of outputs)
          if (output.type === 'certificate') {
            const { kind, height, root } = output.certificate
            observer.certificate(node, kind, height, root)
          } else if (output.type === 'enter') observer.entered(node, output.height)
        return outputs
      },
    },
    store,
    network,
    sign: isValidator ? sign : undefined,
    publishBlock: (root) => publishBlock(root, { network, columns }, life.signal),
    onEnter() {},
    onPrepare: () => builder.prepare(),
    onBuild,
    onDiscard(root) {
      candidates.drop(root)
    },
    onFinal: (height, root) => store.noteFinal({ height, root }),
    onWantBlock: (height, root, part) => wants.add({ height, root, part }),
    onWantCertificates: certificateSync.want,
    isOfInterest: () => true,
    onFatal(error) {
      throw error
    },
    events,
    clock,
    log: silent,
    metrics: noMetrics,
  })
  const wants = createWants(
    { isOver: ({ height }) => height < consensus.final.height, fetch: (want) => wantBlock(want) },
    silent,
  )
  const wantBlock = async ({ root, part }: Want): Promise<void> => {
    if (part === 'header' && (await headers.offer(root))) return
    const known = await headers.get(root)
    if (known !== undefined) return assembler.require(root, known)
    const proposal = await fetchProposal(root, { network, judgeProposal, log: silent }, life.signal)
    if (proposal === undefined) return
    await headers.introduce({ header: proposal.header, commitments: proposal.commitments })
    assembler.addProposal(root, proposal)
    if (part === 'data') assembler.require(root, proposal.header)
  }

  // ---- what gossip brings ----

  const isOfUse = (root: Uint8Array, height: number): boolean => {
    if (height <= consensus.final.height || height > consensus.height + MAX_VOTE_LEAD) return false
    const others = headers.seenAt(height).filter((other) => !equal(other, root))
    return others.length < MAX_HEADERS_PER_HEIGHT
  }

  const takeColumn = (root: Uint8Array, column: Column, judged: (outcome: Outcome) => void) => {
    const { message } = column.header
    if (!isOfUse(root, message.height)) return judged('ignore')
    if (!headers.see(root, column.header) || candidates.get(root)?.columns.has(column.index))
      return judged('ignore')
    short.run(rowCosts.checkColumnMs, () => {
      turn.needed = true
      if (isLyingColumn(column)) return judged('reject')
      judged(forwards(behaviour, column, network.publish) ? 'accept' : 'ignore')
      assembler.addColumn(root, column)
    })
  }

  const take: Participant['take'] = (value, _from, judged) => {
    switch (value.kind) {
      case 'header': {
        const { announcement, root } = value
        if (!isOfUse(root, announcement.header.message.height)) return judged('ignore')
        return think(costs.verifyVoteMs + rowCosts.judgeHeaderMs, () => {
          void headers.introduce(announcement)
          assembler.expect(root, announcement.header)
          judged('accept')
        })
      }
      case 'proposal': {
        const { proposal, root } = value
        if (!isOfUse(root, proposal.header.message.height)) return judged('ignore')
        return think(rowCosts.judgeProposalMs, () => {
          void headers.introduce({ header: proposal.header, commitments: proposal.commitments })
          assembler.addProposal(root, proposal)
          judged('accept')
        })
      }
      case 'column':
        return takeColumn(value.root, value.column, judged)
      case 'vote': {
        const { vote } = value
        if (vote.height <= consensus.final.height || vote.height > consensus.height + MAX_VOTE_LEAD)
          return judged('ignore')
        return think(costs.verifyVoteMs, () => {
          judged('accept')
          host.feed({ type: 'vote', vote })
        })
      }
      case 'certificate': {
        const { certificate } = value
        if (certificate.height <= consensus.final.height || certificates.has(certificate))
          return judged('ignore')
        return think(costs.verifyCertificateMs, () => {
          if (certificates.has(certificate)) return judged('ignore')
          judged('accept')
          takeCertificate(certificate)
        })
      }
    }
  }

  const serving = createServing(
    {
      chainId: chain.chainId,
      custodyCount: node.custody.length,
      takesSubmissions: false,
      maxBands: genesis.maxBands,
    },
    {
      store,
      candidates,
      columns,
      engine,
      mempool: { add: async () => signature },
      headHeight: () => consensus.height,
    },
  )

  return {
    node,
    // The silent do nothing at all, not even forward.
    take: behaviour === 'silent' ? (_value, _from, judged) => judged('ignore') : take,
    handlers: answersOf(behaviour, serving),
    start() {
      if (behaviour === 'silent') return
      const { height, root, timestamp } = genesisBlock(chain)
      const final = { height, root, timestamp }
      host.feed({ type: 'start', final, certificates: [], records: [], blocks: [] })
      host.feed({ type: 'blobs-waiting', waiting: true })
      certificateSync.start()
    },
    stop() {
      life.abort(new Error('the simulation ends'))
      certificateSync.stop()
      assembler.stop()
      wants.stop()
      host.stop()
    },
    busyMs: () => main.busyMs + short.busyMs + (long === short ? 0 : long.busyMs),
  }
}
