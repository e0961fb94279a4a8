// A block of 64 rows (8 MiB of blobs) from bytes to proven grid, beside the native library's commitments and
// cells with proofs of the same rows; and how rows and workers scale.

import { createHash } from 'node:crypto'
import { encodeRows } from '../src/grid/encode.ts'
import { loadKernels } from '../src/kernel/load.ts'
import { createFieldKernel } from '../src/kernel/wasm-field.ts'
import { createKzgPool, type KernelKzg } from '../src/kzg/index.ts'
import { type Figure, measure, withRatios } from './measure.ts'
import { makeBlob } from './operations.ts'
import type { Rival } from './rivals.ts'

const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

/** 1, 8, 64 and 256 rows to a proven grid; of the rivals, rows one by one. */
export const measureGrid = async (
  kzg: KernelKzg,
  rivals: readonly Rival[],
  sizes: readonly number[],
): Promise<readonly Figure[]> => {
  const kernel = createFieldKernel(await loadKernels())
  return sizes.flatMap((count) => {
    const rows = Array.from({ length: count }, (_, i) => makeBlob(i + 1))
    const packed = { rows, entries: [], entriesCell: 0 }
    const ours = {
      impl: 'weft',
      run: () => encodeRows({ kernel, kzg, sha256 }, { maxBands: 8 }, packed),
    }
    // Rows cost the native libraries the same each: eight of them stand for all.
    const sample = Math.min(count, 8)
    const theirs = rivals.map(({ impl, commit, cellsAndProofs }) => ({
      impl,
      run: () => {
        for (const row of rows.slice(0, sample)) {
          commit?.(row)
          cellsAndProofs?.(row)
        }
      },
    }))
    const figures = measure(`grid of ${count} rows`, [ours, ...theirs], {
      rounds: 3,
      warmUp: 1,
      budgetMs: 20_000,
    })
    return withRatios(
      figures.map((figure) =>
        figure.impl === 'weft'
          ? figure
          : { ...figure, ms: (figure.ms * count) / sample, spread: (figure.spread * count) / sample },
      ),
    )
  })
}

/** Cells and proofs of 8 rows by pools of so many workers, per row. */
export const measureWorkers = async (sizes: readonly number[]): Promise<readonly Figure[]> => {
  const figures: Figure[] = []
  const rows = Array.from({ length: 8 }, (_, i) => makeBlob(i + 1))
  for (const size of sizes) {
    const pool = createKzgPool({ size })
    await pool.start()
    await Promise.all(rows.slice(0, 2 * size).map((row) => pool.computeCellsAndKzgProofs(row)))
    const times: number[] = []
    for (let round = 0; round < 3; round++) {
      const started = performance.now()
      await Promise.all(rows.map((row) => pool.computeCellsAndKzgProofs(row)))
      times.push((performance.now() - started) / rows.length)
    }
    pool.stop()
    const sorted = times.toSorted((a, b) => a - b)
    figures.push({
      op: `cells and proofs, a row, by ${size} worker${size > 1 ? 's' : ''}`,
      impl: 'weft',
      ms: sorted[1]!,
      spread: (sorted[2]! - sorted[0]!) / 2,
    })
  }
  return figures
}
