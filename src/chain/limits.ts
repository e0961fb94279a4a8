// Limits that SSZ types carry; constants of the protocol, the same on every chain (DESIGN of the protocol: docs/protocol.md,
// "Parameters").

export const MAX_COMMITMENTS = 256
export const MAX_ENTRIES = 16_384
export const MAX_VALIDATORS = 1_024
export const MAX_BANDS = 64
/** Proofs of a sheet: 64 bands of 128 columns. */
export const MAX_SHEET_PROOFS = MAX_BANDS * 128
export const COLUMNS = 128
/** Any 64 columns restore the block. */
export const COLUMNS_TO_RESTORE = 64
/** Siblings on the way from a column's root to dataRoot: log2(128). */
export const COLUMN_BRANCH_DEPTH = 7
/** At most log2(2 * 64) siblings from a tile to its column's root, and 7 on to dataRoot. */
export const MAX_TILE_BRANCH_DEPTH = 14
