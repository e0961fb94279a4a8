// The curve's and the layout's numbers, as EIP-4844 and EIP-7594 fix them.

/** Order of the scalar field of BLS12-381 (EIP-4844, BLS_MODULUS). */
export const BLS_MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

export const BYTES_PER_FIELD_ELEMENT = 32
export const FIELD_ELEMENTS_PER_BLOB = 4096
/** A row's bytes: 131,072. */
export const BYTES_PER_BLOB = FIELD_ELEMENTS_PER_BLOB * BYTES_PER_FIELD_ELEMENT
/** Field elements of an extended row: 8,192 (EIP-7594). */
export const FIELD_ELEMENTS_PER_EXT_BLOB = 2 * FIELD_ELEMENTS_PER_BLOB
export const FIELD_ELEMENTS_PER_CELL = 64
/** A cell's bytes: 2,048. */
export const BYTES_PER_CELL = FIELD_ELEMENTS_PER_CELL * BYTES_PER_FIELD_ELEMENT
export const CELLS_PER_EXT_BLOB = FIELD_ELEMENTS_PER_EXT_BLOB / FIELD_ELEMENTS_PER_CELL
/** Compressed G1: a commitment or a proof. */
export const BYTES_PER_G1 = 48
/** Compressed G2. */
export const BYTES_PER_G2 = 96
