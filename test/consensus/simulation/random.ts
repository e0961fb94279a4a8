// Seeded randomness: mulberry32. One seed is one schedule, on every machine.

export interface Random {
  /** In [0, 1). */
  next(): number
  /** Integer in [least, most]. */
  integer(least: number, most: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** Each item with the probability. */
  subset<T>(items: readonly T[], probability: number): readonly T[]
  shuffle<T>(items: readonly T[]): readonly T[]
}

export const createRandom = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1))
  const chance = (probability: number): boolean => next() < probability
  return {
    next,
    integer,
    chance,
    pick: (items) => items[integer(0, items.length - 1)]!,
    subset: (items, probability) => items.filter(() => chance(probability)),
    shuffle(items) {
      const copy = [...items]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = integer(0, i)
        ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
      }
      return copy
    },
  }
}
