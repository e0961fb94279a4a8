// Squaring the two copies of the signing records when they are opened. One that was harmed gets back from the other
// what it lost. Where none of them is whole, the ledgers tell how high the records reached, and nothing is signed up to
// there any more; where they are gone too, the validator does not start until its operator says from where it may sign.

import type { Logger } from '../base/log.ts'
import type { SigningRecord } from '../chain/ports.ts'
import { storeError } from './errors.ts'
import { heightKey, heightOf, heightRange } from './keys.ts'
import { type OpenDatabase, SIGNING_HARMS_KEY } from './opening.ts'
import { decodeSigning, encodeSigning } from './records.ts'
import { union } from './signing.ts'
import { raiseFloor, readFloor } from './signing-floor.ts'
import type { Tables } from './tables.ts'

export { readFloor } from './signing-floor.ts'

export interface SquaringInit {
  /** Given by the operator: nothing is signed below this height. */
  readonly floor: number | undefined
  readonly log: Logger
}

/** Heights whose records are copied in one write. */
const BATCH = 512

/** Resolves with the signing floor. Throws `signing-records-lost`. */
export const squareSigning = async (
  copies: readonly OpenDatabase[],
  { floor: wanted, log }: SquaringInit,
): Promise<number> => {
  const tables = copies.map((copy) => copy.tables)
  const known = await readFloor(tables)
  const harmed = new Map<OpenDatabase, string>()
  for (const copy of copies) {
    const harms = await copy.tables.get(SIGNING_HARMS_KEY)
    if (harms !== undefined) harmed.set(copy, new TextDecoder().decode(harms))
  }
  const whole = copies.filter((copy) => !copy.isNew && !harmed.has(copy))

  let floor = Math.max(known, wanted ?? 0)
  if (harmed.size > 0 && whole.length === 0) {
    // A ledger that was begun anew since knows nothing of what was before.
    const heights = copies.flatMap((copy) =>
      harmed.get(copy)?.includes('ledger-lost') ? [] : (copy.signedUpTo ?? []),
    )
    if (heights.length === 0 && wanted === undefined) {
      throw storeError(
        'signing-records-lost',
        `expected a whole copy of the signing records in ${copies.map(({ location }) => location).join(' or ')}: every one is damaged, and what this validator signed is not known. See docs/recovery.md, and start with --signing-floor HEIGHT, a height that the chain has surely passed`,
      )
    }
    floor = Math.max(floor, ...heights.map((height) => height + 1), (await highestRecord(tables)) + 1)
    log.error({ floor }, 'no copy of the signing records is whole: nothing is signed below this height')
  }
  if (floor > known) await raiseFloor(tables, floor)
  if (harmed.size > 0 || (whole.length > 0 && whole.length < copies.length)) {
    await copyAll(tables)
    const signed = Math.max(floor - 1, await highestRecord(tables))
    for (const copy of harmed.keys())
      await copy.tables.write([{ delete: SIGNING_HARMS_KEY }], { raise: { signed } })
  }
  return floor
}

const highestRecord = async (copies: readonly Tables[]): Promise<number> => {
  let highest = 0
  for (const tables of copies)
    for await (const key of tables.keys(heightRange('signing', 0), { reverse: true, limit: 1 }))
      highest = Math.max(highest, heightOf(key))
  return highest
}

/** Every copy gets what any of them knows. What is damaged in all of them stays damaged. */
const copyAll = async (copies: readonly Tables[]): Promise<void> => {
  for (const from of copies) {
    let records: SigningRecord[] = []
    const flush = async () => {
      for (const to of copies) if (to !== from) await mergeInto(to, records)
      records = []
    }
    for await (const [, payload] of from.entries(heightRange('signing', 0))) {
      records.push(decodeSigning(payload))
      if (records.length === BATCH) await flush()
    }
    await flush()
  }
}

const mergeInto = async (tables: Tables, records: readonly SigningRecord[]): Promise<void> => {
  const last = records.at(-1)
  if (last === undefined) return
  const changes = []
  for (const record of records) {
    const key = heightKey('signing', record.height)
    const payload = await tables.get(key)
    const merged = payload === undefined ? record : union(decodeSigning(payload), record)
    changes.push({ key, payload: encodeSigning(merged) })
  }
  await tables.write(changes, { raise: { signed: last.height } })
}
