// The one way to the database: values are sealed and unsealed here, damage is counted and reported as absence, and
// the first write that fails ends everything. After it nothing is read or written, because a node must not sign,
// acknowledge or serve from a disk that it cannot trust.

import { toHex } from '../base/bytes.ts'
import { hasCode, messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Database, Operation } from './database.ts'
import { seal, unseal } from './envelope.ts'
import { storeError } from './errors.ts'
import { heightOf, type KeyRange, type Part, parts, rootOf, u64At } from './keys.ts'
import type { LedgerState } from './ledger.ts'
import { isBroken, isClosed, isDamage } from './level-errors.ts'

/** A put of a payload that is not sealed yet, or a deletion. */
export type Change = Put | { readonly delete: Uint8Array }

export interface Put {
  readonly key: Uint8Array
  readonly payload: Uint8Array
}

export interface RangeOptions {
  readonly reverse?: boolean
  /** Most entries. */
  readonly limit?: number
}

export interface WriteOptions {
  readonly sync?: boolean
  /** Horizons that this write raises; kept in the ledger as well, where there is one. */
  readonly raise?: Partial<Pick<LedgerState, 'earliest' | 'signed'>>
}

/** Where a damaged value lies, by its key: what can be fetched again is told by it. */
export interface Damage {
  readonly part: Part
  /** Of parts that belong to a height. */
  readonly height?: number
  /** Of parts that belong to one block. */
  readonly root?: Uint8Array
}

export interface Tables {
  /** Payload under a key; undefined if there is none or it is damaged. */
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** As `get`, for records whose loss is not harmless: damage throws `store-damaged`. */
  getStrictly(key: Uint8Array): Promise<Uint8Array | undefined>
  /** All changes or none, in order; resolves when they are synced to disk, unless `sync` is false. */
  write(changes: readonly Change[], options?: WriteOptions): Promise<void>
  /** Entries of a range whose values are whole. */
  entries(range: KeyRange, options?: RangeOptions): AsyncIterable<[Uint8Array, Uint8Array]>
  keys(range: KeyRange, options?: RangeOptions): AsyncIterable<Uint8Array>
  /** Deletes a range; not synced, since a deletion can be repeated. */
  clear(range: KeyRange): Promise<void>
  compact(range: KeyRange): Promise<void>
  /** Counts and logs a part that is damaged. */
  damaged(key: Uint8Array, error?: unknown): void
  /** Ends everything: what was thrown is told as `store-failed`, which is returned. */
  fail(error: unknown): unknown
  /** Aborts when a write has failed; its reason is the `store-failed` error. */
  readonly failure: AbortSignal
}

/** Small values sealed in one turn; more wait for the next, so that a block of 16,384 entries does not hold the thread. */
const SEALED_PER_TURN = 1_024

export interface TablesComponents {
  readonly log: Logger
  readonly metrics: Metrics
  /** Files of the database turned out to be broken. */
  readonly onBroken?: () => void
  /** A value turned out to be damaged and counts as absent. */
  readonly onDamaged?: ((damage: Damage) => void) | undefined
}

export const createTables = (database: Database, components: TablesComponents): Tables => {
  const { log, metrics, onBroken = () => {}, onDamaged = () => {} } = components
  const failure = new AbortController()

  const fail = (error: unknown) => {
    if (isClosed(error)) return storeError('store-closed', 'expected an open store', {}, error)
    if (hasCode(error, 'store-closed')) return error
    if (isBroken(error)) onBroken()
    if (!failure.signal.aborted) {
      metrics.count('weft_store_failures_total')
      log.error(
        { error: messageOf(error), cause: messageOf((error as Error)?.cause) },
        'a write failed: the store stops',
      )
      const why = messageOf((error as Error)?.cause ?? error)
      const message = `expected a write to succeed, the store stops: ${why}`
      failure.abort(storeError('store-failed', message, {}, error))
    }
    return failure.signal.reason
  }

  const damaged = (key: Uint8Array, error?: unknown) => {
    const part = partOf(key)
    if (isBroken(error)) onBroken()
    metrics.count('weft_store_damaged_total', 1, { part })
    log.error(
      { part, key: toHex(key), ...(error === undefined ? {} : { error: messageOf(error) }) },
      'a stored value is damaged and counts as absent',
    )
    const damage = damageAt(key)
    if (damage !== undefined) onDamaged(damage)
  }

  const read = async (key: Uint8Array): Promise<{ payload?: Uint8Array; damage?: unknown }> => {
    failure.signal.throwIfAborted()
    let value: Uint8Array | undefined
    try {
      value = await database.get(key)
    } catch (error) {
      if (isClosed(error)) throw storeError('store-closed', 'expected an open store', {}, error)
      if (!isDamage(error)) throw error
      return { damage: error }
    }
    if (value === undefined) return {}
    const payload = await unseal(key, plain(value))
    return payload === undefined ? { damage: new Error('expected the checksum to match') } : { payload }
  }

  return {
    failure: failure.signal,
    damaged,
    fail,
    async get(key) {
      const { payload, damage } = await read(key)
      if (damage !== undefined) damaged(key, damage)
      return payload
    },
    async getStrictly(key) {
      const { payload, damage } = await read(key)
      if (damage !== undefined) {
        damaged(key, damage)
        const part = partOf(key)
        throw storeError(
          'store-damaged',
          `expected a whole record of ${part}, it is damaged`,
          { part },
          damage,
        )
      }
      return payload
    },
    async write(changes, options = {}) {
      failure.signal.throwIfAborted()
      const operations: Operation[] = []
      let bytes = 0
      for (const [index, change] of changes.entries()) {
        if (index % SEALED_PER_TURN === SEALED_PER_TURN - 1)
          await new Promise((resolve) => setTimeout(resolve))
        if ('delete' in change) {
          operations.push({ type: 'del', key: change.delete })
        } else {
          const value = await seal(change.key, change.payload)
          bytes += change.key.length + value.length
          operations.push({ type: 'put', key: change.key, value })
        }
      }
      failure.signal.throwIfAborted()
      const began = performance.now()
      try {
        await database.batch(operations, { sync: options.sync ?? true })
      } catch (error) {
        throw fail(error)
      }
      // A write that was under way beside one that failed is not acknowledged either.
      failure.signal.throwIfAborted()
      metrics.observe('weft_store_write_seconds', (performance.now() - began) / 1_000)
      metrics.count('weft_store_written_bytes_total', bytes)
    },
    async *entries(range, options = {}) {
      failure.signal.throwIfAborted()
      try {
        for await (const [rawKey, rawValue] of database.iterator({ ...range, ...options })) {
          failure.signal.throwIfAborted()
          const key = plain(rawKey)
          const payload = await unseal(key, plain(rawValue))
          if (payload === undefined) damaged(key)
          else yield [key, payload]
        }
      } catch (error) {
        if (isClosed(error)) throw storeError('store-closed', 'expected an open store', {}, error)
        if (!isDamage(error)) throw error
        // LevelDB cannot go on behind a damaged table: what follows counts as absent.
        damaged(range.gte, error)
      }
    },
    async *keys(range, options = {}) {
      failure.signal.throwIfAborted()
      try {
        for await (const key of database.keys({ ...range, ...options })) yield plain(key)
      } catch (error) {
        if (isClosed(error)) throw storeError('store-closed', 'expected an open store', {}, error)
        if (!isDamage(error)) throw error
        damaged(range.gte, error)
      }
    },
    async clear(range) {
      failure.signal.throwIfAborted()
      try {
        await database.clear(range)
      } catch (error) {
        throw fail(error)
      }
    },
    async compact(range) {
      failure.signal.throwIfAborted()
      await database.compactRange?.(range.gte, range.lt)
    },
  }
}

const nameOfLetter = new Map(Object.entries(parts).map(([name, letter]) => [letter as string, name as Part]))

const partOf = (key: Uint8Array): string => nameOfLetter.get(String.fromCharCode(key[0] ?? 0)) ?? 'unknown'

/** What a key says of the value under it. */
const damageAt = (key: Uint8Array): Damage | undefined => {
  const part = nameOfLetter.get(String.fromCharCode(key[0] ?? 0))
  if (part === undefined) return undefined
  if (partsOfBlocks.has(part) && key.length >= 41) return { part, height: heightOf(key), root: rootOf(key) }
  if (partsOfHeights.has(part) && key.length >= 9) return { part, height: heightOf(key) }
  if (partsOfPlaces.has(part) && key.length >= 30) return { part, height: u64At(key, key.length - 8) }
  return { part }
}

const partsOfBlocks: ReadonlySet<Part> = new Set([
  'header',
  'commitments',
  'proposal',
  'column',
  'held',
  'journal',
  'tile',
] as const)
const partsOfPlaces: ReadonlySet<Part> = new Set(['blob', 'namespace', 'versioned'] as const)
const partsOfHeights: ReadonlySet<Part> = new Set(['certificate', 'final', 'entries', 'signing'] as const)

/** A Buffer of the database as plain bytes, so that nothing downstream meets Buffer's own slice. */
const plain = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
