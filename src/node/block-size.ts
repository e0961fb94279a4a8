// How many rows a leader puts into a block. A block that takes too long is worse than a small one: its height is given
// up, everybody's work on it is lost, and what waits grows meanwhile. So two limits, both learned from what happens: what
// this machine encodes in its share of a height, and what the network has certified lately, halved when a block was
// lost and let grow by what was certified since. One blob always goes, however large (mempool.ts).

export interface BlockSizeInit {
  /** Rows of a block that the chain allows. */
  readonly maxRows: number
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

/** A limit grows by one part in so many of `maxRows` for a final block that came near it. */
const GROWTH = 8

export const createBlockSize = ({ maxRows, encodeMs }: BlockSizeInit): BlockSize => {
  let byTime = maxRows
  let bySpread = maxRows
  let lostHeight = 0

  return {
    rows: () => Math.min(byTime, bySpread),
    encoded(rows, ms) {
      if (rows === 0) return
      const inTime = Math.floor((rows * encodeMs) / Math.max(1, ms))
      // Encoding many rows costs less a row, so that a small block says little of a large one: no leaps.
      if (inTime < rows) byTime = Math.max(1, inTime)
      else byTime = Math.min(maxRows, Math.max(byTime, Math.min(inTime, 2 * rows)))
    },
    lost(height, rows) {
      // Of a height without blobs nothing was too large; and one height counts once.
      if (rows === 0 || height <= lostHeight) return
      lostHeight = height
      bySpread = Math.max(1, Math.floor(Math.min(bySpread, rows) / 2))
    },
    held(rows) {
      if (2 * rows > bySpread)
        bySpread = Math.min(maxRows, bySpread + Math.max(1, Math.floor(maxRows / GROWTH)))
    },
  }
}
