// What arithmetic costs a node, from the figures that measure-costs.ts has measured of the real engine
// (results/costs.json). Between the measured numbers of rows they are interpolated.

import { readFileSync } from 'node:fs'

/** Milliseconds of one thread, for a block of `rows` rows. */
export interface RowCosts {
  readonly rows: number
  readonly maxBands: number
  readonly encodeMs: number
  /** Restoring from 64 columns and checking everything: what a validator does before it votes. */
  readonly restoreMs: number
  readonly checkColumnMs: number
  /** KZG check of eight columns. */
  readonly checkProofsMs: number
  readonly makeTileMs: number
  /** Checking the tiles of one sampling run, in one batch. */
  readonly checkTilesMs: number
  readonly samples: number
  /** Judging proposal and announcement: roots of commitments, entries and sheet. */
  readonly judgeProposalMs: number
  readonly judgeHeaderMs: number
}

export interface Costs {
  readonly machine: string
  readonly byRows: readonly RowCosts[]
  readonly signMs: number
  readonly verifyVoteMs: number
  readonly aggregateMs: number
  readonly verifyCertificateMs: number
  /** One synced write. */
  readonly syncMs: number
  /** A gossip message from the publisher's call to the handler: both sides, apart from its bytes. */
  readonly messageMs: number
  /** And for each MiB of it, on each side. */
  readonly messageMsPerMiB: number
}

export const loadCosts = (file: string | URL = new URL('./results/costs.json', import.meta.url)): Costs =>
  JSON.parse(readFileSync(file, 'utf8')) as Costs

/** Costs of a block of `rows` rows in at most `maxBands` bands. */
export const costsOf = ({ byRows }: Costs, rows: number, maxBands: number): RowCosts => {
  const same = byRows.filter((each) => each.maxBands === maxBands)
  const measured = (same.length > 0 ? same : byRows).toSorted((a, b) => a.rows - b.rows)
  const after = measured.find((each) => each.rows >= rows) ?? measured.at(-1)!
  const before = measured.findLast((each) => each.rows <= rows) ?? measured[0]!
  const share = after.rows === before.rows ? 0 : (rows - before.rows) / (after.rows - before.rows)
  const between = (name: keyof RowCosts): number => before[name] + share * (after[name] - before[name])
  return {
    rows,
    maxBands,
    encodeMs: between('encodeMs'),
    restoreMs: between('restoreMs'),
    checkColumnMs: between('checkColumnMs'),
    checkProofsMs: between('checkProofsMs'),
    makeTileMs: between('makeTileMs'),
    checkTilesMs: between('checkTilesMs'),
    samples: Math.round(between('samples')),
    judgeProposalMs: between('judgeProposalMs'),
    judgeHeaderMs: between('judgeHeaderMs'),
  }
}
