// What the database must not forget, in a small file beside it: the number of the last write that was acknowledged,
// and the horizons that only rise. LevelDB takes a log whose end is cut off, or a manifest that has lost its last edit,
// for the whole truth; with the ledger the store notices. Two slots are written in turn, each with a checksum, so that
// a write that is cut short leaves the other one; every write is synced before what it stands for is acknowledged.

import { sha256 } from '@noble/hashes/sha2.js'
import { concat, equal, u64be, utf8 } from '../base/bytes.ts'
import { u64At } from './keys.ts'

export interface LedgerState {
  /** Number of the newest acknowledged write; its marker and those down to `oldest` are in the database. */
  readonly sequence: number
  readonly oldest: number
  /** Height below which data was pruned. */
  readonly earliest: number
  /** Highest height at which this database holds, or held, a record of what was signed. */
  readonly signed: number
}

/** The file: `read` gives undefined where there is none, `write` resolves when the bytes are synced. */
export interface LedgerFile {
  read(): Promise<Uint8Array | undefined>
  write(offset: number, bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

export interface Ledger {
  /** What the file said when it was opened. */
  readonly found: 'none' | 'whole' | 'damaged'
  readonly state: LedgerState
  /** Resolves when all of it is synced; nothing goes back. Calls at the same time share one write. */
  advance(change: Partial<LedgerState>): Promise<void>
  close(): Promise<void>
}

/** Slots lie in pages of their own, so that a torn page is one slot at most. */
const SLOT_DISTANCE_BYTES = 4_096
const MAGIC = utf8('weftldg1')
const CHECKSUM_BYTES = 8
const SLOT_BYTES = MAGIC.length + 5 * 8 + CHECKSUM_BYTES

const EMPTY: LedgerState = { sequence: 0, oldest: 1, earliest: 0, signed: 0 }

interface Slot {
  readonly generation: number
  readonly state: LedgerState
}

export const openLedger = async (file: LedgerFile): Promise<Ledger> => {
  const content = await file.read().catch(async (error) => {
    await file.close()
    throw error
  })
  const slots = [0, SLOT_DISTANCE_BYTES].flatMap((offset) => decodeSlot(content, offset) ?? [])
  const newest = slots.reduce<Slot | undefined>(
    (best, slot) => (best === undefined || slot.generation > best.generation ? slot : best),
    undefined,
  )
  let generation = newest?.generation ?? 0
  let state = newest?.state ?? EMPTY
  let wanted = state
  let writing: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined

  const write = async (): Promise<void> => {
    next = undefined
    const written = wanted
    generation += 1
    await file.write((generation % 2) * SLOT_DISTANCE_BYTES, encodeSlot({ generation, state: written }))
    state = written
  }

  return {
    found: newest !== undefined ? 'whole' : isUnborn(content) ? 'none' : 'damaged',
    get state() {
      return state
    },
    advance(change) {
      wanted = risen(wanted, change)
      if (next === undefined) {
        next = writing.then(write)
        writing = next
        // Whoever waits for it hears of a failure; who comes later must not write behind it.
        writing.catch(() => {})
      }
      return next
    },
    async close() {
      await writing.catch(() => {})
      await file.close()
    },
  }
}

/** No file, or one whose first write was cut short: the slot of the second one is untouched. */
const isUnborn = (content: Uint8Array | undefined): boolean =>
  content === undefined || content.subarray(0, SLOT_BYTES).every((byte) => byte === 0)

const risen = (state: LedgerState, change: Partial<LedgerState>): LedgerState => ({
  sequence: Math.max(state.sequence, change.sequence ?? 0),
  oldest: Math.max(state.oldest, change.oldest ?? 0),
  earliest: Math.max(state.earliest, change.earliest ?? 0),
  signed: Math.max(state.signed, change.signed ?? 0),
})

const encodeSlot = ({ generation, state }: Slot): Uint8Array => {
  const { sequence, oldest, earliest, signed } = state
  const body = concat(MAGIC, ...[generation, sequence, oldest, earliest, signed].map(u64be))
  return concat(body, sha256(body).subarray(0, CHECKSUM_BYTES))
}

const decodeSlot = (content: Uint8Array | undefined, offset: number): Slot | undefined => {
  if (content === undefined || content.length < offset + SLOT_BYTES) return undefined
  const slot = content.subarray(offset, offset + SLOT_BYTES)
  const body = slot.subarray(0, SLOT_BYTES - CHECKSUM_BYTES)
  if (!equal(slot.subarray(body.length), sha256(body).subarray(0, CHECKSUM_BYTES))) return undefined
  const at = (place: number) => u64At(slot, MAGIC.length + 8 * place)
  return {
    generation: at(0),
    state: { sequence: at(1), oldest: at(2), earliest: at(3), signed: at(4) },
  }
}
