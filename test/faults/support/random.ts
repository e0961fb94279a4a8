// Randomness of a scenario, all of it from one seed (xorshift128 after a SplitMix of the seed), so that a run can be
// repeated as far as its processes allow.

export interface Random {
  /** From 0 to below 1. */
  next(): number
  /** From 0 to below `bound`. */
  integer(bound: number): number
  pick<T>(list: readonly T[]): T | undefined
  /** A new order of the list. */
  shuffle<T>(list: readonly T[]): T[]
  bytes(length: number): Uint8Array
}

export const createRandom = (seed: number): Random => {
  let mixed = seed >>> 0
  const mix = () => {
    mixed = (mixed + 0x9e3779b9) >>> 0
    let z = mixed
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  let [a, b, c, d] = [mix(), mix(), mix(), mix() | 1]
  const word = () => {
    const t = a ^ (a << 11)
    a = b
    b = c
    c = d
    d = (d ^ (d >>> 19) ^ t ^ (t >>> 8)) >>> 0
    return d
  }
  const next = () => word() / 2 ** 32
  const integer = (bound: number) => Math.floor(next() * bound)
  return {
    next,
    integer,
    pick: (list) => list[integer(list.length)],
    shuffle(list) {
      const order = [...list]
      for (let i = order.length - 1; i > 0; i--) {
        const j = integer(i + 1)
        const kept = order[i]!
        order[i] = order[j]!
        order[j] = kept
      }
      return order
    },
    bytes(length) {
      const words = new Uint32Array(Math.ceil(length / 4))
      for (let i = 0; i < words.length; i++) words[i] = word()
      return new Uint8Array(words.buffer, 0, length)
    },
  }
}
