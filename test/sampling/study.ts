// `npm run study:sampling`: light nodes with the real sampler against adversaries, measured beside the formulas, as the
// table of docs/sampling.md, and docs/images/linking.svg. Seeds are fixed: two runs print the same.
// Options: --nodes 50,200,1000; --runs 4,2,1 (as many numbers); --no-plot.

import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parse, View } from 'vega'
import { compile } from 'vega-lite'
import { missesAll } from '../../src/chain/coverage.ts'
import { leastMissing, requiredSamples, sampledTiles } from '../../src/grid/sampling-bound.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { drawIndices } from '../../src/sampling/draw.ts'
import { linking, oblivious, square } from './adversary.ts'
import { type Expected, fooledByLinking, fooledByOblivious, probabilityOf, timesRuns } from './formulas.ts'
import { seeded } from './helpers.ts'
import { samplePopulation } from './population.ts'
import { createTileSet } from './tile-set.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '50,200,1000' },
    runs: { type: 'string', default: '4,2,1' },
    'no-plot': { type: 'boolean', default: false },
  },
})
const runsOf = values.runs.split(',').map(Number)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const shape = shapeOf(8, 8)
const total = sampledTiles(shape)

say(
  '| adversary | nodes | runs | samples | fooled, measured | by formula | standard deviation | so far off by chance |',
)
say('| --- | --- | --- | --- | --- | --- | --- | --- |')
/** Whole percents, but for what is rare. */
const percent = (share: number): string =>
  share >= 0.1 ? `${(100 * share).toFixed(0)} %` : `${(100 * share).toPrecision(2)} %`
const line = (
  name: string,
  nodes: number,
  runs: number,
  samples: number,
  fooled: number,
  expected: Expected,
) => {
  say(
    `| ${name} | ${nodes} | ${runs} | ${samples} | ${fooled} | ${expected.mean.toFixed(1)} | ${expected.deviation.toFixed(1)} | ${percent(probabilityOf(fooled, expected))} |`,
  )
}

for (const [i, nodes] of values.nodes.split(',').map(Number).entries()) {
  const runs = runsOf[i] ?? 1
  const failureProbability = 0.1
  const each = { rows: 8, maxBands: 8, failureProbability, nodes }
  const samples = requiredSamples({ ...shape, confidence: 1 - failureProbability })
  for (const [name, bands] of [
    ['oblivious, 65 columns', 16],
    ['oblivious, 9 bands by 65 columns', 9],
  ] as const) {
    let fooled = 0
    for (let run = 0; run < runs; run++)
      fooled += (
        await samplePopulation(
          { ...each, seed: 31 * nodes + run },
          oblivious(shape, square(shape, bands, 65)),
        )
      ).fooled
    line(
      name,
      nodes,
      runs,
      samples,
      fooled,
      timesRuns(fooledByOblivious(nodes, total, 65 * bands, samples), runs),
    )
  }
  const victims = Math.min(nodes / 2, 80)
  let fooled = 0
  for (let run = 0; run < runs; run++) {
    const chosen = new Set(Array.from({ length: victims }, (_, victim) => victim))
    fooled += (
      await samplePopulation(
        { ...each, seed: 37 * nodes + run },
        linking(shape, square(shape, 16, 128), chosen),
      )
    ).fooled
  }
  line(
    `linking, ${victims} victims`,
    nodes,
    runs,
    samples,
    fooled,
    timesRuns(fooledByLinking(nodes, total, total, samples, victims), runs),
  )
}

if (!values['no-plot']) {
  const samples = requiredSamples({ ...shape, confidence: 0.995 })
  const random = seeded(5)
  const rows: Record<string, string | number>[] = []
  const runs = 300
  for (let victims = 0; victims <= 90; victims += 3) {
    let restored = 0
    let out = 0
    for (let run = 0; run < runs; run++) {
      const tiles = createTileSet(shape)
      for (let victim = 0; victim < victims; victim++)
        for (const tile of drawIndices(total, samples, random)) tiles.add(Math.floor(tile / 128), tile % 128)
      out += tiles.size / total
      if (tiles.restores()) restored += 1
    }
    rows.push({ victims, what: 'tiles that are out, measured', share: out / runs, measured: 'yes' })
    rows.push({ victims, what: 'the block is restored, measured', share: restored / runs, measured: 'yes' })
    rows.push({ victims, what: 'tiles that are out, formula', share: 1 - (1 - samples / total) ** victims })
    const unreleased = Math.round(total * (1 - samples / total) ** victims)
    rows.push({
      victims,
      what: 'any other node is fooled, formula',
      share: missesAll(total, unreleased, samples),
    })
    rows.push({ victims, what: 'counting bound', share: 1 - leastMissing(shape) / total })
  }
  const { spec } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: 'What linking peers give away, B = 8, 16 samples a node',
      subtitle: `each victim that is served adds its tiles to what is out; ${runs} runs a point`,
    },
    background: 'white',
    width: 560,
    height: 300,
    data: { values: rows },
    mark: { type: 'line', point: { size: 18 } },
    encoding: {
      x: { field: 'victims', type: 'quantitative', title: 'victims served' },
      y: { field: 'share', type: 'quantitative', title: 'share', axis: { format: '%' } },
      color: { field: 'what', type: 'nominal', title: null, sort: null },
    },
  })
  const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url))
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}linking.svg`, await new View(parse(spec), { renderer: 'none' }).toSVG())
  say(`\nwrote docs/images/linking.svg`)
}
process.exit(0)
