// The formulas against runs: draws alone by the hundred thousand, and the whole sampler by the thousand, against a
// publisher and custodians that withhold the worst pattern and answer everything else, whoever asks.

import test from 'ava'
import { failureProbability, requiredSamples } from '../../src/grid/sampling-bound.ts'
import { shapeOf } from '../../src/grid/shape.ts'
import { drawIndices, drawTiles } from '../../src/sampling/draw.ts'
import { createKeyedRandom, uniform } from '../../src/sampling/random.ts'
import { createSampler } from '../../src/sampling/sampler.ts'
import { createClock } from './clock.ts'
import { allColumns, announcementOf, never, peerOf, seeded, simulate, tileOf } from './helpers.ts'

/** Whether `share` of `runs` is within four standard deviations of `expected`. */
const isWithinFourDeviations = (fooled: number, runs: number, expected: number): boolean =>
  Math.abs(fooled - runs * expected) <= 4 * Math.sqrt(runs * expected * (1 - expected))

/** The square that no one can complete: B + 1 bands (1 for B = 1) by 65 columns, the rest answered. */
const isWithheld = (bands: number, zeroBands: number) => {
  const unknown = Array.from({ length: 2 * bands }, (_, b) => b).filter(
    (b) => b >= bands || b < bands - zeroBands,
  )
  const square = new Set((bands === 1 ? [0] : unknown).slice(0, bands === 1 ? 1 : bands + 1))
  return (band: number, column: number) => square.has(band) && column < 65
}

const shapes = [
  { rows: 1, maxBands: 8 },
  { rows: 3, maxBands: 8 },
  { rows: 8, maxBands: 8 },
  { rows: 33, maxBands: 8 },
  { rows: 64, maxBands: 64 },
]

for (const { rows, maxBands } of shapes) {
  test(`draws for ${rows} rows in at most ${maxBands} bands are fooled as often as the formula says`, (t) => {
    const shape = shapeOf(rows, maxBands)
    const withheld = isWithheld(shape.bands, shape.zeroBands)
    const random = seeded(rows)
    for (const limit of [0.2, 0.02]) {
      const runs = 5_000
      const samples = requiredSamples({ ...shape, confidence: 1 - limit })
      const expected = failureProbability(shape, samples)
      let fooled = 0
      for (let run = 0; run < runs; run++) {
        const tiles = drawTiles(shape, limit, random)
        if (!tiles.some(({ band, column }) => withheld(band, column))) fooled += 1
      }
      t.true(expected <= limit)
      t.true(isWithinFourDeviations(fooled, runs, expected), `${fooled} of ${runs}, expected ${expected}`)
    }
  })
}

test('light nodes that run the whole sampler are fooled as often as the formula says, and no honest block is refused', async (t) => {
  const [rows, maxBands, limit] = [8, 8, 0.05]
  const shape = shapeOf(rows, maxBands)
  const withheld = isWithheld(shape.bands, shape.zeroBands)
  const expected = failureProbability(shape, requiredSamples({ ...shape, confidence: 1 - limit }))
  const runs = 500
  const timers = createClock()
  const peers = [0, 1, 2, 3].map((i) =>
    peerOf(`v${i}`, allColumns.map((k) => (k + 32 * i) % 128).slice(0, 64), true),
  )
  let withholding = true
  const world = simulate(
    peers,
    () => (band, column) =>
      withholding && withheld(band, column) ? [] : [tileOf(rows, maxBands, band, column)],
    1,
    timers,
  )
  const init = { maxBands, deadlineMs: 1_000, failureProbability: limit }
  const sampleWith = async (seed: number, height: number) => {
    const sampler = createSampler(init, { ...world.components, random: seeded(seed) })
    const root = new Uint8Array(32).fill(height)
    return (await sampler.sample(root, announcementOf(rows, height), { signal: never })).verdict
  }
  const verdicts = await timers.until(Promise.all(Array.from({ length: runs }, (_, i) => sampleWith(i, 1))))
  const fooled = verdicts.filter((verdict) => verdict === 'available').length
  t.true(isWithinFourDeviations(fooled, runs, expected), `${fooled} of ${runs}, expected ${expected}`)
  t.true(fooled > 0)
  withholding = false
  const honest = await timers.until(Promise.all(Array.from({ length: 100 }, (_, i) => sampleWith(i, 2))))
  t.true(honest.every((verdict) => verdict === 'available'))
})

test('every tile is drawn equally often by the keyed generator over many blocks', (t) => {
  const shape = shapeOf(2, 8)
  const rootOf = (run: number) => new Uint8Array(new Uint32Array([run, 0, 0, 0, 0, 0, 0, 0]).buffer)
  const counts = new Map<string, number>()
  const runs = 4_000
  let samples = 0
  for (let run = 0; run < runs; run++) {
    for (const { band, column } of drawTiles(
      shape,
      0.1,
      createKeyedRandom(new Uint8Array(32), rootOf(run)),
    )) {
      samples += 1
      const name = `${band}.${column}`
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  t.is(counts.size, 512)
  const expected = samples / 512
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // 511 degrees of freedom: mean 511, standard deviation 32.
  t.true(chiSquare < 511 + 4 * 32, `chi-square ${chiSquare}`)
})

test('draws are without replacement up to the last tile, and refused beyond', (t) => {
  const all = drawIndices(300, 300, seeded(1))
  t.deepEqual(
    [...all].sort((a, b) => a - b),
    Array.from({ length: 300 }, (_, i) => i),
  )
  t.throws(() => drawIndices(3, 4, seeded(1)), { instanceOf: RangeError })
})

test('uniform integers have no modulo bias', (t) => {
  // A bound of 3 * 2^30: of 32 bits a quarter is thrown away; taken modulo, small values would come twice as often.
  const random = seeded(9)
  const bound = 3 * 2 ** 30
  let low = 0
  for (let i = 0; i < 10_000; i++) if (uniform(random, bound) < bound / 3) low += 1
  t.true(isWithinFourDeviations(low, 10_000, 1 / 3), `${low} of 10000`)
  t.throws(() => uniform(random, 0), { instanceOf: RangeError })
})

test('the tiles that colluding peers give away to F nodes grow as the bound on fooled nodes says', (t) => {
  // docs: after F nodes T * (1 - (1 - s/T)^F) tiles are known; from F = 160 on, at B = 8, fewer than M = 585 are missing.
  const [total, samples, missing, runs] = [2_048, 16, 585, 100]
  const bound = Math.log(missing / total) / Math.log(1 - samples / total)
  t.is(Math.floor(bound), 159)
  const random = seeded(3)
  const unknownAfter = (nodes: number) => {
    const given = new Set<number>()
    for (let node = 0; node < nodes; node++)
      for (const tile of drawIndices(total, samples, random)) given.add(tile)
    return total - given.size
  }
  const counts = Array.from({ length: runs }, () => unknownAfter(160))
  const mean = counts.reduce((a, b) => a + b, 0) / runs
  const expected = total * (1 - samples / total) ** 160
  // The number of tiles that nobody drew has a variance below that of independent tiles.
  const deviation = Math.sqrt((expected * (1 - expected / total)) / runs)
  t.true(Math.abs(mean - expected) < 4 * deviation, `${mean}, expected ${expected}`)
  t.true(expected < missing)
})
