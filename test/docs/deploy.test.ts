// What lies in deploy/ names things that are there: metrics of the table, options of the command, scripts of the package.

import test from 'ava'
import { notices } from '../../deploy/notices.ts'
import { metricTable } from '../../src/api/metric-table.ts'
import { createPrometheusMetrics } from '../../src/api/prometheus.ts'
import { variableName } from '../../src/cli/options/names.ts'
import { options } from '../../src/cli/options/table.ts'
import { read } from './pages.ts'

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

const expressions = (): readonly string[] => {
  const { panels } = JSON.parse(read('deploy/grafana.json')) as { readonly panels: readonly Panel[] }
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
}

test('the dashboard and the alarms ask only for metrics that a node has, with labels that they have', async (t) => {
  const own = await createPrometheusMetrics().text()
  const asked = [
    ...expressions(),
    ...read('deploy/alerts.yml')
      .split('\n')
      .filter((line) => /expr:/.test(line)),
  ]
  t.true(asked.length > 30)
  for (const expression of asked) {
    for (const [, name = '', selector = ''] of expression.matchAll(/\b(weft_[a-z0-9_]+)(?:\{([^}]*)\})?/g)) {
      if (name.startsWith('weft_process_')) {
        t.true(own.includes(`# TYPE ${name} `), name)
        continue
      }
      const spec = metricTable[name.replace(/_bucket$/, '')]
      t.truthy(spec, name)
      t.is(spec?.kind === 'histogram', name.endsWith('_bucket'), name)
      for (const [, label = ''] of selector.matchAll(/(\w+)\s*(?:=|!=)/g)) {
        t.true(['instance', ...(spec?.labels ?? [])].includes(label), `${label} of ${name}`)
      }
    }
  }
})

test('every metric that tells of trouble is on the dashboard', (t) => {
  const shown = expressions().join('\n')
  for (const name of Object.keys(metricTable)) {
    if (/failures|damaged|repairs|evidence|invalid|penalties|bans/.test(name))
      t.true(shown.includes(name), name)
  }
})

test('services are configured by variables that are options', (t) => {
  const known = new Set(Object.keys(options).map(variableName))
  const named = ['deploy/weft.service', 'deploy/Dockerfile', 'docs/running.md'].flatMap((path) => [
    ...read(path).matchAll(/WEFT_[A-Z_]+/g),
  ])
  t.true(named.length > 2)
  for (const [name] of named) t.true(known.has(name), name)
})

test('the notices of third-party code are those of the lock file, and no licence is one that forbids use', (t) => {
  const page = notices(read('package-lock.json'))
  t.is(read('THIRD-PARTY.md'), page, 'npm run notices')
  const rows = page.split('\n').filter((line) => /^\| [@a-z]/.test(line) && !line.startsWith('| package'))
  t.true(rows.length > 50)
  const free = /MIT|Apache-2\.0|ISC|BSD|CC0|0BSD|Unlicense|BlueOak|Python-2\.0/
  for (const row of rows) t.regex(row, free)
})
