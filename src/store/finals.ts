// Final blocks: which root is final at a height, when its certificate came, and where its blobs lie. A block's entries
// are kept as one list; blobId and namespace point into it. The tip is the highest final block, by the order of keys,
// so no separate record of it can be lost or lag behind.

import { equal, toHex } from '../base/bytes.ts'
import { SignedHeaderType } from '../chain/containers.ts'
import type { FinalStore, FinalTip } from '../chain/ports.ts'
import { isAligned } from '../grid/blob.ts'
import { cellCount } from '../grid/cells.ts'
import { CommitmentsType, EntriesType, type Entry, EntryType } from '../grid/containers.ts'
import { DATA_COLUMNS } from '../grid/shape.ts'
import { versionedHashOf } from '../grid/versioned-hash.ts'
import { storeError } from './errors.ts'
import {
  arrivalKey,
  blobKey,
  blobRange,
  blockKey,
  heightKey,
  heightOf,
  heightRange,
  metaKey,
  namespaceKey,
  u64At,
  versionedKey,
  versionedRange,
} from './keys.ts'
import type { Mutex } from './mutex.ts'
import {
  ENTRY_BYTES,
  FinalType,
  HeightType,
  PlaceType,
  RowPlaceType,
  SpanType,
  ZERO_ROOT,
} from './records.ts'
import type { Put, Tables } from './tables.ts'

/** Small changes in one batch: more of them would hold the thread for longer than 50 ms. */
export const CHANGES_PER_BATCH = 1_024

export const EARLIEST_HEIGHT = metaKey('earliest')

/** A final block and the one below it; `parentRoot` is zero where the header was not there. */
export interface FinalLink extends FinalTip {
  readonly parentRoot: Uint8Array
}

interface Finals extends Omit<FinalStore, 'prune'> {
  finalLinks(start: number): AsyncIterable<FinalLink>
}

/** `exclusive` is shared with pruning. */
export const createFinalStore = (tables: Tables, exclusive: Mutex): Finals => {
  const parentOf = async (root: Uint8Array, height: number): Promise<Uint8Array> => {
    const header = await tables.get(blockKey('header', height, root))
    return header === undefined ? ZERO_ROOT : SignedHeaderType.deserialize(header).message.parentRoot
  }

  const finalRootAt: FinalStore['finalRootAt'] = async (height) => {
    const payload = await tables.get(heightKey('final', height))
    return payload === undefined ? undefined : FinalType.deserialize(payload).root
  }

  return {
    finalRootAt,

    putFinal: (root, height, entries, arrivedMs) =>
      exclusive(async () => {
        const stored = await finalRootAt(height)
        const isKnown = stored !== undefined && equal(stored, root)
        if (stored !== undefined && !isKnown) {
          throw storeError(
            'conflicting-final',
            `expected ${toHex(stored)} to stay final at height ${height}, got ${toHex(root)}`,
            { height },
          )
        }
        // The places of many blobs go ahead in batches of their own: without the last one they lead nowhere.
        let places: Put[] = []
        for (const change of [
          ...placesOf(height, entries),
          ...rowPlacesOf(height, entries, await commitmentsOf(tables, height, root)),
        ]) {
          if (isKnown && (await tables.get(change.key)) !== undefined) continue
          places.push(change)
          if (places.length < CHANGES_PER_BATCH) continue
          await tables.write(places)
          places = []
        }
        const list = { key: heightKey('entries', height), payload: EntriesType.serialize(entries as Entry[]) }
        if (isKnown) {
          // Final already: what of its index was lost is written again, its arrival stays what it was.
          if ((await tables.get(list.key)) === undefined) places.push(list)
          if (places.length > 0) await tables.write(places)
          return
        }
        const parentRoot = await parentOf(root, height)
        await tables.write([
          ...places,
          list,
          { key: heightKey('final', height), payload: FinalType.serialize({ root, arrivedMs, parentRoot }) },
          { key: arrivalKey(arrivedMs, height), payload: new Uint8Array(0) },
        ])
      }),

    async *finalLinks(start) {
      for await (const [key, payload] of tables.entries(heightRange('final', start))) {
        const { root, parentRoot } = FinalType.deserialize(payload)
        yield { height: heightOf(key), root, parentRoot }
      }
    },

    async finalTip() {
      const range = heightRange('final', 0)
      for await (const [key, payload] of tables.entries(range, { reverse: true })) {
        return { height: heightOf(key), root: FinalType.deserialize(payload).root }
      }
      return undefined
    },

    async *finalRoots(start, count) {
      for await (const [key, payload] of tables.entries(heightRange('final', start, start + count))) {
        yield { height: heightOf(key), root: FinalType.deserialize(payload).root }
      }
    },

    // A rollup may publish the same bytes again: the newest place is the one that is kept longest.
    async locateBlob(blobId) {
      for await (const [key, payload] of tables.entries(blobRange(blobId), { reverse: true })) {
        const height = u64At(key, 33)
        const { index } = PlaceType.deserialize(payload)
        const root = await finalRootAt(height)
        const [entry] = await readEntries(tables, height, index, 1)
        if (root !== undefined && entry !== undefined && equal(entry.blobId, blobId))
          return { height, root, entry }
      }
      return undefined
    },

    async locateVersionedHash(versionedHash) {
      for await (const [key, payload] of tables.entries(versionedRange(versionedHash), { reverse: true })) {
        const height = u64At(key, 33)
        const { row, index } = RowPlaceType.deserialize(payload)
        const root = await finalRootAt(height)
        if (root === undefined) continue
        const [entry] = await readEntries(tables, height, index, 1)
        const commitment = (await commitmentsOf(tables, height, root))[row]
        if (entry !== undefined && commitment !== undefined) return { height, root, entry, row, commitment }
      }
      return undefined
    },

    async locateNamespace(namespace, height) {
      const payload = await tables.get(namespaceKey(namespace, height))
      const root = await finalRootAt(height)
      if (payload === undefined || root === undefined) return []
      const { first, count } = SpanType.deserialize(payload)
      return (await readEntries(tables, height, first, count)).map((entry) => ({ height, root, entry }))
    },

    async earliestHeight() {
      const payload = await tables.get(EARLIEST_HEIGHT)
      return payload === undefined ? 0 : HeightType.deserialize(payload).height
    },

    raiseEarliest: (height) =>
      exclusive(async () => {
        const payload = await tables.get(EARLIEST_HEIGHT)
        const now = payload === undefined ? 0 : HeightType.deserialize(payload).height
        if (height <= now) return
        const change = { key: EARLIEST_HEIGHT, payload: HeightType.serialize({ height }) }
        await tables.write([change], { raise: { earliest: height } })
      }),
  }
}

/** The entries of the final block at a height, or [] where they are unknown or damaged. */
export const readEntries = async (
  tables: Tables,
  height: number,
  first = 0,
  count = Number.MAX_SAFE_INTEGER,
): Promise<Entry[]> => {
  const list = await tables.get(heightKey('entries', height))
  if (list === undefined) return []
  const entries: Entry[] = []
  const end = Math.min(list.length / ENTRY_BYTES, first + count)
  for (let i = first; i < end; i++) {
    if (i % CHANGES_PER_BATCH === CHANGES_PER_BATCH - 1) await new Promise((resolve) => setTimeout(resolve))
    entries.push(EntryType.deserialize(list.slice(i * ENTRY_BYTES, (i + 1) * ENTRY_BYTES)))
  }
  return entries
}

/** Where each blob and each namespace of a block lies in its list of entries. */
function* placesOf(height: number, entries: readonly Entry[]): Generator<Put> {
  // Entries are sorted by namespace, so those of one namespace are a span.
  let first = 0
  for (const [index, entry] of entries.entries()) {
    yield { key: blobKey(entry.blobId, height), payload: PlaceType.serialize({ index }) }
    const next = entries[index + 1]
    if (next !== undefined && equal(next.namespace, entry.namespace)) continue
    const payload = SpanType.serialize({ first, count: index + 1 - first })
    yield { key: namespaceKey(entry.namespace, height), payload }
    first = index + 1
  }
}

/** Commitments of a block's rows, or [] where they are unknown. */
export const commitmentsOf = async (
  tables: Tables,
  height: number,
  root: Uint8Array,
): Promise<Uint8Array[]> => {
  const payload = await tables.get(blockKey('commitments', height, root))
  return payload === undefined ? [] : CommitmentsType.deserialize(payload)
}

/** Which rows of a block are rows of one aligned blob alone, by the versioned hashes of their commitments. */
export function* rowPlacesOf(
  height: number,
  entries: readonly Entry[],
  commitments: readonly Uint8Array[],
): Generator<Put> {
  for (const [index, { flags, startCell, length }] of entries.entries()) {
    if (!isAligned(flags)) continue
    const first = startCell / DATA_COLUMNS
    const rows = Math.ceil(cellCount(length, flags) / DATA_COLUMNS)
    for (const [i, commitment] of commitments.slice(first, first + rows).entries()) {
      const payload = RowPlaceType.serialize({ row: first + i, index })
      yield { key: versionedKey(versionedHashOf(commitment), height), payload }
    }
  }
}
