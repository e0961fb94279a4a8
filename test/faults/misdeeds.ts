// What the misbehaving leader does at which of its heights: known to it and to the scenario that judges.

export const misdeeds = ['equivocate', 'stall', 'split'] as const
export type Misdeed = (typeof misdeeds)[number]

export const misdeedAt = (height: number, validators: number): Misdeed =>
  misdeeds[Math.floor(height / validators) % misdeeds.length]!
