// The grid engine of a simulated node: answers at once what the real one would find of the simulation's content, after
// the time that the real one was measured to take, on the threads that a node has for it. Checking a liar's part costs
// as much as checking a true one.

import { accept, reject } from '../../src/base/verdict.ts'
import type { GridEngine } from '../../src/grid/engine.ts'
import { type Content, isLyingColumn, isLyingTile } from './content.ts'
import type { RowCosts } from './costs.ts'
import type { Cpu } from './cpu.ts'
import type { Turn } from './virtual-time.ts'

export interface EngineComponents {
  readonly content: Content
  readonly costs: RowCosts
  /** Threads for short and for long jobs; the same where a node has but one. */
  readonly short: Cpu
  readonly long: Cpu
  readonly turn: Turn
}

export const createSimEngine = ({ content, costs, short, long, turn }: EngineComponents): GridEngine => {
  const after = <T>(cpu: Cpu, ms: number, value: () => T): Promise<T> =>
    new Promise((resolve) =>
      cpu.run(ms, () => {
        turn.needed = true
        resolve(value())
      }),
    )
  return {
    encode: () => after(long, costs.encodeMs, content.encode),
    checkColumns: (_header, columns) =>
      after(short, costs.checkColumnMs * columns.length, () =>
        columns.map((column) => (isLyingColumn(column) ? reject('path') : accept)),
      ),
    checkColumnProofs: (_block, columns) =>
      after(short, (costs.checkProofsMs * columns.length) / 8, () => columns.map(() => accept)),
    checkTiles: (batches) => {
      const tiles = batches.reduce((sum, batch) => sum + batch.tiles.length, 0)
      // A batch has a part that does not grow: a pairing, half of what a run of 16 tiles costs.
      const ms = tiles === 0 ? 0 : costs.checkTilesMs * (0.5 + (0.5 * tiles) / costs.samples)
      return after(short, ms, () =>
        batches.map((batch) => batch.tiles.map((tile) => (isLyingTile(tile) ? reject('proof') : accept))),
      )
    },
    makeTiles: (_block, column, bands) =>
      after(short, costs.makeTileMs * bands.length, () =>
        bands.map((band) => content.tile(band, column.index)),
      ),
    restore: () =>
      after(long, costs.restoreMs, () => ({
        verdict: 'accept',
        columns: content.columns(),
        entries: content.entries,
      })),
    restoreData: () =>
      after(long, costs.restoreMs / 2, () => ({
        verdict: 'accept',
        columns: content.columns(),
        entries: content.entries,
      })),
    async close() {},
  }
}
