// Who withholds, and how they decide whom to answer. An adversary controls some of the peers, which pool what they see:
// the transport tells them which node asks. What they have given to anybody is public from then on, because light
// nodes serve their tiles.

import { sampledBands } from '../../src/grid/sampling-bound.ts'
import type { Shape } from '../../src/grid/shape.ts'
import { createTileSet, type TileSet } from './tile-set.ts'

export interface Adversary {
  /** Tiles that anybody can have by now. */
  readonly released: TileSet
  /** Whether the colluding peers answer this node's request for a tile. */
  answers(node: number, band: number, column: number): boolean
  /** Nodes that were served on purpose. */
  readonly served: ReadonlySet<number>
}

export type Pattern = (band: number, column: number) => boolean

/** Tiles of `bands` bands, those that are drawn from, the last ones, by `columns` columns from `first` on. */
export const square = (
  shape: Pick<Shape, 'bands' | 'zeroBands'>,
  bands: number,
  columns: number,
  first = 17,
): Pattern => {
  const taken = new Set(sampledBands(shape).slice(-bands))
  return (band, column) => taken.has(shape.bands === 1 ? 0 : band) && (column - first + 128) % 128 < columns
}

const everythingBut = (shape: Shape, withheld: Pattern): TileSet => {
  const released = createTileSet(shape)
  for (let band = 0; band < 2 * shape.bands; band++)
    for (let column = 0; column < 128; column++) if (!withheld(band, column)) released.add(band, column)
  return released
}

/** Withholds the same tiles from everybody. */
export const oblivious = (shape: Shape, withheld: Pattern): Adversary => {
  const released = everythingBut(shape, withheld)
  return { released, served: new Set(), answers: (_node, band, column) => released.has(band, column) }
}

/** Withholds a pattern, but answers some nodes, chosen beforehand, whatever they ask. */
export const linking = (shape: Shape, withheld: Pattern, victims: ReadonlySet<number>): Adversary => {
  const released = everythingBut(shape, withheld)
  return {
    released,
    served: victims,
    answers(node, band, column) {
      if (victims.has(node)) released.add(band, column)
      return released.has(band, column)
    },
  }
}

/**
 * Fools as many as it can: withholds a pattern, learns each node's whole draw by letting it ask, and then answers it if
 * what is out afterwards still does not restore the block. First come, first served.
 */
export const greedy = (shape: Shape, withheld: Pattern, samples: number): Adversary => {
  const released = everythingBut(shape, withheld)
  const learned = new Map<number, Set<number>>()
  const served = new Set<number>()
  const refused = new Set<number>()
  return {
    released,
    served,
    answers(node, band, column) {
      const draw = learned.get(node) ?? new Set()
      learned.set(node, draw)
      draw.add(band * 128 + column)
      if (draw.size === samples && !served.has(node) && !refused.has(node)) {
        const after = released.copy()
        for (const tile of draw) after.add(Math.floor(tile / 128), tile % 128)
        if (after.restores()) refused.add(node)
        else {
          served.add(node)
          for (const tile of draw) released.add(Math.floor(tile / 128), tile % 128)
        }
      }
      return released.has(band, column)
    },
  }
}
