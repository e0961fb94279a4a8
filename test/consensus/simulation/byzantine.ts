// Byzantine validators. The silent one says nothing. The equivocating one signs everything to somebody: several blocks
// at the heights it leads, on parents of its choice, their data withheld from some; notarise for every block it hears
// of, nil, finalize; it puts certificates together early and shows them to few. It cannot forge what others sign.

import { BitArray } from '@chainsafe/ssz'
import type { Certificate, Vote } from '../../../src/chain/containers.ts'
import { leaderOf } from '../../../src/chain/leader.ts'
import { isQuorum } from '../../../src/chain/quorum.ts'
import { KIND, ZERO_ROOT } from '../../../src/chain/signing.ts'
import { type Block, keyOf, type Message, type Participant } from './messages.ts'
import { GENESIS_ROOT, GENESIS_TIMESTAMP, type World } from './world.ts'

export const createSilent = (): Participant => ({ receive() {}, start() {} })

export const createEquivocating = (index: number, world: World): Participant => {
  const { schedule, random } = world
  const n = schedule.weights.length
  const total = schedule.weights.reduce((sum, weight) => sum + weight, 0)
  const others = schedule.weights.map((_, i) => i).filter((i) => i !== index)
  const accomplices = schedule.weights
    .map((_, i) => i)
    .filter((i) => schedule.behaviours[i] === 'equivocating')
  const blocks: Block[] = []
  const votes = new Map<string, Vote[]>()
  const certificates = new Map<string, Certificate>()
  let seen = 0

  const tell = (message: Message, probability: number): void => {
    for (const to of random.subset(others, probability)) world.send(index, to, message)
  }

  const sign = (kind: number, height: number, root: Uint8Array, probability: number): void => {
    const vote: Vote = { kind, height, root, validator: index, signature: new Uint8Array(96) }
    tell({ type: 'vote', vote }, probability)
  }

  /** Adds up what honest validators signed and what the accomplices would sign. */
  const collect = (vote: Vote): void => {
    const key = `${vote.kind}/${vote.height}/${keyOf(vote.root)}`
    const signed = votes.get(key) ?? []
    votes.set(key, signed)
    if (certificates.has(key) || signed.some((other) => other.validator === vote.validator)) return
    signed.push(vote)
    const signers = new Set([...signed.map(({ validator }) => validator), ...accomplices])
    const weight = [...signers].reduce((sum, validator) => sum + schedule.weights[validator]!, 0)
    if (!isQuorum(weight, total)) return
    const bits = BitArray.fromBitLen(n)
    for (const signer of signers) bits.set(signer, true)
    const { kind, height, root } = vote
    const certificate = { kind, height, root, signers: bits, signature: new Uint8Array(96) }
    certificates.set(key, certificate)
    tell({ type: 'certificate', certificate }, random.pick([0.1, 0.3, 1]))
  }

  /** The first time that anything of a height is seen. */
  const reach = (height: number): void => {
    if (height <= seen || height > seen + 50) return
    seen = height
    for (const led of [height, height + 1]) {
      if (leaderOf(led, n) === index) world.at(world.now + random.integer(0, 600), () => proposeAt(led))
    }
    world.at(world.now + random.integer(0, 1_500), () => misbehave(height))
  }

  const proposeAt = (height: number): void => {
    for (let i = random.pick([1, 1, 2, 3]); i > 0; i--) {
      const below = blocks.filter((block) => block.header.height < height)
      const newest = below
        .toSorted((a, b) => b.header.height - a.header.height)
        .slice(0, random.pick([1, 3, 20]))
      const parent = newest.length > 0 && random.chance(0.95) ? random.pick(newest) : undefined
      const timestamp = (parent?.header.timestamp ?? GENESIS_TIMESTAMP) + random.pick([1, 200, 60_000])
      const block = world.createBlock(index, {
        height,
        parentHeight: parent?.header.height ?? 0,
        parentRoot: parent?.root ?? GENESIS_ROOT,
        timestamp,
      })
      blocks.push(block)
      const reachable = random.pick([0.3, 0.6, 1])
      const withData = random.pick([0, 0.5, 1])
      for (const to of random.subset(others, reachable))
        world.send(index, to, { type: 'block', block, data: random.chance(withData) })
    }
  }

  const misbehave = (height: number): void => {
    for (const block of blocks) {
      if (block.header.height !== height) continue
      sign(KIND.notarise, height, block.root, random.pick([0.3, 0.6, 1]))
      if (random.chance(0.5)) sign(KIND.finalize, height, block.root, random.pick([0.3, 0.6, 1]))
    }
    if (random.chance(0.7)) sign(KIND.nil, height, ZERO_ROOT, random.pick([0.3, 0.6, 1]))
    if (random.chance(0.1)) sign(KIND.notarise, height + random.integer(1, 20), GENESIS_ROOT, 0.5)
  }

  return {
    start: () => reach(1),
    receive(message, from) {
      if (message.type === 'block') {
        if (!blocks.includes(message.block)) blocks.push(message.block)
        reach(message.block.header.height)
      }
      if (message.type === 'vote') {
        collect(message.vote)
        reach(message.vote.height)
      }
      if (message.type === 'certificate') reach(message.certificate.height + 1)
      if (message.type === 'ask-certificates' && certificates.size > 0 && random.chance(0.5))
        world.send(index, from, { type: 'certificate', certificate: random.pick([...certificates.values()]) })
    },
  }
}
