// Which blocks a light node samples: also those that became final by hundreds while it slept.

import test from 'ava'
import { toHex } from '../../src/base/bytes.ts'
import { silent } from '../../src/base/log.ts'
import { createEventHub } from '../../src/node/events.ts'
import { createLightSamples } from '../../src/node/light-samples.ts'
import { createBlocks, testEngine } from './blocks.ts'
import { testChain, until } from './support.ts'

const chain = await testChain(1)
const engine = testEngine(chain)
const blocks = createBlocks(chain, engine)
test.after.always(() => engine.close())

const bounds = [{}, { pendingSamples: 3, samplesAtOnce: 1 }, { pendingSamples: 1, samplesAtOnce: 1 }]
for (const bound of bounds)
  test(`final blocks that are more than the queue holds are sampled all the same, each once, with ${JSON.stringify(bound)}`, async (t) => {
    const { proposal, header } = await blocks.block({ height: 1 })
    const finals = Array.from({ length: 300 }, (_, i) => {
      const root = new Uint8Array(32)
      new DataView(root.buffer).setUint32(0, i + 1)
      const message = { ...header, height: i + 1 }
      return {
        root,
        announcement: { header: { ...proposal.header, message }, commitments: proposal.commitments },
      }
    })
    const sampled: string[] = []
    const samples = createLightSamples(
      {
        maxBands: 8,
        failureProbability: 0.005,
        backlogBlocks: 0,
        backlogBytes: 0,
        patienceMs: 1_000,
        ...bound,
      },
      {
        sampler: {
          async sample(root, announcement) {
            sampled.push(toHex(root))
            await new Promise((resolve) => setTimeout(resolve, 1))
            const { height } = announcement.header.message
            return { root, height, verdict: 'available', bytes: 0, ms: 1, outcomes: [] } as never
          },
        },
        peers: () => [],
        chain: { finalAt: () => undefined, missing: () => undefined },
        store: { getSampleRecord: async () => undefined },
        events: createEventHub(silent),
        log: silent,
      },
    )
    samples.final(finals.slice(0, 1).toReversed())
    samples.final(finals.slice(1))
    await until('all verdicts', 10_000, () => samples.counts.available === 300)
    samples.stop()
    t.is(new Set(sampled).size, 300)
    t.is(sampled.length, 300)
  })

test('of the blocks before the start those are sampled that the chain links, and no height is looked for besides', async (t) => {
  const { proposal, header } = await blocks.block({ height: 1 })
  const heights = [1_000, 1_000_000, 900_000_000, 900_000_001]
  const finals = heights.map((height, i) => ({
    root: new Uint8Array(32).fill(i + 1),
    announcement: {
      header: {
        ...proposal.header,
        // What the first descends from is before the trusted header that this node began with.
        message: {
          ...header,
          height,
          parentHeight: heights[i - 1] ?? 999,
          parentRoot: new Uint8Array(32).fill(i),
        },
      },
      commitments: proposal.commitments,
    },
  }))
  const sampled: number[] = []
  let lookedFor = 0
  const samples = createLightSamples(
    { maxBands: 8, failureProbability: 0.005, backlogBlocks: 10, backlogBytes: 2 ** 30, patienceMs: 1_000 },
    {
      sampler: {
        async sample(root, announcement) {
          const { height } = announcement.header.message
          sampled.push(height)
          return { root, height, verdict: 'available', bytes: 0, ms: 1, outcomes: [] } as never
        },
      },
      peers: () => [],
      chain: {
        finalAt(height) {
          lookedFor++
          return finals.find(({ announcement }) => announcement.header.message.height === height)
        },
        missing: () => undefined,
      },
      store: { getSampleRecord: async () => undefined },
      events: createEventHub(silent),
      log: silent,
    },
  )
  samples.final(finals.slice(-1))
  await until('all verdicts', 10_000, () => samples.counts.available === heights.length)
  await new Promise((resolve) => setTimeout(resolve, 50))
  samples.stop()
  t.deepEqual(sampled, heights.toReversed())
  t.true(lookedFor < 50, `${lookedFor} heights`)
})

test('a final block that could not be had is sampled again when a serving peer comes that was not there', async (t) => {
  const { proposal, header } = await blocks.block({ height: 1 })
  const final = {
    root: new Uint8Array(32).fill(7),
    announcement: {
      header: { ...proposal.header, message: { ...header, height: 1 } },
      commitments: proposal.commitments,
    },
  }
  let peers: { id: string; custody: Set<number>; isValidator: boolean }[] = [
    { id: 'colluding', custody: new Set([1]), isValidator: false },
  ]
  let runs = 0
  const samples = createLightSamples(
    { maxBands: 8, failureProbability: 0.005, backlogBlocks: 0, backlogBytes: 0, patienceMs: 1_000 },
    {
      sampler: {
        async sample(root) {
          runs += 1
          const verdict = peers.some(({ id }) => id === 'honest') ? 'available' : 'unavailable'
          return { root, height: 1, verdict, bytes: 0, ms: 1, outcomes: [] } as never
        },
      },
      peers: () => peers,
      chain: { finalAt: () => final, missing: () => undefined },
      store: { getSampleRecord: async () => undefined },
      events: createEventHub(silent),
      log: silent,
    },
  )
  t.teardown(() => samples.stop())
  samples.final([final])
  await until('the first verdict', 5_000, () => samples.counts.unavailable === 1)
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  // The peers that failed it are no reason to try again at once.
  const before = runs
  t.true(before <= 2)
  peers = [...peers, { id: 'light', custody: new Set<number>(), isValidator: false }]
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  t.is(runs, before)
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  peers = [...peers, { id: 'honest', custody: new Set<number>(), isValidator: true }]
  await until('the second verdict', 5_000, () => samples.counts.available === 1)
  t.is(samples.counts.unavailable, 0)
})

test('a serving peer that comes while a block is being sampled, too late for that, counts for it all the same', async (t) => {
  const { proposal, header } = await blocks.block({ height: 1 })
  const final = {
    root: new Uint8Array(32).fill(8),
    announcement: {
      header: { ...proposal.header, message: { ...header, height: 1 } },
      commitments: proposal.commitments,
    },
  }
  const colluding = { id: 'colluding', custody: new Set([1]), isValidator: false }
  let peers = [colluding]
  let runs = 0
  const samples = createLightSamples(
    { maxBands: 8, failureProbability: 0.005, backlogBlocks: 0, backlogBytes: 0, patienceMs: 1_000 },
    {
      sampler: {
        async sample(root) {
          runs += 1
          const verdict = runs === 1 ? 'unavailable' : 'available'
          await new Promise((resolve) => setTimeout(resolve, 50))
          // There at the end of the run, and nobody asked it.
          peers = [colluding, { id: 'honest', custody: new Set<number>(), isValidator: true }]
          await new Promise((resolve) => setTimeout(resolve, 50))
          return { root, height: 1, verdict, bytes: 0, ms: 100, outcomes: [] } as never
        },
      },
      peers: () => peers,
      chain: { finalAt: () => final, missing: () => undefined },
      store: { getSampleRecord: async () => undefined },
      events: createEventHub(silent),
      log: silent,
    },
  )
  t.teardown(() => samples.stop())
  samples.final([final])
  // Long before the ten seconds that a block waits for which nobody is new.
  await until('the second verdict', 8_000, () => samples.counts.available === 1)
  t.is(runs, 2)
})

test('who was cut off samples what had been withheld before all that came meanwhile', async (t) => {
  const { proposal, header } = await blocks.block({ height: 1 })
  const WITHHELD = [1, 2, 3]
  const MEANWHILE = 150
  const finals = Array.from({ length: WITHHELD.length + MEANWHILE }, (_, i) => ({
    root: new Uint8Array(32).fill(i + 1),
    announcement: {
      header: { ...proposal.header, message: { ...header, height: i + 1 } },
      commitments: proposal.commitments,
    },
  }))
  let peers = [{ id: 'colluding', custody: new Set([1]), isValidator: false }]
  const sampled: number[] = []
  const samples = createLightSamples(
    { maxBands: 8, failureProbability: 0.005, backlogBlocks: 0, backlogBytes: 0, patienceMs: 1_000 },
    {
      sampler: {
        async sample(root, { header: { message } }) {
          const isThere = peers.length > 1
          await new Promise((resolve) => setTimeout(resolve, isThere ? 100 : 10))
          sampled.push(message.height)
          const verdict = isThere ? 'available' : 'unavailable'
          return { root, height: message.height, verdict, bytes: 0, ms: 100, outcomes: [] } as never
        },
      },
      peers: () => peers,
      chain: { finalAt: (height) => finals[height - 1], missing: () => undefined },
      store: { getSampleRecord: async () => undefined },
      events: createEventHub(silent),
      log: silent,
    },
  )
  t.teardown(() => samples.stop())
  for (const final of finals.slice(0, WITHHELD.length)) samples.final([final])
  await until('the first verdicts', 5_000, () => samples.counts.unavailable === WITHHELD.length)
  sampled.length = 0
  // Somebody who serves, and at once all that became final in the meantime.
  peers = [...peers, { id: 'honest', custody: new Set<number>(), isValidator: true }]
  samples.final(finals.slice(WITHHELD.length))
  await until('all verdicts', 30_000, () => samples.counts.available === finals.length)
  const last = Math.max(...WITHHELD.map((height) => sampled.indexOf(height)))
  t.true(last < MEANWHILE / 2, `after ${last} others`)
})

test('a new header is sampled when it becomes final, and without that after some patience, which its deadline lacks', async (t) => {
  const { proposal, header } = await blocks.block({ height: 1 })
  const named = (height: number) => ({
    root: new Uint8Array(32).fill(height),
    announcement: {
      header: { ...proposal.header, message: { ...header, height } },
      commitments: proposal.commitments,
    },
  })
  const sampled: { height: number; waitedMs: number | undefined }[] = []
  const create = (patienceMs: number) =>
    createLightSamples(
      { maxBands: 8, failureProbability: 0.005, backlogBlocks: 0, backlogBytes: 0, patienceMs },
      {
        sampler: {
          async sample(root, { header: { message } }, { waitedMs }) {
            sampled.push({ height: message.height, waitedMs })
            return {
              root,
              height: message.height,
              verdict: 'available',
              bytes: 0,
              ms: 1,
              outcomes: [],
            } as never
          },
        },
        peers: () => [],
        chain: { finalAt: () => undefined, missing: () => undefined },
        store: { getSampleRecord: async () => undefined },
        events: createEventHub(silent),
        log: silent,
      },
    )
  const patient = create(600_000)
  patient.fresh(named(1).root, named(1).announcement)
  patient.fresh(named(2).root, named(2).announcement)
  patient.final([named(2)])
  await until('the final one', 10_000, () => patient.counts.available === 1)
  t.deepEqual(sampled, [{ height: 2, waitedMs: 0 }])
  patient.stop()
  const hasty = create(5)
  hasty.fresh(named(3).root, named(3).announcement)
  t.is(sampled.length, 1)
  await until('the one that is not final', 10_000, () => hasty.counts.available === 1)
  t.deepEqual(sampled[1], { height: 3, waitedMs: 5 })
  hasty.stop()
})
