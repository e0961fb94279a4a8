// The table of metrics is what the code counts, what Prometheus is given, and what docs/metrics.md says.

import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import test from 'ava'
import { metricTable } from '../../src/api/metric-table.ts'
import { createPrometheusMetrics } from '../../src/api/prometheus.ts'

const root = new URL('../../', import.meta.url)

test('every metric that the code names is in the table, with its kind, and every one of the table is named', async (t) => {
  const kinds = { count: 'counter', gauge: 'gauge', observe: 'histogram' } as const
  const seen = new Set<string>()
  for (const path of globSync('src/**/*.ts', { cwd: root })) {
    const source = await readFile(new URL(path, root), 'utf8')
    for (const [, call, name] of source.matchAll(/\.(count|gauge|observe)\(\s*'(weft_[a-z_]+)'/g)) {
      t.is(metricTable[name as string]?.kind, kinds[call as keyof typeof kinds], `${name} in ${path}`)
      seen.add(name as string)
    }
  }
  t.deepEqual(
    Object.keys(metricTable).filter((name) => !seen.has(name)),
    [],
  )
})

test('names carry their unit', (t) => {
  for (const [name, { kind }] of Object.entries(metricTable)) {
    if (kind === 'counter') t.regex(name, /_total$/)
    if (kind === 'histogram') t.regex(name, /_seconds$/)
  }
})

test('what is counted, set and observed is in the exposition text', async (t) => {
  const metrics = createPrometheusMetrics({ node: 'n' })
  metrics.count('weft_certificates_total', 2, { kind: 'nil' })
  metrics.gauge('weft_final_height', 7)
  metrics.observe('weft_encode_seconds', 0.3)
  metrics.count('weft_no_such_total')
  metrics.count('weft_certificates_total', 1, { other: 'label' })
  const text = await metrics.text()
  t.true(text.includes('weft_certificates_total{kind="nil",node="n"} 2'))
  t.true(text.includes('weft_final_height{node="n"} 7'))
  t.true(text.includes('weft_encode_seconds_count{node="n"} 1'))
  t.true(text.includes('weft_metrics_unknown_total{node="n"} 2'))
  t.regex(text, /weft_process_process_resident_memory_bytes/)
})

test('docs/metrics.md lists the table', async (t) => {
  const page = await readFile(new URL('docs/metrics.md', root), 'utf8')
  for (const [name, { kind, labels, help }] of Object.entries(metricTable)) {
    t.true(page.includes(`| \`${name}\` | ${kind} | ${labels.join(', ')} | ${help} |`), name)
  }
  const listed = [...page.matchAll(/^\| `(weft_\w+)` \|/gm)].map(([, name]) => name)
  t.deepEqual(listed, Object.keys(metricTable))
})
