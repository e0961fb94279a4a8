// Whose turn it is.

/** Index of the validator that leads a height of at least 1: round-robin in the order of genesis, validator 0 at height 1. */
export const leaderOf = (height: number, validators: number): number => (height - 1) % validators
