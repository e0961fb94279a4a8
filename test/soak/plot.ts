// The soak as a picture: one small chart a measure, one line a node, coloured by role.

import * as vega from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import { measures, type NodeLog } from './judge.ts'
import { binned, median } from './slope.ts'

/** Points of a line: more cannot be seen, and the file stays small. */
const POINTS = 120

export const plotOf = async (logs: readonly NodeLog[], title: string): Promise<string> => {
  const startMs = Math.min(...logs.map(({ samples }) => samples[0]?.atMs ?? Infinity))
  const values = logs.flatMap(({ name, role, samples }) =>
    Object.entries(measures).flatMap(([measure, { unit, measured }]) => {
      const points = samples.map((sample) => ({ x: (sample.atMs - startMs) / 60_000, y: measured(sample) }))
      return binned(points, POINTS, median).map(({ x, y }) => ({
        node: name,
        role,
        measure: unit === '' ? measure : `${measure} (${unit})`,
        minute: Math.round(x * 100) / 100,
        value: Math.round(y * 100) / 100,
      }))
    }),
  )
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    background: 'white',
    data: { values },
    facet: { field: 'measure', type: 'nominal', title: null, sort: null },
    columns: 2,
    resolve: { scale: { y: 'independent' } },
    spec: {
      width: 420,
      height: 130,
      mark: { type: 'line', strokeWidth: 1, opacity: 0.8 },
      encoding: {
        x: { field: 'minute', type: 'quantitative', title: 'minutes' },
        y: { field: 'value', type: 'quantitative', title: null, scale: { zero: true } },
        color: { field: 'role', type: 'nominal', title: null },
        detail: { field: 'node', type: 'nominal' },
      },
    },
  }
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}
