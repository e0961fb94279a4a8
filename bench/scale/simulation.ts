// One run: builds the world of a scenario, lets it make the blocks that are looked at, and sums up. The process tells the
// simulation's time meanwhile, so one run at a time.

import { chainOf } from '../../src/chain/chain.ts'
import { createGenesis } from '../../src/chain/genesis.ts'
import { COLUMNS } from '../../src/chain/limits.ts'
import { defaultLimits } from '../../src/network/limits.ts'
import { createScores, penaltyPoints, type Scores } from '../../src/network/scores.ts'
import { createContent, signature } from './content.ts'
import { type Costs, costsOf } from './costs.ts'
import { createCpu } from './cpu.ts'
import { createEventQueue } from './event-queue.ts'
import { bandwidths, LOOPBACK_MS, regions } from './facts.ts'
import { createGossipNet } from './gossip.ts'
import { createLightNode } from './light-node.ts'
import { createLinks } from './links.ts'
import { createObserver } from './observer.ts'
import { seeded } from './random.ts'
import { type RunResult, summarise } from './result.ts'
import type { Scenario } from './scenario.ts'
import { createServerNode } from './server-node.ts'
import { createStreams } from './streams.ts'
import { createTopology } from './topology.ts'
import { EPOCH, installVirtualTime } from './virtual-time.ts'
import type { GossipValue, Participant, Topics, World } from './world.ts'

/** Simulated time that a block of the study may take before the run is given up. */
const PATIENCE_MS = 120_000
const STEP_MS = 500
const MEBIBYTE = 2 ** 20

export const simulate = async (scenario: Scenario, measured: Costs): Promise<RunResult> => {
  const queue = createEventQueue()
  const turn = { needed: false }
  const time = installVirtualTime(queue, turn)
  try {
    const { world, participants } = build(scenario, measured, queue, turn)
    for (const participant of participants) participant.start()
    const { observer } = world
    const certified = () =>
      [...observer.blocks.values()].filter(({ certifiedAt }) => certifiedAt !== undefined).length
    let until = 0
    let last = { blocks: 0, at: 0 }
    while (certified() < scenario.blocks && until - last.at < PATIENCE_MS) {
      until += STEP_MS
      await time.run(until)
      if (certified() > last.blocks) last = { blocks: certified(), at: until }
    }
    // Samplers have their deadline, custody its time.
    await time.run(until + Math.max(scenario.sampleDeadlineMs, scenario.timeoutMs) + 1_000)
    const result = summarise(world, participants, queue.now)
    for (const participant of participants) participant.stop()
    return result
  } finally {
    time.restore()
  }
}

const build = (
  scenario: Scenario,
  measured: Costs,
  queue: ReturnType<typeof createEventQueue>,
  turn: { needed: boolean },
): { readonly world: World; readonly participants: readonly Participant[] } => {
  const random = seeded(scenario.seed)
  const topology = createTopology(scenario, random)
  const { nodes, neighbours } = topology
  const chain = chainOf(
    createGenesis({
      name: 'scale',
      timestamp: EPOCH + 1_000,
      validators: nodes
        .filter(({ role }) => role === 'validator')
        .map(({ peerIdBytes, index }) => ({
          publicKey: new Uint8Array(48).fill(index),
          possession: signature,
          peerId: peerIdBytes,
          weight: 1,
        })),
      maxRows: Math.max(64, scenario.rows),
      maxBands: scenario.maxBands,
      blockIntervalMs: scenario.blockIntervalMs,
      timeoutMs: scenario.timeoutMs,
      maxTimeoutMs: scenario.maxTimeoutMs,
      idleIntervalMs: scenario.idleIntervalMs,
      sampleDeadlineMs: scenario.sampleDeadlineMs,
      custodyFull: scenario.custodyFull,
    }),
  )
  const costs = scaled(measured, 1 / scenario.mainShare)
  const measuredRows = costsOf(measured, scenario.rows, scenario.maxBands)
  const rowCosts = {
    ...scaled(measuredRows, 1 / scenario.cpuShare),
    judgeHeaderMs: measuredRows.judgeHeaderMs / scenario.mainShare,
    judgeProposalMs: measuredRows.judgeProposalMs / scenario.mainShare,
  }
  const content = createContent(scenario.rows, scenario.maxBands, scenario.validators)
  const observer = createObserver(queue)
  const bandwidth = bandwidths[scenario.profile]
  const isLoopback = scenario.profile === 'loopback'
  const links = createLinks(
    {
      nodes: nodes.length,
      upMbit: nodes.map(({ role }) => bandwidth[role].up),
      downMbit: nodes.map(({ role }) => bandwidth[role].down),
      delayMs: isLoopback
        ? () => LOOPBACK_MS
        : (from, to) => regions[nodes[from]!.region]!.delaysMs[nodes[to]!.region]!,
      loss: isLoopback ? 0 : scenario.loss,
      slowStart: scenario.slowStart && !isLoopback,
    },
    queue,
    random,
  )
  const main = nodes.map(() => createCpu(1, queue))
  const messageMs = (bytes: number) => costs.messageMs + (costs.messageMsPerMiB * bytes) / MEBIBYTE

  const scores = new Map<number, Scores>()
  const isBanned = (node: number, peer: number) => scores.get(node)?.isBanned(`n${peer}`) ?? false
  const penalize = (node: number, peer: number, code: string) => {
    const own = scores.get(node) ?? createScores(defaultLimits)
    scores.set(node, own)
    own.add(`n${peer}`, penaltyPoints(code))
  }

  const participants: Participant[] = []
  const gossip = createGossipNet(
    {
      neighbours,
      floodPublishPeers: scenario.floodPublishPeers,
      publishCopies: scenario.publishCopies,
      messageMs,
    },
    {
      queue,
      links,
      random,
      main,
      onMessage: (node, message, from, judged) =>
        participants[node]!.take(message.value as GossipValue, from, judged),
      isBanned,
      onReject: (node, peer) => penalize(node, peer, 'reject'),
    },
  )
  const who = (test: (node: (typeof nodes)[number]) => boolean) =>
    nodes.filter(test).map(({ index }) => index)
  const topics: Topics = {
    header: gossip.addTopic(
      'header',
      who(() => true),
      scenario.degree,
    ),
    certificate: gossip.addTopic(
      'certificate',
      who(() => true),
      scenario.degree,
    ),
    proposal: gossip.addTopic(
      'proposal',
      who(({ role }) => role !== 'light'),
      scenario.degree,
    ),
    vote: gossip.addTopic(
      'vote',
      who(({ role }) => role === 'validator'),
      scenario.degree,
    ),
    columns: Array.from({ length: COLUMNS }, (_, k) =>
      gossip.addTopic(
        `column/${k}`,
        who(({ custody }) => custody.includes(k)),
        scenario.columnDegree,
      ),
    ),
  }
  const streams = createStreams({
    links,
    main,
    messageMs,
    turn,
    indexOf: (peer) => Number(peer.slice(1)),
    handlersOf: (node) => participants[node]!.handlers,
    isBanned,
  })
  const world: World = {
    scenario,
    chain,
    content,
    costs,
    rowCosts,
    queue,
    turn,
    random,
    topology,
    links,
    gossip,
    topics,
    streams,
    main,
    observer,
    penalize,
    isBanned,
  }
  for (const node of nodes)
    participants.push(node.role === 'light' ? createLightNode(node, world) : createServerNode(node, world))
  return { world, participants }
}

/** All times of a table of costs, by a factor. */
const scaled = <T>(value: T, factor: number): T => {
  if (Array.isArray(value)) return value.map((each) => scaled(each, factor)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      typeof field === 'object'
        ? scaled(field, factor)
        : typeof field === 'number' && /Ms(PerMiB)?$/.test(name)
          ? field * factor
          : field,
    ]),
  ) as T
}
