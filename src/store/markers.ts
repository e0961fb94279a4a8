// A marker for each synced write, in the same batch: its number, and the number of the oldest marker that is still
// kept. Markers reach back over several write buffers, which is what a log, a manifest or the newest tables can lose
// without LevelDB's noticing. Compared with the ledger when the database is opened, they tell which writes are gone.

import { u64be } from '../base/bytes.ts'
import { markerKey, markerRange, u64At } from './keys.ts'
import type { LedgerState } from './ledger.ts'
import type { Change, Tables } from './tables.ts'

export interface Markers {
  /** Number and changes of the next write, which has so many bytes. */
  next(bytes: number): { readonly sequence: number; readonly oldest: number; readonly changes: Change[] }
}

export interface MarkersFound {
  /** Acknowledged writes whose markers are gone. */
  readonly lost: number
  /** Highest number there is or was. */
  readonly highest: number
  /** Numbers that are there, ascending. */
  readonly present: readonly number[]
}

/** Most markers that are kept, and most that go with one write. */
const MAX_MARKERS = 65_536
const MAX_DELETED = 64

/** Looks for the marker of each acknowledged write. */
export const findMarkers = async (
  tables: Pick<Tables, 'entries'>,
  ledger: LedgerState,
): Promise<MarkersFound> => {
  const present: number[] = []
  let oldest = ledger.oldest
  for await (const [key, payload] of tables.entries(markerRange)) {
    present.push(u64At(key, 1))
    // A write that was synced and not acknowledged may have let go of markers as well.
    if (payload.length === 8) oldest = Math.max(oldest, u64At(payload, 0))
  }
  const kept = present.filter((number) => number >= oldest)
  const acknowledged = kept.filter((number) => number <= ledger.sequence).length
  const highest = Math.max(ledger.sequence, kept.at(-1) ?? 0)
  return { lost: Math.max(0, ledger.sequence - oldest + 1) - acknowledged, highest, present: kept }
}

/** Goes on from what was found; where writes were lost, markers begin anew, so that the loss is told once. */
export const createMarkers = ({ lost, highest, present }: MarkersFound, windowBytes: number): Markers => {
  const kept: { readonly number: number; readonly endsAt: number }[] =
    lost > 0 ? [] : present.map((number) => ({ number, endsAt: 0 }))
  let sequence = highest
  let written = 0
  let first = 0
  return {
    next(bytes) {
      sequence += 1
      written += bytes
      kept.push({ number: sequence, endsAt: written })
      const changes: Change[] = []
      while (
        changes.length < MAX_DELETED &&
        kept.length - first > 1 &&
        (written - kept[first]!.endsAt > windowBytes || kept.length - first > MAX_MARKERS)
      ) {
        changes.push({ delete: markerKey(kept[first]!.number) })
        first += 1
      }
      if (first > 1_024 && first > kept.length / 2) {
        kept.splice(0, first)
        first = 0
      }
      const oldest = kept[first]!.number
      changes.push({ key: markerKey(sequence), payload: u64be(oldest) })
      return { sequence, oldest, changes }
    },
  }
}
