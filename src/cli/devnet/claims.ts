// What the devnet claims, and whether it was seen to hold. Each claim is checked once, by its step; those that no step
// came to did not hold either.

export const claimTexts = {
  certified: 'every blob is in a block that a quorum certified',
  sampled: 'every light node drew tiles of every such block and had them all',
  readBack: 'a node that never held the blobs read them back, byte for byte',
  goesOn: 'with one validator of four stopped, the chain went on',
  refused: 'every light node refused the withheld block',
  uncertified: 'no notarise and no finalize certificate formed for it',
  passed: 'the chain went on past it',
  ended: 'every process ended in order',
} as const

export type ClaimName = keyof typeof claimTexts

export interface Claim {
  readonly claim: string
  readonly ok: boolean
  /** Why it did not hold. */
  readonly reason?: string
}

export interface Claims {
  held(name: ClaimName): void
  /** A claim that failed stays failed. */
  failed(name: ClaimName, reason: string): void
  all(): readonly Claim[]
  readonly ok: boolean
}

export const createClaims = (): Claims => {
  const results = new Map<ClaimName, { ok: boolean; reason?: string }>()
  const names = Object.keys(claimTexts) as ClaimName[]
  return {
    held(name) {
      if (results.get(name)?.ok !== false) results.set(name, { ok: true })
    },
    failed(name, reason) {
      results.set(name, { ok: false, reason })
    },
    all: () =>
      names.map((name) => ({
        claim: claimTexts[name],
        ...(results.get(name) ?? { ok: false, reason: 'the run ended before this could be seen' }),
      })),
    get ok() {
      return names.every((name) => results.get(name)?.ok === true)
    },
  }
}
