// From older formats of the database to this one, one step a version. A step may be cut short at any write and run
// again: what it has done already it finds done, and the version is raised, synced, only behind its last write.

import type { Logger } from '../base/log.ts'
import { SignedHeaderType } from '../chain/containers.ts'
import { storeError } from './errors.ts'
import { commitmentsOf, readEntries, rowPlacesOf } from './finals.ts'
import { blobIdOf, blockKey, heightOf, heightRange, metaKey, submissionRange } from './keys.ts'
import {
  FINAL_OF_FORMAT_1_BYTES,
  FinalOfFormat1Type,
  FinalType,
  FormatType,
  WAITING_BYTES,
  WaitingOfFormat2Type,
  ZERO_ROOT,
} from './records.ts'
import { writePieces } from './submissions.ts'
import type { Change, Tables } from './tables.ts'

/** Version of the layout in keys.ts. */
export const STORE_FORMAT = 3
/** From this one on a database has a ledger beside it. */
export const FIRST_FORMAT_WITH_LEDGER = 2

export const FORMAT_KEY = metaKey('format')

interface MigrationInit {
  readonly location: string
  readonly wasRepaired: boolean
  readonly log: Logger
}

/** From the version that is its key to the next. */
const steps: ReadonlyMap<number, (tables: Tables) => Promise<void>> = new Map([
  [1, addParentsToFinals],
  [2, cutWaitingBlobs],
])

/**
 * Brings a database of an older format to this one; refuses one of a newer format or of none that is known. A repair may
 * have brought back values that a step had replaced: then every step is taken again.
 */
export const migrate = async (
  tables: Tables,
  format: number,
  { location, wasRepaired, log }: MigrationInit,
): Promise<void> => {
  if (format > STORE_FORMAT) {
    throw storeError(
      'unknown-format',
      `expected a database of format ${STORE_FORMAT} or older in ${location}, got format ${format}: it was written by a newer version of weft, which is the one to start it with`,
      { location },
    )
  }
  for (let version = wasRepaired ? 1 : format; version < STORE_FORMAT; version++) {
    const step = steps.get(version)
    if (step === undefined) {
      throw storeError('unknown-format', `expected a known format in ${location}, got ${version}`, {
        location,
      })
    }
    const again = version < format
    log.info(
      { location, from: version, to: version + 1 },
      again
        ? 'a step to a newer format is taken again after a repair'
        : 'the database is brought to a newer format',
    )
    await step(tables)
    const payload = FormatType.serialize({ format: Math.max(format, version + 1) })
    await tables.write([{ key: FORMAT_KEY, payload }])
  }
}

/** Records in one batch. */
const BATCH = 512

/**
 * Format 2: a final record names its parent, so that a hole in the index of final blocks shows, and rows of aligned
 * blobs are found by their versioned hashes.
 */
async function addParentsToFinals(tables: Tables): Promise<void> {
  let changes: Change[] = []
  for await (const [key, payload] of tables.entries(heightRange('final', 0))) {
    if (payload.length !== FINAL_OF_FORMAT_1_BYTES) continue
    const { root, arrivedMs } = FinalOfFormat1Type.deserialize(payload)
    const header = await tables.get(blockKey('header', heightOf(key), root))
    const parentRoot =
      header === undefined ? ZERO_ROOT : SignedHeaderType.deserialize(header).message.parentRoot
    const height = heightOf(key)
    const entries = await readEntries(tables, height)
    changes.push(...rowPlacesOf(height, entries, await commitmentsOf(tables, height, root)), {
      key,
      payload: FinalType.serialize({ root, arrivedMs, parentRoot }),
    })
    if (changes.length < BATCH) continue
    await tables.write(changes)
    changes = []
  }
  if (changes.length > 0) await tables.write(changes)
}

/** Format 3: the data of a waiting blob lies in pieces. */
async function cutWaitingBlobs(tables: Tables): Promise<void> {
  for await (const [key, payload] of tables.entries(submissionRange)) {
    if (payload.length === WAITING_BYTES) continue
    const { order, submission } = WaitingOfFormat2Type.deserialize(payload)
    await tables.write(await writePieces(tables.write, blobIdOf(key), { order, ...submission }))
  }
}
