// What a validator signed, one record a height, written and synced before any of it leaves. A record may only grow:
// what it says once is never taken back or replaced, nil and finalize exclude each other, and finalize needs the
// notarise of the same block. A damaged record is never taken for an absent one. Given a second database (another
// file on the same or another disk), both get every record, and what one of them lost the other still knows. Below the
// floor nothing new is signed: that is how a record that came from elsewhere, or is not complete, is made safe.

import { equal } from '../base/bytes.ts'
import { hasCode } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { SigningRecord, SigningStore } from '../chain/ports.ts'
import { storeError } from './errors.ts'
import { EARLIEST_HEIGHT } from './finals.ts'
import { heightKey, heightOf, heightRange } from './keys.ts'
import { createMutex } from './mutex.ts'
import { decodeSigning, encodeSigning, HeightType } from './records.ts'
import { raiseFloor } from './signing-floor.ts'
import type { Tables } from './tables.ts'

export interface SigningInit {
  /** Least height at which something new may be signed. */
  readonly floor: number
  readonly log: Logger
}

/** `copies`: the main tables first, then those of the second database, if there is one. */
export const createSigningStore = (
  copies: readonly [Tables, ...Tables[]],
  init: SigningInit,
): SigningStore => {
  const exclusive = createMutex()
  const [main] = copies
  let floor = init.floor

  const read = async (height: number): Promise<SigningRecord | undefined> => {
    let record: SigningRecord | undefined
    let damage: unknown
    for (const tables of copies) {
      try {
        const payload = await tables.getStrictly(heightKey('signing', height))
        if (payload !== undefined) record = union(record, decodeSigning(payload))
      } catch (error) {
        tables.failure.throwIfAborted()
        damage = error
      }
    }
    // One whole copy is enough, since both are written before anything leaves.
    if (record === undefined && damage !== undefined) throw damage
    return record
  }

  return {
    getSigningRecord: read,
    signingFloor: async () => floor,

    raiseSigningFloor: (height) =>
      exclusive(async () => {
        if (height > floor) floor = await raiseFloor(copies, height)
      }),

    putSigningRecord: (record) =>
      exclusive(async () => {
        const { height } = record
        const horizon = await main.getStrictly(EARLIEST_HEIGHT)
        if (horizon !== undefined && height < HeightType.deserialize(horizon).height) {
          throw storeError('below-horizon', `expected a height that is not pruned, got ${height}`, { height })
        }
        const old = await read(height)
        if (height < floor && !(old !== undefined && sameRecord(old, record))) {
          throw storeError('below-signing-floor', `expected a height from ${floor} on, got ${height}`, {
            height,
          })
        }
        const reason = contradiction(old, record)
        if (reason !== undefined) {
          throw storeError('contradicting-signature', `expected ${reason} at height ${height}`, { height })
        }
        const payload = encodeSigning(record)
        const change = { key: heightKey('signing', height), payload }
        for (const tables of copies) await tables.write([change], { raise: { signed: height } })
      }),

    async *signingRecords(start) {
      let from = start
      for (;;) {
        let next: number | undefined
        for (const tables of copies) {
          for await (const key of tables.keys(heightRange('signing', from), { limit: 1 })) {
            next = Math.min(next ?? Number.MAX_SAFE_INTEGER, heightOf(key))
          }
        }
        if (next === undefined) return
        const height = next
        from = height + 1
        const record = await read(height).catch(async (error) => {
          if (!hasCode(error, 'store-damaged')) throw error
          // What is damaged in every copy is not known; that there was something is.
          init.log.error({ height }, 'a signing record is damaged: nothing more is signed up to its height')
          floor = await raiseFloor(copies, Math.max(floor, height + 1))
          return undefined
        })
        if (record !== undefined) yield record
      }
    },
  }
}

/** What the new record should have kept, or undefined if it may follow the old one. */
export const contradiction = (old: SigningRecord | undefined, record: SigningRecord): string | undefined => {
  if (record.nil && record.finalized !== undefined) return 'nil and finalize to exclude each other'
  if (record.finalized !== undefined && !same(record.notarised, record.finalized)) {
    return 'finalize only for the block that was notarised'
  }
  if (old === undefined) return undefined
  if (old.nil && !record.nil) return 'nil to stay signed'
  for (const kind of ['notarised', 'finalized', 'proposed'] as const) {
    if (old[kind] !== undefined && !same(old[kind], record[kind])) return `the block ${kind} to stay the same`
  }
  return undefined
}

const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a !== undefined && b !== undefined && equal(a, b)

const sameRecord = (a: SigningRecord, b: SigningRecord): boolean =>
  a.nil === b.nil &&
  (['notarised', 'finalized', 'proposed'] as const).every(
    (kind) => (a[kind] === undefined && b[kind] === undefined) || same(a[kind], b[kind]),
  )

/** What was signed according to either copy; the older of two is a part of the newer. */
export const union = (a: SigningRecord | undefined, b: SigningRecord): SigningRecord =>
  a === undefined ? b : { ...a, ...b, nil: a.nil || b.nil }
