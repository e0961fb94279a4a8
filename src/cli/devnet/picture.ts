// A block as the devnet shows it: one line about it, its grid, the legend, and what each light node says.

import type { BlockRecord } from './chronicle.ts'
import { drawGrid, drawLegend } from './draw-grid.ts'
import { showBytes } from './draw-table.ts'
import { rowsIn } from './narrator.ts'
import type { PictureOptions } from './screen.ts'
import { COLUMNS, tileStates } from './tiles.ts'

export interface PictureInit {
  readonly validators: readonly string[]
  readonly lightNodes: readonly string[]
  readonly samples: 'shown' | 'not yet'
}

export const drawBlock = (
  block: BlockRecord,
  { validators, lightNodes, samples }: PictureInit,
  options: PictureOptions,
): readonly string[] => [
  '',
  aboutBlock(block, validators),
  ...drawGrid(tileStates(block, samples === 'shown' ? lightNodes : []), options),
  ...drawLegend(samples === 'shown' ? lightNodes : [], options),
  ...(samples === 'shown' ? lightNodes.map((name) => aboutSampling(block, name)) : []),
]

/** `block 7 by validator-3: 25 rows in 8 bands; 128 of 128 columns are out; restored and checked by 3 nodes; final` */
export const aboutBlock = (block: BlockRecord, validators: readonly string[]): string => {
  const { height, proposer, columns, restoredBy, certificates, finalFor } = block
  const seen = restoredBy.size > 0 ? COLUMNS : columns.size
  const notarised = certificates.get('notarise')
  const finalized = certificates.get('finalize')
  const state =
    finalized !== undefined
      ? `final, signed by ${finalized} of ${validators.length}`
      : finalFor.size > 0
        ? 'final'
        : notarised !== undefined
          ? `notarised by ${notarised} of ${validators.length}`
          : 'not certified'
  return `block ${height} by ${validators[proposer] ?? proposer}: ${rowsIn(block)}; columns seen ${seen} of ${COLUMNS}; restored by ${restoredBy.size}; ${state}`
}

const aboutSampling = (block: BlockRecord, name: string): string => {
  const verdict = block.verdicts.get(name)
  const drawn = block.samples.get(name) ?? []
  if (verdict === undefined) {
    const ok = drawn.filter((outcome) => outcome.ok).length
    return `${name}: drawing tiles, ${ok} sound so far`
  }
  const took = `${(verdict.ms / 1000).toFixed(1)} s, ${showBytes(verdict.bytes)}`
  return verdict.verdict === 'available'
    ? `${name}: AVAILABLE    all ${verdict.samples} tiles came and are sound (${took})`
    : `${name}: UNAVAILABLE  ${verdict.failed} of ${verdict.samples} tiles could not be had from anybody (${took})`
}
