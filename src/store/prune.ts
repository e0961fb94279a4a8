// Deleting what retention has released. A final block goes when its own certificate arrived long enough ago, never
// earlier, however high it is; the tip stays, being the parent of what comes next. Below the highest pruned block all
// that never became final goes too: forks, nil certificates, records of what was signed (nothing may be signed there
// any more). First the promise moves (earliestHeight and the final index, one synced batch), then the bytes go, the
// note of the arrival last; a crash in between leaves bytes that the next pruning finds.

import { equal } from '../base/bytes.ts'
import type { FinalStore } from '../chain/ports.ts'
import { CommitmentsType } from '../grid/containers.ts'
import { versionedHashOf } from '../grid/versioned-hash.ts'
import { CHANGES_PER_BATCH, EARLIEST_HEIGHT, readEntries } from './finals.ts'
import {
  arrivalRange,
  blobKey,
  blockRange,
  heightKey,
  heightOf,
  heightRange,
  namespaceKey,
  rootOf,
  u64At,
  versionedKey,
} from './keys.ts'
import type { Locator } from './locate.ts'
import type { Mutex } from './mutex.ts'
import { HeightType } from './records.ts'
import type { Change, Tables } from './tables.ts'

/** Blocks that are pruned before others get their turn at the final index. */
const BLOCKS_PER_ROUND = 64
/** Parts of a block in the order of their deletion: the header, by which a block is found, goes last. */
const blockParts = ['tile', 'journal', 'held', 'column', 'proposal', 'commitments', 'header'] as const

type Finals = Pick<FinalStore, 'finalTip' | 'finalRootAt' | 'earliestHeight'>

export const createPrune =
  (
    tables: Tables,
    signingCopies: readonly Tables[],
    finals: Finals,
    locator: Locator,
    exclusive: Mutex,
  ): FinalStore['prune'] =>
  async (arrivedBeforeMs, { signal } = {}) => {
    let pruned = 0
    for (;;) {
      if (signal?.aborted) return pruned
      const count = await exclusive(() => pruneRound(arrivedBeforeMs))
      pruned += count
      if (count < BLOCKS_PER_ROUND) break
    }
    // Also without a block of this run's: an earlier one may have been cut short.
    const horizon = await finals.earliestHeight()
    if (horizon > 0) await sweep(horizon)
    if (pruned > 0 && !signal?.aborted) {
      for (const part of ['column', 'proposal', 'tile'] as const)
        await tables.compact(heightRange(part, 0, horizon))
    }
    return pruned

    async function pruneRound(beforeMs: number): Promise<number> {
      const tip = await finals.finalTip()
      let horizon = await finals.earliestHeight()
      const arrivals: { readonly key: Uint8Array; readonly height: number }[] = []
      for await (const key of tables.keys(arrivalRange(beforeMs), { limit: BLOCKS_PER_ROUND + 1 })) {
        const height = u64At(key, 9)
        if (tip === undefined || height >= tip.height || arrivals.length === BLOCKS_PER_ROUND) continue
        arrivals.push({ key, height })
        horizon = Math.max(horizon, height + 1)
      }
      if (arrivals.length === 0) return 0
      await tables.write(
        [
          { key: EARLIEST_HEIGHT, payload: HeightType.serialize({ height: horizon }) },
          ...arrivals.map(({ height }) => ({ delete: heightKey('final', height) })),
        ],
        { raise: { earliest: horizon } },
      )
      for (const { height } of arrivals) await deletePlaces(height)
      await tables.write(
        arrivals.flatMap(({ key, height }) => [{ delete: heightKey('entries', height) }, { delete: key }]),
      )
      return arrivals.length
    }

    async function deletePlaces(height: number): Promise<void> {
      // Of whichever block: the row is looked up under this height, where nothing is final any more.
      for await (const [, payload] of tables.entries(heightRange('commitments', height, height + 1))) {
        const changes = CommitmentsType.deserialize(payload).map((commitment) => ({
          delete: versionedKey(versionedHashOf(commitment), height),
        }))
        await tables.write(changes, { sync: false })
      }
      const entries = await readEntries(tables, height)
      for (let first = 0; first < entries.length; first += CHANGES_PER_BATCH) {
        const changes: Change[] = []
        for (const { blobId, namespace } of entries.slice(first, first + CHANGES_PER_BATCH)) {
          changes.push({ delete: blobKey(blobId, height) }, { delete: namespaceKey(namespace, height) })
        }
        await tables.write(changes, { sync: false })
      }
    }

    /** Everything below the horizon that does not belong to a final block that is still kept. */
    async function sweep(horizon: number): Promise<void> {
      for (const part of ['header', 'journal'] as const) {
        for await (const key of tables.keys(heightRange(part, 0, horizon))) {
          if (signal?.aborted) return
          const height = heightOf(key)
          const root = rootOf(key)
          const final = await finals.finalRootAt(height)
          if (final !== undefined && equal(final, root)) continue
          for (const each of blockParts) await tables.clear(blockRange(each, height, root))
          await tables.write([locator.forget(root)], { sync: false })
        }
      }
      for await (const key of tables.keys(heightRange('certificate', 0, horizon))) {
        if ((await finals.finalRootAt(heightOf(key))) === undefined) {
          await tables.write([{ delete: key }], { sync: false })
        }
      }
      for (const copy of signingCopies) await copy.clear(heightRange('signing', 0, horizon))
    }
  }
