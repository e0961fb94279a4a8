// `npm run bench`: our KZG beside the libraries that others use, in one run, in turn, warm, on one thread. The rivals
// are installed by `npm install --prefix bench`; without them ours is measured alone. Options: --json prints one JSON
// object; --quick takes fewer rounds; --only kzg,load,grid,primitives,workers,memory picks parts; --without a,b
// leaves rivals out;
// --rows 1,8,64,256 says how large the grids are.

import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { createKzg } from '../src/kzg/index.ts'
import { measureGrid, measureWorkers } from './grid.ts'
import { measureLoading } from './load.ts'
import { type Figure, measure } from './measure.ts'
import { measureMemory } from './memory.ts'
import { contestantsOf, loadOurs, makeInput, operations } from './operations.ts'
import { measurePrimitives } from './primitives.ts'
import { loadRival, type Rival, rivalNames } from './rivals.ts'
import { tableOf } from './table.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: 'kzg,primitives,grid,workers,load,memory' },
    without: { type: 'string', default: '' },
    rows: { type: 'string', default: '1,8,64,256' },
  },
})
const parts = new Set(values.only.split(','))
const without = new Set(values.without.split(','))
const say = (line: string): void => void process.stderr.write(`${line}\n`)

const machine = {
  date: new Date().toISOString().slice(0, 10),
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
}
say(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.date}`)

const results: Figure[] = []
const report = (figures: readonly Figure[]): void => {
  results.push(...figures)
  if (!values.json && figures.length > 0) process.stdout.write(`${tableOf(figures)}\n\n`)
}

const rivals: Rival[] = []
if (parts.has('kzg') || parts.has('grid') || parts.has('load')) {
  for (const name of rivalNames.filter((candidate) => !without.has(candidate))) {
    try {
      rivals.push(await loadRival(name))
    } catch {
      say(`${name} is not installed (npm install --prefix bench): left out`)
    }
  }
}
const kzg = await createKzg()

if (parts.has('kzg')) {
  const ours = [
    await loadOurs('weft', { kind: 'float' }),
    await loadOurs('weft (integer)', { kind: 'integer' }),
  ]
  const input = makeInput(kzg)
  for (const operation of operations) {
    const contestants = contestantsOf(operation, [...ours, ...rivals], input)
    const options = values.quick
      ? { rounds: 7, warmUp: 3, budgetMs: 3_000 }
      : { rounds: 25, warmUp: 10, budgetMs: 12_000 }
    report(measure(operation.op, contestants, options))
  }
}
if (parts.has('primitives')) report(await measurePrimitives(['float', 'integer'], values.quick ? 15 : 51))
if (parts.has('grid')) {
  const native = rivals.filter(({ impl }) => impl === 'c-kzg' || impl === 'node-eth-kzg')
  report(await measureGrid(kzg, native, values.rows.split(',').map(Number)))
}
if (parts.has('workers')) report(await measureWorkers([1, 2]))
if (parts.has('load'))
  report(
    measureLoading(
      rivals.map(({ impl }) => impl),
      values.quick ? 1 : 3,
    ),
  )

const memory = parts.has('memory') ? measureMemory(values.quick ? 1_000 : 10_000) : []
if (!values.json) {
  for (const { role, wasmMiB, residentMiB, calls, heapGrowthKiB } of memory) {
    process.stdout.write(
      `${role}: ${wasmMiB} MiB of WASM memory, ${residentMiB} MiB resident; ${calls} calls added ${heapGrowthKiB} KiB of heap\n`,
    )
  }
}

if (values.json) process.stdout.write(`${JSON.stringify({ machine, results, memory })}\n`)
