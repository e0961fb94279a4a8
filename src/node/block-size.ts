// How many rows a leader puts into a block. A block that takes too long is worse than a small one: its height is given
// up, everybody's work on it is lost, and what waits grows meanwhile. So two limits, both learned from what happens: what
// this machine encodes in its share of a height, and what the network has certified lately. The latter begins small and
// doubles with every block that is certified, until one is lost: then it is halved, and grows slowly by what is
// certified since. One blob always goes, however large (mempool.ts).

import { shapeOf } from '../grid/shape.ts'

export interface BlockSizeInit {
  /** Rows of a block that the chain allows. */
  readonly maxRows: number
  readonly maxBands: number
  /** How long encoding a block may take, ms: the rest of the height is for spreading and restoring it. */
  readonly encodeMs: number
}

export interface BlockSize {
  /** Rows that the next block should have at most. */
  rows(): number
  /** A block of so many rows took so long to encode. */
  encoded(rows: number, ms: number): void
  /** A height with a block of so many rows was given up. */
  lost(height: number, rows: number): void
  /** A block of so many rows is final. */
  held(rows: number): void
}

/** What the network is trusted with before it has certified anything: two rows a band cost little more than one. */
const FIRST_ROWS_PER_BAND = 2
/** After the first loss a limit grows by one part in so many of `maxRows` for a final block that came near it. */
const GROWTH = 8
/** Proving a band costs as much as so many rows: 120 ms and 37 ms in bench/README.md. */
const ROWS_OF_A_PROOF = 3.3

export const createBlockSize = ({ maxRows, maxBands, encodeMs }: BlockSizeInit): BlockSize => {
  let byTime = maxRows
  let bySpread = Math.min(maxRows, FIRST_ROWS_PER_BAND * maxBands)
  let hasLost = false
  let lostHeight = 0

  /** In rows: what encoding costs is not in proportion to them, since every band is proven once. */
  const costOf = (rows: number): number => rows + ROWS_OF_A_PROOF * shapeOf(rows, maxBands).bands

  const rowsFor = (cost: number): number => {
    let rows = maxRows
    while (rows > 1 && costOf(rows) > cost) rows--
    return rows
  }

  return {
    rows: () => Math.min(byTime, bySpread),
    encoded(rows, ms) {
      if (rows === 0) return
      const inTime = rowsFor((costOf(rows) * encodeMs) / Math.max(1, ms))
      // A small block says little of a large one: no leaps.
      if (ms > encodeMs) byTime = inTime
      else byTime = Math.max(byTime, Math.min(inTime, 2 * rows))
    },
    lost(height, rows) {
      // Of a height without blobs nothing was too large; and one height counts once.
      if (rows === 0 || height <= lostHeight) return
      lostHeight = height
      hasLost = true
      bySpread = Math.max(1, Math.floor(Math.min(bySpread, rows) / 2))
    },
    held(rows) {
      if (2 * rows <= bySpread) return
      const more = hasLost ? Math.max(1, Math.floor(maxRows / GROWTH)) : bySpread
      bySpread = Math.min(maxRows, bySpread + more)
    },
  }
}
