// The metrics of a node in Prometheus's text form, and Node's own beside them (memory, CPU, descriptors, event loop).
// A name that is not in the table, or a label that is not its own, is a mistake of ours: it throws in tests and is
// dropped, and counted, in a running node.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Labels, Metrics } from '../base/metrics.ts'
import { type MetricSpec, metricTable } from './metric-table.ts'

export interface PrometheusMetrics extends Metrics {
  /** The exposition text. */
  text(): Promise<string>
  readonly contentType: string
}

/** From a millisecond to a minute. */
const SECONDS_BUCKETS = [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export const createPrometheusMetrics = (labels: Labels = {}): PrometheusMetrics => {
  const registry = new Registry()
  registry.setDefaultLabels(labels)
  collectDefaultMetrics({ register: registry, prefix: 'weft_process_' })
  const unknown = new Counter({
    name: 'weft_metrics_unknown_total',
    help: 'Observations of metrics that are not in the table',
    registers: [registry],
  })
  const counters = new Map<string, Counter>()
  const gauges = new Map<string, Gauge>()
  const histograms = new Map<string, Histogram>()
  for (const [name, spec] of Object.entries(metricTable)) {
    const init = { name, help: spec.help, labelNames: [...spec.labels], registers: [registry] }
    if (spec.kind === 'counter') counters.set(name, new Counter(init))
    else if (spec.kind === 'gauge') gauges.set(name, new Gauge(init))
    else histograms.set(name, new Histogram({ ...init, buckets: SECONDS_BUCKETS }))
  }

  const isKnown = (name: string, kind: MetricSpec['kind'], own: Labels | undefined): boolean => {
    const spec = metricTable[name]
    const fits = spec?.kind === kind && Object.keys(own ?? {}).every((label) => spec.labels.includes(label))
    if (!fits) unknown.inc()
    return fits
  }

  return {
    count(name, by = 1, own) {
      if (isKnown(name, 'counter', own)) counters.get(name)?.inc(own ?? {}, by)
    },
    gauge(name, value, own) {
      if (isKnown(name, 'gauge', own)) gauges.get(name)?.set(own ?? {}, value)
    },
    observe(name, value, own) {
      if (isKnown(name, 'histogram', own)) histograms.get(name)?.observe(own ?? {}, value)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
