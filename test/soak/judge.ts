// What a soak's measurements say: for each node and measure the fitted climb over the judged stretch, against what noise
// and caches explain; resident memory against the stated ceilings; turns of the main thread above 50 ms.

import type { Role } from '../faults/support/processes.ts'
import type { LongTurn, Sample } from './instrument.ts'
import { binned, least, median, most, slopeOf } from './slope.ts'

export interface NodeLog {
  readonly name: string
  readonly role: Role
  readonly samples: readonly Sample[]
  readonly longTurns: readonly LongTurn[]
}

/** A measure: its value in the table's unit, and the climb that counts as none. */
interface Measure {
  readonly unit: string
  readonly measured: (sample: Sample) => number
  /** What stands for a stretch: the least for what garbage collection lets swing, the median otherwise. */
  readonly of: (values: readonly number[]) => number
  readonly floor: number
  /** Share of the median. */
  readonly share: number
}

const MB = 2 ** 20

export const measures: Readonly<Record<string, Measure>> = {
  'resident memory': { unit: 'MB', measured: (s) => s.rssBytes / MB, of: median, floor: 20, share: 0.08 },
  'heap after collection': {
    unit: 'MB',
    measured: (s) => s.heapUsedBytes / MB,
    of: least,
    floor: 6,
    share: 0.1,
  },
  descriptors: { unit: '', measured: (s) => s.descriptors, of: median, floor: 5, share: 0.1 },
  timers: { unit: '', measured: (s) => s.timers, of: median, floor: 10, share: 0.15 },
  handles: { unit: '', measured: (s) => s.handles, of: median, floor: 5, share: 0.1 },
  'event-loop delay, p50': { unit: 'ms', measured: (s) => s.delayP50Ms, of: median, floor: 3, share: 0.2 },
  'event-loop delay, p99': { unit: 'ms', measured: (s) => s.delayP99Ms, of: median, floor: 15, share: 0.5 },
  'longest turn, CPU': { unit: 'ms', measured: (s) => s.turnCpuMs, of: median, floor: 5, share: 0.25 },
}

/** Resident memory that the documents promise, in MB. */
export const CEILING_MB: Readonly<Record<Role, number>> = { light: 250, full: 600, validator: 600 }

const BINS = 24
/** Share of the run that is left out at its beginning: caches fill, the first retention window has not passed. */
export const WARM_UP = 0.25
const LONG_TURN_MS = 50
/** Turns are judged from so long after the first sample: starting a process takes one of a second. */
const STARTED_MS = 30_000

export interface MeasureVerdict {
  readonly node: string
  readonly measure: string
  readonly unit: string
  readonly median: number
  readonly most: number
  /** Fitted slope times the length of the judged stretch. */
  readonly climb: number
  readonly allowed: number
  readonly climbs: boolean
}

export interface SoakVerdict {
  readonly broken: readonly string[]
  readonly measures: readonly MeasureVerdict[]
  readonly longTurns: readonly (LongTurn & { readonly node: string })[]
}

/** `climbs`: whether what climbs counts as broken; a short run only tells it. */
export const judgeSoak = (
  logs: readonly NodeLog[],
  { climbs: judgesClimbs } = { climbs: true },
): SoakVerdict => {
  const verdicts = logs.flatMap((log) => Object.keys(measures).map((name) => judgeMeasure(log, name)))
  const longTurns = logs.flatMap(({ name, samples, longTurns: turns }) => {
    const from = (samples[0]?.atMs ?? 0) + STARTED_MS
    return turns
      .filter(({ atMs, cpuMs, gcMs }) => atMs >= from && cpuMs - gcMs > LONG_TURN_MS)
      .map((turn) => ({ ...turn, node: name }))
  })
  const broken = [
    ...logs.filter(({ samples }) => samples.length < 3).map(({ name }) => `${name} gave no measurements`),
    ...verdicts
      .filter(({ climbs }) => judgesClimbs && climbs)
      .map(
        ({ node, measure, climb, allowed, unit }) =>
          `${measure} of ${node} climbs by ${climb.toFixed(1)} ${unit}, more than ${allowed.toFixed(1)}`,
      ),
    ...logs.flatMap(({ name, role, samples }) => {
      const peakMb = most(samples.map(({ rssBytes }) => rssBytes / MB))
      return peakMb > CEILING_MB[role]
        ? [`resident memory of ${name} reached ${peakMb.toFixed(0)} MB, more than ${CEILING_MB[role]}`]
        : []
    }),
    ...(longTurns.length === 0
      ? []
      : [
          `${longTurns.length} turns above ${LONG_TURN_MS} ms of CPU, the longest ` +
            `${most(longTurns.map(({ cpuMs, gcMs }) => cpuMs - gcMs)).toFixed(0)} ms`,
        ]),
  ]
  return { broken, measures: verdicts, longTurns }
}

/** Milliseconds since the epoch from which on a node's measurements are judged. */
export const judgedFrom = (samples: readonly Sample[]): number => {
  const [first, last] = [samples[0]?.atMs ?? 0, samples.at(-1)?.atMs ?? 0]
  return first + WARM_UP * (last - first)
}

const judgeMeasure = ({ name: node, samples }: NodeLog, measure: string): MeasureVerdict => {
  const { unit, measured, of, floor, share } = measures[measure]!
  const from = judgedFrom(samples)
  const points = samples
    .filter(({ atMs }) => atMs >= from)
    .map((sample) => ({ x: sample.atMs - from, y: measured(sample) }))
  const values = points.map(({ y }) => y)
  const middle = median(values)
  const length = (points.at(-1)?.x ?? 0) - (points[0]?.x ?? 0)
  const climb = slopeOf(binned(points, BINS, of)) * length
  const allowed = Math.max(floor, share * middle)
  return { node, measure, unit, median: middle, most: most(values), climb, allowed, climbs: climb > allowed }
}
