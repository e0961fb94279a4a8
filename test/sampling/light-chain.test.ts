import { BitArray } from '@chainsafe/ssz'
import test from 'ava'
import fc from 'fast-check'
import { toHex } from '../../src/base/bytes.ts'
import { accept, reject } from '../../src/base/verdict.ts'
import { type Announcement, AnnouncementType, type Certificate } from '../../src/chain/containers.ts'
import { headerRoot, KIND } from '../../src/chain/signing.ts'
import { commitmentsRootOf } from '../../src/grid/roots.ts'
import { createLightChain, type LightChainInit, type LightStep } from '../../src/sampling/light-chain.ts'
import { announcementOf } from './helpers.ts'

const CHAIN_ID = new Uint8Array(32).fill(9)
const rootOf = (announcement: Announcement) => headerRoot(announcement.header.message)

/** A child of `parent` (or of genesis) at a height; `salt` makes siblings differ. */
const childOf = (parent: Announcement | undefined, height: number, salt = 0): Announcement =>
  announcementOf(1, height, {
    parentHeight: parent?.header.message.height ?? 0,
    parentRoot: parent === undefined ? CHAIN_ID : rootOf(parent),
    timestamp: height * 1_000,
    dataRoot: new Uint8Array(32).fill(salt),
  })

const chainAt = (heights: readonly number[]): Announcement[] => {
  const chain: Announcement[] = []
  for (const height of heights) chain.push(childOf(chain.at(-1), height))
  return chain
}

const finalize = (announcement: Announcement, kind: number = KIND.finalize): Certificate => ({
  kind,
  height: announcement.header.message.height,
  root: rootOf(announcement),
  signers: BitArray.fromBoolArray([true]),
  signature: new Uint8Array(96),
})

const lightChain = (
  init: Partial<LightChainInit> = {},
  bad: { announcement?: boolean; certificate?: boolean } = {},
) =>
  createLightChain(
    { base: { height: 0, root: CHAIN_ID, timestampMs: 0 }, staleMs: 5_000, ...init },
    {
      judgeAnnouncement: () => (bad.announcement ? reject('header-signature') : accept),
      judgeCertificate: () => (bad.certificate ? reject('signature') : accept),
    },
  )

const heights = (step: LightStep) => step.finals.map(({ announcement }) => announcement.header.message.height)
const code = (step: LightStep) => ('code' in step.verdict ? step.verdict.code : step.verdict.verdict)

test('a final header gives its commitments as they came, and holds none of the arrays that they came in', (t) => {
  const light = lightChain()
  const [block] = chainAt([1])
  const commitments: Uint8Array[] = Array.from({ length: 5 }, (_, i) => new Uint8Array(48).fill(i + 1))
  const header = { ...block!.header.message, rowCount: 5, commitmentsRoot: commitmentsRootOf(commitments) }
  const announcement = { header: { ...block!.header, message: header }, commitments }
  t.is(code(light.announce(announcement)), 'accept')
  t.is(code(light.certify(finalize(announcement))), 'accept')
  const kept = light.finalAt(1)!.announcement
  t.deepEqual(kept.commitments, commitments)
  t.deepEqual(
    AnnouncementType.deserialize(AnnouncementType.serialize(kept)),
    AnnouncementType.deserialize(AnnouncementType.serialize(announcement)),
  )
  t.false(kept.commitments.some((each) => commitments.includes(each)))
})

test('a certificate makes its header and all its ancestors final, and the heights between them empty', (t) => {
  const light = lightChain()
  const blocks = chainAt([1, 2, 5, 6])
  for (const block of blocks) t.is(code(light.announce(block)), 'accept')
  t.is(light.tip(), undefined)
  t.deepEqual(heights(light.certify(finalize(blocks[3]!))), [1, 2, 5, 6])
  t.is(light.tip()?.announcement.header.message.height, 6)
  for (const block of blocks) t.true(light.isFinal(rootOf(block)))
  t.is(light.finalAt(3), undefined)
  t.is(light.missing(), undefined)
  t.is(code(light.announce(blocks[2]!)), 'known-header')
})

test('a sibling of a final header is never final', (t) => {
  const light = lightChain()
  const [first, second] = chainAt([1, 2]) as [Announcement, Announcement]
  const fork = childOf(first, 2, 1)
  for (const block of [first, fork, second]) light.announce(block)
  light.certify(finalize(second))
  t.false(light.isFinal(rootOf(fork)))
  t.is(code(light.announce(fork)), 'old-header')
})

test('what the judges refuse changes nothing', (t) => {
  const [block] = chainAt([1]) as [Announcement]
  const forged = lightChain({}, { certificate: true })
  forged.announce(block)
  t.is(code(forged.certify(finalize(block))), 'signature')
  t.false(forged.isFinal(rootOf(block)))
  t.is(forged.certificate(), undefined)
  const unsigned = lightChain({}, { announcement: true })
  t.is(code(unsigned.announce(block)), 'header-signature')
})

test('only finalize certificates say something', (t) => {
  const light = lightChain()
  const [block] = chainAt([1]) as [Announcement]
  light.announce(block)
  for (const kind of [KIND.notarise, KIND.nil, KIND.header])
    t.is(code(light.certify(finalize(block, kind))), 'not-finalize')
  t.is(light.tip(), undefined)
})

test('missing headers are asked for and taken by their hash, without signatures', (t) => {
  const bad = { announcement: false }
  const light = lightChain({}, bad)
  const blocks = chainAt([1, 2, 3, 10, 11])
  light.certify(finalize(blocks[4]!))
  t.deepEqual(light.missing(), { start: 11, count: 1 })
  bad.announcement = true
  t.deepEqual(heights(light.announce(blocks[4]!)), [11])
  t.deepEqual(light.missing(), { start: 1, count: 10 })
  // Another header of that height has another hash.
  t.is(code(light.announce(childOf(blocks[2], 10, 7))), 'old-header')
  t.deepEqual(heights(light.announce(blocks[3]!)), [10])
  for (const block of [blocks[2]!, blocks[1]!, blocks[0]!]) light.announce(block)
  t.is(light.missing(), undefined)
  t.true(blocks.every((block) => light.isFinal(rootOf(block))))
})

test('a vouched header with the commitments of another block is refused, and the true one is still taken', (t) => {
  const light = lightChain()
  const [block] = chainAt([1]) as [Announcement]
  light.certify(finalize(block))
  const bent = { ...block, commitments: [new Uint8Array(48).fill(5)] }
  t.is(code(light.announce(bent)), 'commitments-root')
  t.deepEqual(heights(light.announce(block)), [1])
})

test('of one height at most two headers are kept', (t) => {
  const light = lightChain()
  for (const salt of [1, 2]) t.is(code(light.announce(childOf(undefined, 1, salt))), 'accept')
  t.is(code(light.announce(childOf(undefined, 1, 3))), 'third-header')
  // A certificate for the third one still makes it final.
  t.is(code(light.certify(finalize(childOf(undefined, 1, 3)))), 'accept')
  t.deepEqual(heights(light.announce(childOf(undefined, 1, 3))), [1])
})

test('headers without a certificate are bounded, and those nearest to the tip stay', (t) => {
  const light = lightChain({ maxPending: 10 })
  for (let height = 1_000; height < 1_200; height++) light.announce(childOf(undefined, height))
  const near = childOf(undefined, 1)
  t.is(code(light.announce(near)), 'accept')
  t.is(code(light.announce(childOf(undefined, 5_000))), 'too-many-headers')
  t.deepEqual(heights(light.certify(finalize(near))), [1])
})

test('two certified headers that exclude each other: the first stays, the other is refused and reported', (t) => {
  const [first, second] = chainAt([1, 2]) as [Announcement, Announcement]
  const cases: [string, Announcement, Announcement[]][] = [
    ['another header of the height', childOf(first, 2, 1), []],
    ['a descendant of another header', childOf(childOf(first, 2, 1), 3), [childOf(first, 2, 1)]],
    ['a descendant that jumps over it', childOf(first, 3, 1), []],
  ]
  for (const [name, other, between] of cases) {
    const light = lightChain()
    for (const block of [first, second, ...between]) light.announce(block)
    light.certify(finalize(second))
    light.announce(other)
    const step = light.certify(finalize(other))
    t.is(code(step), 'conflicting-final', name)
    t.true(light.isFinal(rootOf(second)), name)
    t.false(light.isFinal(rootOf(other)), name)
    t.truthy(light.conflict(), name)
  }
})

test('from a trusted header on, what does not descend from it is refused', (t) => {
  const blocks = chainAt([1, 2, 3, 4])
  const base = { height: 2, root: rootOf(blocks[1]!) }
  const light = lightChain({ base })
  for (const block of blocks.slice(2)) light.announce(block)
  t.deepEqual(heights(light.certify(finalize(blocks[3]!))), [3, 4])
  t.true(light.isFinal(base.root))
  for (const other of [childOf(childOf(undefined, 2, 5), 3), childOf(blocks[0], 3)]) {
    const wrong = lightChain({ base })
    wrong.announce(other)
    t.is(code(wrong.certify(finalize(other))), 'conflicting-final')
    t.is(wrong.tip(), undefined)
  }
})

test('a tip is stale when its timestamp is older than the chain can explain', (t) => {
  const light = lightChain()
  t.false(light.isStale(4_000))
  t.true(light.isStale(5_001))
  const [block] = chainAt([100]) as [Announcement]
  light.announce(block)
  t.true(light.isStale(104_000))
  light.certify(finalize(block))
  t.false(light.isStale(104_000))
  t.true(light.isStale(105_001))
  t.true(lightChain({ base: { height: 3, root: CHAIN_ID } }).isStale(0))
})

test('in whatever order headers and certificates come, the same headers become final, each once', (t) => {
  const run = fc.property(
    fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
    fc.infiniteStream(fc.nat()),
    (some, stream) => {
      const blocks = chainAt([...some].sort((a, b) => a - b))
      const light = lightChain()
      const seen: string[] = []
      const note = (step: LightStep) => seen.push(...step.finals.map(({ root }) => toHex(root)))
      const messages: (() => LightStep)[] = blocks.flatMap((block, i) => [
        () => light.announce(block),
        ...(i % 3 === 0 || i === blocks.length - 1 ? [() => light.certify(finalize(block))] : []),
      ])
      while (messages.length > 0) note(messages.splice(stream.next().value % messages.length, 1)[0]!())
      // Then what is missing is asked for, from the highest down.
      for (let round = 0; round < 40; round++) {
        const range = light.missing()
        if (range === undefined) break
        for (const block of blocks.toReversed()) {
          const { height } = block.header.message
          if (height >= range.start && height < range.start + range.count) note(light.announce(block))
        }
      }
      return (
        light.missing() === undefined &&
        light.conflict() === undefined &&
        seen.length === blocks.length &&
        new Set(seen).size === blocks.length &&
        light.tip()?.announcement.header.message.height === blocks.at(-1)!.header.message.height
      )
    },
  )
  fc.assert(run, { numRuns: 300, seed: 11 })
  t.pass()
})
