// Tables whose synced writes are acknowledged through the ledger: each carries a marker, and resolves only when it and
// every write before it are in the database and the ledger says so. What is not synced is not acknowledged either, and
// goes by as it is.

import type { Ledger } from './ledger.ts'
import type { Markers } from './markers.ts'
import type { Change, Tables } from './tables.ts'

export const acknowledgeThrough = (tables: Tables, ledger: Ledger, markers: Markers): Tables => {
  let before: Promise<unknown> = Promise.resolve()
  return {
    ...tables,
    async write(changes, options = {}) {
      if (options.sync === false) return tables.write(changes, options)
      const { sequence, oldest, changes: own } = markers.next(bytesOf(changes))
      // LevelDB may finish writes of several threads in any order; the ledger knows only the last number.
      const all = Promise.all([before, tables.write([...changes, ...own], options)])
      before = all
      await all
      try {
        await ledger.advance({ sequence, oldest, ...options.raise })
      } catch (error) {
        throw tables.fail(error)
      }
      tables.failure.throwIfAborted()
    },
  }
}

/** About what the changes take in the database's log. */
const bytesOf = (changes: readonly Change[]): number =>
  changes.reduce(
    (sum, change) =>
      sum + 16 + ('delete' in change ? change.delete.length : change.key.length + change.payload.length),
    0,
  )
