// A map that never holds more than `limit` entries: the one used longest ago goes first. Caches, seen-sets and
// pending tables are made of it, so that nothing remote grows without bound.

export interface BoundedMap<K, V> {
  readonly size: number
  get(key: K): V | undefined
  has(key: K): boolean
  set(key: K, value: V): void
  delete(key: K): boolean
  /** Drops entries, the one used longest ago first, up to the first that `isOver` keeps. */
  dropWhile(isOver: (value: V, key: K) => boolean): void
  values(): IterableIterator<V>
  entries(): IterableIterator<[K, V]>
  clear(): void
}

/** Creates a map of at most `limit` entries (at least 1); `get` and `set` make an entry the youngest. */
export const createBoundedMap = <K, V>(limit: number): BoundedMap<K, V> => {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`expected a limit of at least 1, got ${limit}`)
  const map = new Map<K, V>()
  const touch = (key: K, value: V) => {
    map.delete(key)
    map.set(key, value)
  }
  return {
    get size() {
      return map.size
    },
    get(key) {
      const value = map.get(key)
      if (value !== undefined) touch(key, value)
      return value
    },
    has: (key) => map.has(key),
    set(key, value) {
      touch(key, value)
      if (map.size > limit) map.delete(map.keys().next().value as K)
    },
    delete: (key) => map.delete(key),
    dropWhile(isOver) {
      for (const [key, value] of map) {
        if (!isOver(value, key)) return
        map.delete(key)
      }
    },
    values: () => map.values(),
    entries: () => map.entries(),
    clear: () => map.clear(),
  }
}
