// The tables of docs/protocol.md, "Sampling", computed by the code that light nodes draw by. `node test/docs/tables.ts`
// prints them, to be pasted between their marks; protocol.test.ts checks that the page has exactly these lines.

import { COLUMN_BRANCH_DEPTH } from '../../src/chain/limits.ts'
import {
  densityThreshold,
  enoughNodes,
  nodesForShare,
  stuckProbability,
} from '../../src/grid/restoring-threshold.ts'
import {
  failureProbability,
  leastMissing,
  requiredSamples,
  sampledBands,
  sampledTiles,
} from '../../src/grid/sampling-bound.ts'
import { COLUMNS, MAX_BANDS, MAX_ROWS, shapeOf } from '../../src/grid/shape.ts'

const CONFIDENCE = 0.995
const CELL_BYTES = 2_048
const FIXED_BYTES = 14

/** Bytes of an SSZ `Tile`. */
export const tileBytes = (bands: number, lanes: number, band: number): number =>
  FIXED_BYTES +
  lanes * CELL_BYTES +
  32 * (Math.log2(2 * bands) + COLUMN_BRANCH_DEPTH) +
  48 * (band < bands ? 1 : bands)

const meanBytes = (bands: number, zeroBands: number, lanes: number): number => {
  const drawn = sampledBands({ bands, zeroBands })
  return drawn.reduce((sum, band) => sum + tileBytes(bands, lanes, band), 0) / drawn.length
}

const count = (value: number): string => Math.ceil(value).toLocaleString('en-US')
const percent = (share: number): string => `${(100 * share).toFixed(3)} %`

/** Every z that some N and maxBands give with B data bands. */
const zeroBandsOf = (bands: number): readonly number[] => {
  const found = new Set<number>()
  for (let maxBands = bands; maxBands <= MAX_BANDS; maxBands *= 2) {
    for (let rows = 1; rows <= MAX_ROWS; rows++) {
      const shape = shapeOf(rows, maxBands)
      if (shape.bands === bands) found.add(shape.zeroBands)
    }
  }
  return [...found].sort((a, b) => a - b)
}

/** Nodes whose samples together hold more than may be given out while the block stays unrestorable. */
const foolable = (bands: number, zeroBands: number, samples: number): number => {
  const total = sampledTiles({ bands, zeroBands })
  return Math.log(leastMissing({ bands }) / total) / Math.log(1 - samples / total)
}

/** B, z, samples for 99.5 %, what they leave, bytes and F; one line for all z of a B that need as many samples. */
export const samplingTable = (): string => {
  const lines = [
    '| B | z | samples | p(s), at most | bytes for g = 1 | bytes for each further lane | F |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ]
  for (let bands = 1; bands <= MAX_BANDS; bands *= 2) {
    const samplesOf = (zeroBands: number) => requiredSamples({ bands, zeroBands, confidence: CONFIDENCE })
    for (const [samples, zs] of Map.groupBy(zeroBandsOf(bands), samplesOf)) {
      const left = Math.max(...zs.map((zeroBands) => failureProbability({ bands, zeroBands }, samples)))
      const bytes = Math.max(...zs.map((zeroBands) => samples * meanBytes(bands, zeroBands, 1)))
      const fooled = Math.max(...zs.map((zeroBands) => foolable(bands, zeroBands, samples)))
      const range = zs.length === 1 ? `${zs[0]}` : `${zs[0]} to ${zs.at(-1)}`
      lines.push(
        `| ${bands} | ${range} | ${samples} | ${percent(left)} | ${count(bytes)} | ${count(samples * CELL_BYTES)} | ${count(fooled)} |`,
      )
    }
  }
  return lines.join('\n')
}

/** What a light node downloads of some blocks, next to what restoring takes. */
export const trafficTable = (): string => {
  const lines = [
    '| N | `maxBands` | B | g | z | samples | bytes sampled, mean | bytes of 64 columns | share |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ]
  for (const [rows, maxBands] of [
    [1, 8],
    [8, 8],
    [26, 8],
    [64, 8],
    [64, 64],
    [256, 8],
    [256, 64],
  ] as const) {
    const { bands, lanes, zeroBands } = shapeOf(rows, maxBands)
    const samples = requiredSamples({ bands, zeroBands, confidence: CONFIDENCE })
    const sampled = samples * meanBytes(bands, zeroBands, lanes)
    const whole = (COLUMNS / 2) * rows * CELL_BYTES
    lines.push(
      `| ${rows} | ${maxBands} | ${bands} | ${lanes} | ${zeroBands} | ${samples} | ${count(sampled)} | ${count(whole)} | ${percent(sampled / whole)} |`,
    )
  }
  return lines.join('\n')
}

/** How many light nodes' samples restore a block: by the worst case, by density evolution, and for the grid at hand. */
export const restoringTable = (): string => {
  const lines = [
    '| B | samples | tiles | share by density evolution | nodes by it | half of the blocks, at the earliest | 99 % of the blocks | worst case, F |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ]
  for (let bands = 1; bands <= MAX_BANDS; bands *= 2) {
    const shape = { bands, zeroBands: 0 }
    const samples = requiredSamples({ ...shape, confidence: CONFIDENCE })
    const block = { ...shape, samples }
    const share = densityThreshold(shape)
    let half = 1
    while (stuckProbability(block, half).atLeast > 0.5) half++
    lines.push(
      `| ${bands} | ${samples} | ${count(sampledTiles(shape))} | ${percent(share)} | ${nodesForShare(block, share).toFixed(1)} | ${half} | ${count(enoughNodes(block, 0.99))} | ${count(foolable(bands, 0, samples))} |`,
    )
  }
  return lines.join('\n')
}

if (import.meta.main) {
  process.stdout.write(`${samplingTable()}\n\n${trafficTable()}\n\n${restoringTable()}\n`)
}
