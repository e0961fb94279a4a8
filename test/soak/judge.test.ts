// What judges a soak, on made measurements whose truth is known: what climbs is found, what only swings is not.

import test from 'ava'
import type { Sample } from './instrument.ts'
import { judgeSoak, type NodeLog } from './judge.ts'
import { plotOf } from './plot.ts'
import { slopeOf } from './slope.ts'

const MB = 2 ** 20

const sample = (minute: number, changes: Partial<Sample> = {}): Sample => ({
  atMs: minute * 60_000,
  rssBytes: 150 * MB,
  heapUsedBytes: 60 * MB,
  externalBytes: 10 * MB,
  descriptors: 80,
  timers: 40,
  handles: 30,
  delayP50Ms: 10,
  delayP99Ms: 20,
  delayMaxMs: 40,
  turnCpuMs: 20,
  gcMaxMs: 5,
  threadCpuMs: 0,
  processCpuMs: 0,
  ...changes,
})

const logOf = (of: (minute: number) => Partial<Sample>, changes: Partial<NodeLog> = {}): NodeLog => ({
  name: 'light-1',
  role: 'light',
  samples: Array.from({ length: 240 }, (_, i) => sample(i / 4, of(i / 4))),
  longTurns: [],
  ...changes,
})

/** The same at every call: a value in -1..1 from the minute. */
const noise = (minute: number) => Math.sin(minute * 12.9898) * Math.cos(minute * 78.233)

test('the slope of a line is found among outliers', (t) => {
  const points = Array.from({ length: 40 }, (_, x) => ({ x, y: 3 * x + (x % 7 === 0 ? 500 : 0) }))
  t.true(Math.abs(slopeOf(points) - 3) < 0.2)
  t.is(slopeOf([]), 0)
})

test('what swings without climbing is not held against a node', (t) => {
  const log = logOf((minute) => ({
    rssBytes: (150 + 15 * noise(minute)) * MB,
    heapUsedBytes: (50 + 10 * (minute % 2)) * MB,
    descriptors: 80 + Math.round(4 * noise(minute)),
  }))
  t.deepEqual(judgeSoak([log]).broken, [])
})

test('caches that fill in the first quarter are not held against a node', (t) => {
  const log = logOf((minute) => ({ rssBytes: (90 + 4 * Math.min(minute, 15)) * MB }))
  t.deepEqual(judgeSoak([log]).broken, [])
})

for (const [what, of] of [
  ['resident memory', (minute: number) => ({ rssBytes: (120 + 1 * minute + 8 * noise(minute)) * MB })],
  [
    'heap after collection',
    (minute: number) => ({ heapUsedBytes: (40 + 0.5 * minute + 9 * (minute % 2)) * MB }),
  ],
  ['descriptors', (minute: number) => ({ descriptors: Math.round(80 + minute / 2) })],
  ['timers', (minute: number) => ({ timers: Math.round(40 + minute) })],
  ['handles', (minute: number) => ({ handles: Math.round(30 + minute / 3) })],
  ['event-loop delay, p99', (minute: number) => ({ delayP99Ms: 20 + minute })],
] as const) {
  test(`${what} that climbs is found`, (t) => {
    const { broken } = judgeSoak([logOf(of)])
    t.is(broken.length, 1)
    t.true(broken[0]?.startsWith(`${what} of light-1 climbs by `), broken[0])
  })
}

test('a peak above the ceiling of the role, and a long turn after the start, are found', (t) => {
  const peak = (minute: number) => (minute === 30 ? { rssBytes: 300 * MB } : {})
  t.regex(judgeSoak([logOf(peak)]).broken.join(), /reached 300 MB, more than 250/)
  t.deepEqual(judgeSoak([logOf(peak, { role: 'full' })]).broken, [])

  const turn = (minute: number, gcMs: number) =>
    ({ longTurn: true, atMs: minute * 60_000, wallMs: 90, cpuMs: 80, gcMs }) as const
  const turns = (longTurns: NodeLog['longTurns']) => judgeSoak([logOf(() => ({}), { longTurns })]).broken
  t.deepEqual(turns([turn(0.4, 0), turn(40, 60)]), [])
  t.regex(turns([turn(1, 0)]).join(), /1 turns above 50 ms of CPU, the longest 80 ms/)
  t.regex(turns([turn(40, 10)]).join(), /1 turns above 50 ms of CPU, the longest 70 ms/)
})

test('a node that gave no measurements does not pass', (t) => {
  t.regex(judgeSoak([logOf(() => ({}), { samples: [] })]).broken.join(), /gave no measurements/)
})

test('the plot is an SVG with a chart for each measure', async (t) => {
  const svg = await plotOf([logOf(() => ({}))], 'Soak')
  t.regex(svg, /^<svg /)
  for (const name of ['resident memory', 'descriptors', 'timers', 'event-loop delay'])
    t.true(svg.includes(name))
})
