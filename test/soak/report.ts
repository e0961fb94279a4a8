// A soak's results as CSV and as a page in Markdown.

import type { ReadOutcome } from '../faults/support/load.ts'
import type { MeasureVerdict, NodeLog } from './judge.ts'
import { CEILING_MB, judgedFrom, measures } from './judge.ts'
import { median, most } from './slope.ts'

export type ReadCounts = Record<ReadOutcome, number>

export interface SoakResult {
  readonly title: string
  readonly seed: number
  readonly node: string
  readonly retentionMs: number
  readonly finalHeight: number
  readonly blobs: number
  readonly bytes: number
  readonly refused: number
  readonly certifySeconds: readonly number[]
  readonly reads: ReadCounts
  /** Most MB on disk, by node. */
  readonly disk: Readonly<Record<string, number>>
  readonly broken: readonly string[]
  readonly measures: readonly MeasureVerdict[]
  readonly longTurns: number
  readonly nodes: readonly NodeLog[]
}

const MB = 2 ** 20

export const csvOf = (logs: readonly NodeLog[]): string => {
  const fields = Object.keys(logs.find(({ samples }) => samples.length > 0)?.samples[0] ?? {})
  const rows = logs.flatMap(({ name, role, samples }) =>
    samples.map((sample) =>
      [name, role, ...fields.map((field) => sample[field as keyof typeof sample] ?? '')].join(','),
    ),
  )
  return `${[['node', 'role', ...fields].join(','), ...rows].join('\n')}\n`
}

export const pageOf = (result: SoakResult): string => {
  const { nodes, reads, certifySeconds, broken } = result
  const sorted = [...certifySeconds].sort((a, b) => a - b)
  const lines = [
    `# ${result.title}`,
    '',
    `Node ${result.node}, seed ${result.seed}. Final height ${result.finalHeight}; ${result.blobs} blobs ` +
      `(${(result.bytes / MB).toFixed(1)} MB) certified, after ${median(sorted).toFixed(1)} s in the median and ` +
      `${(sorted[Math.floor(sorted.length * 0.99)] ?? 0).toFixed(1)} s at p99; ${result.refused} refused. Retention ` +
      `${result.retentionMs / 1000} s. Reads: ${Object.entries(reads)
        .map(([outcome, count]) => `${outcome} ${count}`)
        .join(', ')}.`,
    '',
    '| role | resident MB, median | resident MB, most | ceiling | disk MB, most | descriptors, most | longest turn ms (CPU) | longest collection ms |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...(['validator', 'full', 'light'] as const).map((role) => {
      const mine = nodes.filter((node) => node.role === role)
      const samples = mine.flatMap((node) => node.samples)
      // Starting takes a second of loading in one turn; what is told is what running takes.
      const warm = mine.flatMap((node) => node.samples.filter(({ atMs }) => atMs >= judgedFrom(node.samples)))
      const rss = samples.map(({ rssBytes }) => rssBytes / MB)
      const cells = [
        role,
        median(rss).toFixed(0),
        most(rss).toFixed(0),
        CEILING_MB[role],
        most(mine.map(({ name }) => result.disk[name] ?? 0)),
        most(samples.map(({ descriptors }) => descriptors)),
        most(warm.map(({ turnCpuMs }) => turnCpuMs)).toFixed(0),
        most(warm.map(({ gcMaxMs }) => gcMaxMs)).toFixed(0),
      ]
      return `| ${cells.join(' | ')} |`
    }),
    '',
    '| measure | worst node | median | climb | allowed |',
    '| --- | --- | --- | --- | --- |',
    ...Object.keys(measures).map((measure) => {
      const worst = result.measures
        .filter((verdict) => verdict.measure === measure)
        .reduce((a, b) => (b.climb / b.allowed > a.climb / a.allowed ? b : a))
      const { node, unit, median: middle, climb, allowed } = worst
      const figure = (value: number) => `${value.toFixed(1)}${unit === '' ? '' : ` ${unit}`}`
      return `| ${measure} | ${node} | ${figure(middle)} | ${figure(climb)} | ${figure(allowed)} |`
    }),
    '',
    `Turns of a main thread above 50 ms of CPU, without garbage collection: ${result.longTurns}.`,
    '',
    broken.length === 0 ? 'Nothing climbed, nothing broke.' : 'What did not hold:',
    ...broken.map((sentence) => `- ${sentence}`),
  ]
  return `${lines.join('\n')}\n`
}
