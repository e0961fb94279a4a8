// Draws the study: results/study.jsonl into docs/images/scale-*.svg and results/study.csv. `node bench/scale/plots.ts`.

import { readFileSync, writeFileSync } from 'node:fs'
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { RunResult } from './result.ts'
import type { Scenario } from './scenario.ts'

interface Run {
  readonly name: string
  readonly command: string
  readonly scenario: Scenario
  readonly result: RunResult
  readonly seconds: number
  readonly memoryMiB: number
}

const runs = readFileSync(new URL('./results/study.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Run)

const MB = 1e6
const digits = (value: number | null): string =>
  value === null || Number.isNaN(value) ? '' : String(Number(value.toPrecision(4)))

const columns: Readonly<Record<string, (run: Run) => string>> = {
  run: ({ name }) => name,
  nodes: ({ scenario }) => String(scenario.nodes),
  rows: ({ scenario }) => String(scenario.rows),
  hostile: ({ scenario }) => String(scenario.hostile),
  built: ({ result }) => String(result.built),
  certified: ({ result }) => String(result.certified),
  nil_heights: ({ result }) => String(result.nilHeights),
  certificate_ms_p50: ({ result }) => digits(result.certificateMs.p50),
  certificate_ms_max: ({ result }) => digits(result.certificateMs.max),
  certificate_ms_95_of_full: ({ result }) => digits(result.certificateMsOf.full),
  certificate_ms_95_of_light: ({ result }) => digits(result.certificateMsOf.light),
  kept_ms_validator_p50: ({ result }) => digits(result.keptMs.validator.p50),
  kept_ms_full_p50: ({ result }) => digits(result.keptMs.full.p50),
  kept_ms_full_p95: ({ result }) => digits(result.keptMs.full.p95),
  kept_share_full: ({ result }) => digits(result.keptShare.full),
  sampled: ({ result }) => String(result.sampled),
  available: ({ result }) => String(result.available),
  available_at_last: ({ result }) => String(result.availableAtLast),
  sampling_ms_p50: ({ result }) => digits(result.samplingMs.p50),
  sent_mb_validator: ({ result }) => digits(result.sentBytes.validator / MB),
  sent_mb_most: ({ result }) => digits(result.mostSentBytes / MB),
  sent_mb_full: ({ result }) => digits(result.sentBytes.full / MB),
  sent_mb_light: ({ result }) => digits(result.sentBytes.light / MB),
  received_mb_validator: ({ result }) => digits(result.receivedBytes.validator / MB),
  received_mb_full: ({ result }) => digits(result.receivedBytes.full / MB),
  received_mb_light: ({ result }) => digits(result.receivedBytes.light / MB),
  duplicates: ({ result }) => digits(result.duplicateShare),
  seconds: ({ seconds }) => String(Math.round(seconds)),
  memory_mib: ({ memoryMiB }) => String(memoryMiB),
  command: ({ command }) => command,
}

const csv = [
  Object.keys(columns).join(','),
  ...runs.map((run) =>
    Object.values(columns)
      .map((cell) => cell(run))
      .join(','),
  ),
]
writeFileSync(new URL('./results/study.csv', import.meta.url), `${csv.join('\n')}\n`)

const draw = async (name: string, spec: TopLevelSpec): Promise<void> => {
  const config = { font: 'sans-serif', view: { stroke: 'transparent' } }
  const view = new View(parse(compile({ background: 'white', config, ...spec } as TopLevelSpec).spec), {
    renderer: 'none',
  })
  const svg = await view.toSVG()
  writeFileSync(new URL(`../../docs/images/scale-${name}.svg`, import.meta.url), `${svg}\n`)
}

const of = (prefix: string): readonly Run[] => runs.filter(({ name }) => name.startsWith(prefix))
const size = { width: 520, height: 300 }
const rowsAxis = {
  field: 'rows',
  type: 'quantitative',
  scale: { type: 'log', base: 2 },
  title: 'rows of the block',
} as const

// Where no block was certified there is nothing to draw: the curve ends.
const certificates = [
  ...of('size/home/').map((run) => ({ run, kind: 'home, 50 Mbit/s up' })),
  ...of('size/two-copies/').map((run) => ({ run, kind: 'home, two copies from the leader' })),
  ...of('size/server/').map((run) => ({ run, kind: 'data centre, 1 Gbit/s' })),
].flatMap(({ run, kind }) =>
  run.result.certified === 0
    ? []
    : [{ rows: run.scenario.rows, kind, seconds: run.result.certificateMs.p50 / 1_000 }],
)
await draw('certificate', {
  ...size,
  title: '100 nodes: from the header to the finalize certificate',
  data: { values: certificates },
  mark: { type: 'line', point: true },
  encoding: {
    x: rowsAxis,
    y: { field: 'seconds', type: 'quantitative', scale: { type: 'log' }, title: 'seconds (median)' },
    color: { field: 'kind', type: 'nominal', title: null },
  },
})

const traffic = of('size/server/').flatMap(({ scenario: { rows }, result }) => [
  { rows, what: 'leader and its like, most sent', mb: result.mostSentBytes / MB },
  { rows, what: 'validator, received', mb: result.receivedBytes.validator / MB },
  { rows, what: 'full node, received', mb: result.receivedBytes.full / MB },
  { rows, what: 'light node, received', mb: result.receivedBytes.light / MB },
])
await draw('traffic', {
  ...size,
  title: '100 nodes: bytes for each block',
  data: { values: traffic },
  mark: { type: 'line', point: true },
  encoding: {
    x: rowsAxis,
    y: { field: 'mb', type: 'quantitative', scale: { type: 'log' }, title: 'MB a block' },
    color: { field: 'what', type: 'nominal', title: null },
  },
})

const spread = of('nodes/').flatMap(({ scenario: { nodes, rows }, result }) =>
  (['validator', 'light'] as const).flatMap((role) => {
    const ms = result.certificateMsOf[role]
    return ms === null || Number.isNaN(ms)
      ? []
      : [{ nodes, kind: `${rows} rows, ${role}s`, seconds: ms / 1_000 }]
  }),
)
await draw('nodes', {
  ...size,
  title: 'Until 95 % of the nodes have the certificate',
  data: { values: spread },
  mark: { type: 'line', point: true },
  encoding: {
    x: { field: 'nodes', type: 'quantitative', scale: { type: 'log' }, title: 'nodes' },
    y: { field: 'seconds', type: 'quantitative', title: 'seconds' },
    color: { field: 'kind', type: 'nominal', title: null },
  },
})

const sampling = of('peers/').flatMap(({ name, scenario: { nodes }, result }) =>
  result.sampled === 0
    ? []
    : [
        {
          network: `${nodes} nodes, ${name.split('/')[1]}`,
          share: result.available / result.sampled,
        },
      ],
)
await draw('sampling', {
  width: 520,
  title: 'Honest blocks of 8 rows that light nodes find available by the deadline',
  data: { values: sampling },
  mark: 'bar',
  encoding: {
    y: { field: 'network', type: 'nominal', sort: null, title: null },
    x: {
      field: 'share',
      type: 'quantitative',
      scale: { domain: [0, 1] },
      axis: { format: '%' },
      title: null,
    },
  },
})
