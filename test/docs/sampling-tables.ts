// The tables of docs/sampling.md that follow from formulas and from the real custody functions.
// `node test/docs/sampling-tables.ts` prints them, to be pasted between their marks; sampling.test.ts checks that the
// page has exactly these lines.

import { missesAll } from '../../src/chain/coverage.ts'
import { validatorCustody } from '../../src/chain/custody.ts'
import {
  fullNodeCoverage,
  fullNodesNeeded,
  meetsUncovered,
  validatorsPerColumn,
} from '../../src/chain/custody-odds.ts'

const BANDS = 16
const SAMPLES = 16
const SIZES = [4, 7, 10, 16, 31, 64, 100, 128, 300, 1_000]
const CUSTODIES = [64, 48, 32, 22, 16, 8, 4]

const percent = (share: number): string =>
  share > 0.9999 ? '> 99.99 %' : share < 0.0001 ? '< 0.01 %' : `${(100 * share).toFixed(2)} %`

/** Columns' keepers among n validators and n full nodes, and what is left to a light node of full nodes alone. */
export const custodyTable = (): string => {
  const lines = [
    '| n | validators a column, least to most | of them honest at least, a third being hostile | full nodes of 8 columns a column, mean | columns without any, mean | some column without any | a light node of 16 samples draws from such a column |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ]
  for (const n of SIZES) {
    const { least, most } = validatorsPerColumn(n)
    const { keepers, uncovered, someUncovered } = fullNodeCoverage(n, 8)
    const honest = least - Math.ceil(n / 3 - 1)
    lines.push(
      `| ${n} | ${least} to ${most} | ${honest} | ${keepers.toFixed(2)} | ${uncovered.toFixed(2)} | ${percent(someUncovered)} | ${percent(meetsUncovered(n, 8, BANDS, SAMPLES))} |`,
    )
  }
  return lines.join('\n')
}

/** Full nodes from which on every column has a keeper at 99 %, by custody. */
export const neededTable = (): string =>
  [
    '| `custodyFull` | full nodes needed |',
    '| --- | --- |',
    ...[1, 2, 4, 8, 16, 32, 64, 128].map((custody) => `| ${custody} | ${fullNodesNeeded(custody)} |`),
  ].join('\n')

/** Of n validators with c consecutive columns each, how many have all of theirs among the best 63 neighbouring ones. */
const satisfied = (n: number, custody: number): number => {
  let best = 0
  for (let first = 0; first < 128; first++) {
    let count = 0
    for (let i = 0; i < n; i++) {
      const from = (validatorCustody(i, n).length && Math.floor((128 * i) / n)) - first
      if ((((from % 128) + 128) % 128) + custody <= 63) count += 1
    }
    best = Math.max(best, count)
  }
  return best
}

/** A study: what validators would download and what their vote would be worth with fewer columns of custody. */
export const smallerCustodyTable = (): string => {
  const n = 300
  const lines = [
    '| columns | MB of a block of 64 rows | of 256 rows | validators that 63 neighbouring columns satisfy, of 300 in line | by chance, columns drawn at random | a certificate without the block |',
    '| --- | --- | --- | --- | --- | --- |',
  ]
  for (const custody of CUSTODIES) {
    const share = satisfied(n, custody) / n
    const megabytes = (rows: number) => ((custody * rows * 2_048) / 1e6).toFixed(1)
    lines.push(
      `| ${custody} | ${megabytes(64)} | ${megabytes(256)} | ${percent(share)} | ${percent(missesAll(128, 65, custody))} | ${share > 1 / 3 ? 'possible' : 'not by less than a third'} |`,
    )
  }
  return lines.join('\n')
}

if (import.meta.main)
  process.stdout.write(`${custodyTable()}\n\n${neededTable()}\n\n${smallerCustodyTable()}\n`)
