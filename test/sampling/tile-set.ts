// Which tiles of a grid are out, and whether they restore it: the rules of docs/protocol.md, section 8, on presence
// alone. Written for the tests, apart from the grid's own planning.

import type { Shape } from '../../src/grid/shape.ts'

const COLUMNS = 128
const DATA_COLUMNS = 64

export interface TileSet {
  readonly bands: number
  readonly size: number
  has(band: number, column: number): boolean
  add(band: number, column: number): void
  copy(): TileSet
  /** Whether the whole grid follows from what is here. */
  restores(): boolean
}

/** Empty but for the zero bands, which everybody knows. */
export const createTileSet = ({ bands, zeroBands }: Pick<Shape, 'bands' | 'zeroBands'>): TileSet => {
  const known = new Uint8Array(2 * bands * COLUMNS)
  for (let band = bands - zeroBands; band < bands; band++) known.fill(1, band * COLUMNS, (band + 1) * COLUMNS)
  return tileSetOf(bands, known)
}

const tileSetOf = (bands: number, known: Uint8Array): TileSet => ({
  bands,
  get size() {
    return known.reduce((sum, each) => sum + each, 0)
  },
  has: (band, column) => known[band * COLUMNS + column] === 1,
  add: (band, column) => {
    known[band * COLUMNS + column] = 1
    // The second band of one is the first.
    if (bands === 1) known[(1 - band) * COLUMNS + column] = 1
  },
  copy: () => tileSetOf(bands, known.slice()),
  restores: () => isWhole(bands, known.slice()),
})

/** Restores rows of any 64 and columns of any B until nothing moves. */
const isWhole = (bands: number, known: Uint8Array): boolean => {
  const all = 2 * bands
  const row = (band: number) => known.subarray(band * COLUMNS, (band + 1) * COLUMNS)
  for (let moved = true; moved; ) {
    moved = false
    for (let band = 0; band < all; band++) {
      const count = row(band).reduce((sum, each) => sum + each, 0)
      if (count < DATA_COLUMNS || count === COLUMNS) continue
      row(band).fill(1)
      moved = true
    }
    for (let column = 0; column < COLUMNS; column++) {
      let count = 0
      for (let band = 0; band < all; band++) count += known[band * COLUMNS + column]!
      if (count < bands || count === all) continue
      for (let band = 0; band < all; band++) known[band * COLUMNS + column] = 1
      moved = true
    }
  }
  return known.every((each) => each === 1)
}
