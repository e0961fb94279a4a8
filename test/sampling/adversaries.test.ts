// Light nodes by the hundred, with the real sampler, against adversaries that answer obliviously and such that link a
// node's samples: the fooled are as many as the formulas of docs/sampling.md say. Numbers less probable than four standard
// deviations of a normal variable are refused, by their exact probability.

import test from 'ava'
import { leastMissing, requiredSamples, sampledTiles } from '../../src/grid/sampling-bound.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { greedy, linking, oblivious, type Pattern, square } from './adversary.ts'
import {
  type Expected,
  FOUR_DEVIATIONS,
  fooledByLinking,
  fooledByOblivious,
  probabilityOf,
  timesRuns,
} from './formulas.ts'
import { isLong } from './long.ts'
import { samplePopulation } from './population.ts'
import { createTileSet } from './tile-set.ts'

const RUNS = isLong ? 20 : 2
const POPULATIONS = isLong ? [50, 200, 1_000] : [50]

interface Case {
  readonly rows: number
  readonly maxBands: number
  readonly failureProbability: number
}

const settingOf = ({ rows, maxBands, failureProbability }: Case) => {
  const shape = shapeOf(rows, maxBands)
  return {
    shape,
    total: sampledTiles(shape),
    samples: requiredSamples({ ...shape, confidence: 1 - failureProbability }),
  }
}

const agrees = (
  t: { true(value: boolean, message?: string): void },
  fooled: number,
  expected: Expected,
  what: string,
) => {
  const probability = probabilityOf(fooled, expected)
  t.true(
    probability >= FOUR_DEVIATIONS,
    `${what}: ${fooled} fooled, expected ${expected.mean} +- ${expected.deviation}, probability ${probability}`,
  )
}

/** Tiles of the pattern among those that are drawn from. */
const missingOf = ({ shape }: ReturnType<typeof settingOf>, withheld: Pattern): number => {
  const tiles = createTileSet(shape)
  const bands = shape.bands === 1 ? 1 : 2 * shape.bands
  let missing = 0
  for (let band = 0; band < bands; band++)
    for (let column = 0; column < 128; column++)
      if (withheld(band, column) && !tiles.has(band, column)) missing += 1
  return missing
}

const cases: readonly Case[] = [
  { rows: 8, maxBands: 8, failureProbability: 0.1 },
  { rows: 3, maxBands: 8, failureProbability: 0.2 },
  ...(isLong
    ? [
        { rows: 8, maxBands: 8, failureProbability: 0.005 },
        { rows: 1, maxBands: 8, failureProbability: 0.05 },
        { rows: 64, maxBands: 64, failureProbability: 0.1 },
      ]
    : []),
]

for (const each of cases) {
  const setting = settingOf(each)
  const { shape, total, samples } = setting
  const patterns: readonly [string, Pattern][] = [
    ['65 columns', square(shape, 2 * shape.bands, 65)],
    ['a square of B+1 bands by 65 columns', square(shape, shape.bands === 1 ? 1 : shape.bands + 1, 65)],
  ]
  for (const nodes of POPULATIONS) {
    for (const [name, withheld] of patterns) {
      test(`${each.rows} rows, ${nodes} nodes of ${samples} samples, ${name} withheld from everybody: as many are fooled as the formula says`, async (t) => {
        const missing = missingOf(setting, withheld)
        t.true(missing >= leastMissing(shape))
        let fooled = 0
        for (let run = 0; run < RUNS; run++) {
          const adversary = oblivious(shape, withheld)
          t.false(adversary.released.restores())
          const result = await samplePopulation({ ...each, nodes, seed: 100 * nodes + run }, adversary)
          fooled += result.fooled
          for (const { outcomes } of result.results) t.is(outcomes.length, samples)
          // By their deadline, and a grace for checks that nobody needed.
          t.true(result.tookMs <= 2_000, `${result.tookMs} ms`)
        }
        agrees(t, fooled, timesRuns(fooledByOblivious(nodes, total, missing, samples), RUNS), name)
      })
    }

    test(`${each.rows} rows, ${nodes} nodes of ${samples} samples: who links answers the chosen victims, and fools them and hardly anybody else`, async (t) => {
      // All tiles withheld at first: so most can be given to victims.
      const withheld = square(shape, 2 * shape.bands, 128)
      const missing = missingOf(setting, withheld)
      const victims = Math.min(nodes / 2, Math.floor((0.3 * total) / samples))
      let fooled = 0
      for (let run = 0; run < RUNS; run++) {
        const chosen = new Set(Array.from({ length: victims }, (_, i) => i))
        const adversary = linking(shape, withheld, chosen)
        const result = await samplePopulation({ ...each, nodes, seed: 7_000 + 100 * nodes + run }, adversary)
        t.false(adversary.released.restores())
        fooled += result.fooled
        for (const victim of chosen) t.is(result.results[victim]?.verdict, 'available')
      }
      agrees(t, fooled, timesRuns(fooledByLinking(nodes, total, missing, samples, victims), RUNS), 'linking')
    })
  }
}

test('one colluding peer among eight is enough to fool a chosen victim, and no worse than eight of eight', async (t) => {
  const each = { rows: 8, maxBands: 8, failureProbability: 0.1 }
  const { shape, total, samples } = settingOf(each)
  const withheld = square(shape, shape.bands * 2, 128)
  for (const colluding of [1, 4, 8]) {
    const victims = 40
    const result = await samplePopulation(
      // Long enough that what seven others do not have is asked of the eighth.
      { ...each, nodes: 45, colluding, seed: 40 + colluding, deadlineMs: 5_000 },
      linking(shape, withheld, new Set(Array.from({ length: victims }, (_, i) => i))),
    )
    agrees(t, result.fooled, fooledByLinking(45, total, total, samples, victims), `${colluding} of 8`)
  }
})

test('just below the threshold everybody finds the block available, in columns and in squares', async (t) => {
  const each = { rows: 8, maxBands: 8, failureProbability: 0.005 }
  const { shape } = settingOf(each)
  for (const [bands, columns] of [
    [16, 64],
    [9, 64],
    [8, 65],
    [8, 128],
  ] as const) {
    const adversary = oblivious(shape, square(shape, bands, columns))
    t.true(adversary.released.restores(), `${bands} by ${columns}`)
    // Honest peers restore it from what is out; until then they have none of it.
    const all = oblivious(shape, () => false)
    const result = await samplePopulation(
      { ...each, nodes: isLong ? 200 : 20, colluding: 4, seed: bands + columns, deadlineMs: 10_000 },
      { ...adversary, released: all.released },
    )
    t.true(
      result.results.every(({ verdict }) => verdict === 'available'),
      `${bands} by ${columns}`,
    )
  }
  for (const [bands, columns] of [
    [16, 65],
    [9, 65],
  ] as const) {
    t.false(oblivious(shape, square(shape, bands, columns)).released.restores(), `${bands} by ${columns}`)
  }
})

test('whoever fools as many as it can is stopped by what it gave out: far below the counting bound', async (t) => {
  const each = { rows: 8, maxBands: 8, failureProbability: 0.005 }
  const { shape, total, samples } = settingOf(each)
  const bound = Math.log(leastMissing(shape) / total) / Math.log(1 - samples / total)
  const counts: number[] = []
  for (let run = 0; run < (isLong ? 30 : 1); run++) {
    const adversary = greedy(shape, square(shape, 2 * shape.bands, 128), samples)
    const result = await samplePopulation({ ...each, nodes: 90, seed: 900 + run }, adversary)
    // Whom it served is fooled, and those who happened to draw nothing but released tiles.
    t.true(result.fooled >= adversary.served.size)
    t.true(result.fooled <= adversary.served.size + 3)
    t.false(adversary.released.restores())
    counts.push(adversary.served.size)
  }
  for (const count of counts) t.true(count > 40 && count < bound / 2, `${counts}, bound ${bound}`)
})

test('with the whole block at hand, k colluding peers of n see k/n of a draw, and never more than their shares', async (t) => {
  const each = { rows: 8, maxBands: 8, failureProbability: 0.005 }
  const { shape, samples } = settingOf(each)
  for (const [colluding, peers] of [
    [1, 4],
    [2, 8],
    [5, 8],
  ] as const) {
    const nodes = 100
    const result = await samplePopulation(
      { ...each, nodes, peers, colluding, seed: 10 * colluding + peers },
      oblivious(shape, () => false),
    )
    t.is(result.fooled, nodes)
    const seen = Array.from({ length: nodes }, () => new Set<number>())
    for (const { node, peer, band, column } of result.asked)
      if (peer < colluding) seen[node]!.add(band * 128 + column)
    const share = Math.ceil(samples / peers)
    for (const each of seen) t.true(each.size <= colluding * share, `${each.size}`)
    const mean = seen.reduce((sum, { size }) => sum + size, 0) / nodes
    // Each peer gets its share: exactly, where it divides, so the mean has almost no spread.
    t.true(Math.abs(mean - (samples * colluding) / peers) < 0.25, `${mean}`)
  }
})
