// The least height at which a validator signs anything new, kept in every copy of the signing records: below it they
// may be incomplete. It never goes back.

import { metaKey } from './keys.ts'
import { HeightType } from './records.ts'
import type { Tables } from './tables.ts'

const FLOOR_KEY = metaKey('signing-floor')

/** The highest that any copy knows; 0 where there is none. */
export const readFloor = async (copies: readonly Tables[]): Promise<number> => {
  let floor = 0
  for (const tables of copies) {
    const payload = await tables.get(FLOOR_KEY)
    if (payload !== undefined) floor = Math.max(floor, HeightType.deserialize(payload).height)
  }
  return floor
}

/** Writes it to every copy; resolves with the floor that holds from now on. */
export const raiseFloor = async (copies: readonly Tables[], height: number): Promise<number> => {
  const floor = Math.max(height, await readFloor(copies))
  const change = { key: FLOOR_KEY, payload: HeightType.serialize({ height: floor }) }
  for (const tables of copies)
    await tables.write([change], {
      raise: { signed: Math.max(0, floor - 1) },
    })
  return floor
}
