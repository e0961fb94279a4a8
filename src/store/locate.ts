// From a block's root to its height, which every key of the block begins with.

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import { locatorKey } from './keys.ts'
import { HeightType } from './records.ts'
import type { Change, Tables } from './tables.ts'

export interface Locator {
  heightOf(root: Uint8Array): Promise<number | undefined>
  /** The change that makes a root known, to be written with its first part. */
  change(root: Uint8Array, height: number): Change
  forget(root: Uint8Array): Change
}

/** Roots whose heights are kept in memory. */
const CACHED_ROOTS = 4_096

export const createLocator = (tables: Tables): Locator => {
  const cache = createBoundedMap<string, number>(CACHED_ROOTS)
  return {
    async heightOf(root) {
      const name = toHex(root)
      const cached = cache.get(name)
      if (cached !== undefined) return cached
      const payload = await tables.get(locatorKey(root))
      if (payload === undefined) return undefined
      const { height } = HeightType.deserialize(payload)
      cache.set(name, height)
      return height
    },
    change: (root, height) => ({ key: locatorKey(root), payload: HeightType.serialize({ height }) }),
    forget(root) {
      cache.delete(toHex(root))
      return { delete: locatorKey(root) }
    },
  }
}
