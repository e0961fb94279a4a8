// An honest validator: the machine and a host around it that does what src/node does, with a disk that survives crashes
// and memory that does not. A crash may fall between any two outputs, and between a record and its votes.

import type { Certificate, Vote } from '../../../src/chain/containers.ts'
import { judgeHeaderParent } from '../../../src/chain/header-rules.ts'
import type { SigningRecord } from '../../../src/chain/ports.ts'
import { KIND } from '../../../src/chain/signing.ts'
import type {
  Consensus,
  ConsensusComponents,
  ConsensusInit,
  ConsensusInput,
  ConsensusOutput,
  FinalBlock,
  VoteIntent,
} from '../../../src/consensus/types.ts'
import { type Block, keyOf, type Message, type Participant } from './messages.ts'
import { type Observer, SimulationFailure } from './observer.ts'
import { GENESIS_ROOT, GENESIS_TIMESTAMP, START, type World } from './world.ts'

export type CreateConsensus = (init: ConsensusInit, components: ConsensusComponents) => Consensus

/** Times of the simulated chain. */
export const TIMING = { blockIntervalMs: 200, timeoutMs: 1_000, maxTimeoutMs: 4_000, idleIntervalMs: 500 }

export interface Honest extends Participant {
  readonly finalHeight: number
  readonly height: number
  crash(downMs: number): void
  setClock(skewMs: number): void
}

interface Disk {
  readonly records: Map<number, SigningRecord>
  readonly certificates: Map<string, Certificate>
  readonly headers: Map<string, Block>
  readonly held: Set<string>
  final: FinalBlock
}

const certificateKey = (kind: number, height: number): string => `${kind}/${height}`

export const createHonest = (
  index: number,
  world: World,
  observer: Observer,
  createConsensus: CreateConsensus,
): Honest => {
  const { schedule, random } = world
  const disk: Disk = {
    records: new Map(),
    certificates: new Map(),
    headers: new Map(),
    held: new Set(),
    final: { height: 0, root: GENESIS_ROOT, timestamp: GENESIS_TIMESTAMP },
  }
  const others = schedule.weights.map((_, i) => i).filter((i) => i !== index)
  let machine: Consensus | undefined
  /** Counts lives: what an earlier life started must not reach a later one. */
  let life = 0
  let inbox: ConsensusInput[] = []
  let busy = false
  /** Headers that wait for their parent, by the parent's key. */
  let orphans = new Map<string, { block: Block; data: boolean }[]>()

  let skewMs = schedule.clockSkewMs[index]!
  const clock = (): number => START + world.now + skewMs

  const boot = (): void => {
    life++
    machine = createConsensus(
      { validator: index, weights: schedule.weights, genesisTimestamp: GENESIS_TIMESTAMP, ...TIMING },
      { aggregate: () => new Uint8Array(96) },
    )
    inbox = []
    busy = false
    orphans = new Map()
    feed({
      type: 'start',
      final: disk.final,
      certificates: random.shuffle(
        [...disk.certificates.values()].filter((c) => c.height > disk.final.height),
      ),
      records: [...disk.records.values()].filter((record) => record.height > disk.final.height),
      blocks: [...disk.headers.values()]
        .filter((block) => block.header.height >= disk.final.height)
        .map((block) => ({ root: block.root, header: block.header, available: disk.held.has(block.key) })),
    })
    toggleBlobs(life)
  }

  const toggleBlobs = (ofLife: number): void => {
    if (ofLife !== life || machine === undefined) return
    feed({ type: 'blobs-waiting', waiting: random.chance(schedule.busy) })
    world.at(world.now + 700, () => toggleBlobs(ofLife))
  }

  const crash = (downMs: number): void => {
    if (machine === undefined) return
    machine = undefined
    life++
    const latest = Math.max(world.now + 1, schedule.syncAt)
    world.at(Math.min(world.now + downMs, latest), boot)
  }

  const feed = (input: ConsensusInput): void => {
    inbox.push(input)
    if (busy) return
    busy = true
    const ofLife = life
    while (inbox.length > 0 && ofLife === life) {
      for (const output of step(inbox.shift()!)) {
        if (ofLife !== life) return
        if (crashesNow()) return
        carryOut(output)
      }
    }
    if (ofLife === life) busy = false
  }

  const step = (input: ConsensusInput): readonly ConsensusOutput[] => {
    try {
      return machine!.step(clock(), input)
    } catch (error) {
      throw new SimulationFailure('machine-threw', `validator ${index}: ${String(error)}`)
    }
  }

  const crashesNow = (): boolean => {
    if (world.now >= schedule.syncAt || !random.chance(schedule.crashChance)) return false
    crash(random.integer(10, 3_000))
    return true
  }

  const carryOut = (output: ConsensusOutput): void => {
    switch (output.type) {
      case 'sign': {
        disk.records.set(output.record.height, output.record)
        if (crashesNow()) return
        if (output.proposal !== undefined) publishBlock(output.proposal)
        for (const vote of output.votes) publishVote(vote)
        return
      }
      case 'resend':
        for (const vote of output.votes) publishVote(vote)
        return
      case 'resend-proposal':
        publishBlock(output.root)
        return
      case 'certificate': {
        const { certificate } = output
        disk.certificates.set(certificateKey(certificate.kind, certificate.height), certificate)
        observer.certified(certificate)
        world.broadcast(index, { type: 'certificate', certificate })
        return
      }
      case 'resend-certificates':
        for (const { kind, height } of output.certificates) {
          const certificate = disk.certificates.get(certificateKey(kind, height))
          if (certificate !== undefined) world.broadcast(index, { type: 'certificate', certificate })
        }
        return
      case 'build':
        build(output)
        return
      case 'final':
        disk.final = {
          height: output.height,
          root: output.root,
          timestamp: disk.headers.get(keyOf(output.root))?.header.timestamp,
        }
        return
      case 'want-block':
        for (const peer of random.shuffle(others).slice(0, 3))
          world.send(index, peer, { type: 'ask-block', root: output.root })
        return
      case 'want-certificates':
        for (const peer of random.shuffle(others).slice(0, 3))
          world.send(index, peer, { type: 'ask-certificates', start: output.start, end: output.end })
        return
      case 'timer': {
        const ofLife = life
        const at = output.at - START - skewMs
        world.at(at, () => {
          if (ofLife === life && machine !== undefined) feed({ type: 'tick' })
        })
        return
      }
      case 'fault':
        throw new SimulationFailure(
          'fault-reported',
          `validator ${index} at ${output.height}: ${output.reason}`,
        )
      default:
        return
    }
  }

  const publishVote = ({ kind, height, root }: VoteIntent): void => {
    const vote: Vote = { kind, height, root, validator: index, signature: new Uint8Array(96) }
    observer.voted(vote, kind === KIND.nil || disk.held.has(keyOf(root)))
    inbox.push({ type: 'vote', vote })
    world.broadcast(index, { type: 'vote', vote })
  }

  const publishBlock = (root: Uint8Array): void => {
    const block = disk.headers.get(keyOf(root))
    if (block === undefined) return
    observer.proposed(block)
    world.broadcast(index, { type: 'block', block, data: true })
  }

  const build = (turn: Extract<ConsensusOutput, { type: 'build' }>): void => {
    const { height, parentHeight, parentRoot, timestamp } = turn
    const ofLife = life
    world.at(world.now + random.integer(0, 100), () => {
      if (ofLife !== life || machine === undefined) return
      const block = world.createBlock(index, { height, parentHeight, parentRoot, timestamp })
      disk.headers.set(block.key, block)
      hold(block)
      if (crashesNow()) return
      feed({ type: 'built', root: block.root, header: block.header })
    })
  }

  const hold = (block: Block): void => {
    disk.held.add(block.key)
    observer.held(index, block.root)
  }

  const parentOf = ({ parentHeight, parentRoot }: Block['header']) =>
    parentHeight === 0
      ? { height: 0, timestamp: GENESIS_TIMESTAMP }
      : disk.headers.get(keyOf(parentRoot))?.header

  const takeBlock = (block: Block, data: boolean, from: number): void => {
    if (!disk.headers.has(block.key)) {
      const verdict = judgeHeaderParent(block.header, parentOf(block.header))
      if (verdict.verdict === 'reject') return
      if (verdict.verdict === 'ignore') {
        const key = keyOf(block.header.parentRoot)
        orphans.set(key, [...(orphans.get(key) ?? []), { block, data }])
        for (const peer of new Set([from, ...random.shuffle(others).slice(0, 1)]))
          world.send(index, peer, { type: 'ask-block', root: block.header.parentRoot })
        return
      }
      disk.headers.set(block.key, block)
    }
    feed({ type: 'proposal', root: block.root, header: block.header })
    if (data && machine !== undefined) hold(block)
    if (disk.held.has(block.key) && machine !== undefined) feed({ type: 'available', root: block.root })
    const waiting = orphans.get(block.key) ?? []
    orphans.delete(block.key)
    for (const orphan of waiting) if (machine !== undefined) takeBlock(orphan.block, orphan.data, from)
  }

  const answer = (message: Message, from: number): void => {
    if (message.type === 'ask-certificates') {
      const end = Math.min(message.end ?? Number.POSITIVE_INFINITY, message.start + 127)
      for (const certificate of disk.certificates.values()) {
        if (certificate.height >= message.start && certificate.height <= end)
          world.send(index, from, { type: 'certificate', certificate })
      }
    }
    if (message.type === 'ask-block') {
      const block = disk.headers.get(keyOf(message.root))
      if (block !== undefined)
        world.send(index, from, { type: 'block', block, data: disk.held.has(block.key) })
    }
  }

  return {
    get finalHeight() {
      return disk.final.height
    },
    get height() {
      return machine?.height ?? 0
    },
    crash,
    setClock(to) {
      skewMs = to
    },
    start: boot,
    receive(message, from) {
      if (machine === undefined) return
      switch (message.type) {
        case 'vote':
          return feed({ type: 'vote', vote: message.vote })
        case 'certificate': {
          const { certificate } = message
          if (certificate.height <= disk.final.height) return
          if (disk.certificates.has(certificateKey(certificate.kind, certificate.height))) return
          return feed({ type: 'certificate', certificate })
        }
        case 'block':
          return takeBlock(message.block, message.data, from)
        default:
          return answer(message, from)
      }
    },
  }
}
