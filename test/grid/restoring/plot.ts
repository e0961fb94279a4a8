// `npm run plot:restoring`: how many light nodes restore a block, measured beside derived. Prints one line for each
// point and writes docs/images/restoring.svg. Seeds are fixed; two runs give the same picture.

import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse, View } from 'vega'
import { compile } from 'vega-lite'
import {
  densityThreshold,
  enoughNodes,
  nodesForShare,
  stuckProbability,
} from '../../../src/grid/restoring-threshold.ts'
import { countRestored, samplesOf, seededRandom } from './measure.ts'

const RUNS = 2_000
const POINTS = 17

const rows: Record<string, string | number>[] = []
const charts: string[] = []
for (const bands of [1, 2, 4, 8, 16, 64]) {
  const shape = { bands, zeroBands: 0 }
  const samples = samplesOf(shape)
  const block = { ...shape, samples }
  const chart = `B = ${bands}, ${samples} samples a node`
  charts.push(chart)
  const density = nodesForShare(block, densityThreshold(shape))
  const enough = enoughNodes(block, 0.99)
  process.stdout.write(`${chart}: density evolution ${density.toFixed(1)}, enough by derivation ${enough}\n`)
  const from = Math.floor(0.95 * (bands === 1 ? 8 : density))
  const to = Math.ceil(1.08 * enough)
  const step = Math.max(1, Math.round((to - from) / POINTS))
  for (let nodes = from; nodes <= to; nodes += step) {
    const { atLeast, atMost } = stuckProbability(block, nodes)
    const measured = countRestored(shape, nodes, RUNS, seededRandom(bands * 100_000 + nodes)) / RUNS
    const deviation = 2 * Math.sqrt((measured * (1 - measured)) / RUNS)
    rows.push({
      chart,
      nodes,
      most: 1 - atLeast,
      least: 1 - atMost,
      measured,
      low: measured - deviation,
      high: measured + deviation,
      density,
    })
    process.stdout.write(
      `  ${nodes} nodes: restored ${(100 * measured).toFixed(1)} %, derived ${(100 * (1 - atMost)).toFixed(1)} to ${(100 * (1 - atLeast)).toFixed(1)} %\n`,
    )
  }
}

const domain: number[] = [0, 1]
const share = { type: 'quantitative' as const, scale: { domain }, axis: { format: '%' } }
const nodes = { field: 'nodes', type: 'quantitative', scale: { zero: false }, title: 'light nodes' } as const
const { spec } = compile({
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  title: {
    text: 'Blocks restored from light nodes’ samples alone',
    subtitle: `points: measured, ${RUNS} networks each; band: derived, between its two bounds; dashed: density evolution`,
  },
  background: 'white',
  data: { values: rows },
  facet: { field: 'chart', type: 'nominal', sort: charts, title: null },
  columns: 3,
  resolve: { scale: { x: 'independent' } },
  spec: {
    width: 230,
    height: 160,
    layer: [
      {
        mark: { type: 'area', opacity: 0.35, color: '#4c78a8', stroke: '#4c78a8' },
        encoding: {
          x: nodes,
          y: { field: 'least', ...share, title: 'blocks restored' },
          y2: { field: 'most' },
        },
      },
      {
        mark: { type: 'rule', color: '#888888', strokeDash: [4, 3] },
        encoding: { x: { field: 'density', type: 'quantitative', aggregate: 'max' } },
      },
      {
        mark: { type: 'point', filled: true, color: '#e45756', size: 28 },
        encoding: { x: nodes, y: { field: 'measured', ...share } },
      },
    ],
  },
})
const view = new View(parse(spec), { renderer: 'none' })
const folder = fileURLToPath(new URL('../../../docs/images/', import.meta.url))
mkdirSync(folder, { recursive: true })
writeFileSync(`${folder}restoring.svg`, `${await view.toSVG()}\n`)
process.stdout.write('wrote docs/images/restoring.svg\n')
