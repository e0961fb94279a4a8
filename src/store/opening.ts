// Opening one database and finding out whether it is whole: repaired where LevelDB says that it is broken, refused
// where it is another chain's or a newer version's, brought to this format where it is older, and compared with its
// ledger. What was found wrong is written into the database itself, so that it is not forgotten before it is mended.

import { equal, toHex, utf8 } from '../base/bytes.ts'
import { hasCode, messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { acknowledgeThrough } from './acknowledge.ts'
import { type Backend, type Database, type DatabaseOptions, openDatabase } from './database.ts'
import { storeError } from './errors.ts'
import { EARLIEST_HEIGHT } from './finals.ts'
import { everything, markersBefore, metaKey } from './keys.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { isBroken } from './level-errors.ts'
import { createMarkers, findMarkers } from './markers.ts'
import { FIRST_FORMAT_WITH_LEDGER, FORMAT_KEY, migrate, STORE_FORMAT } from './migrations.ts'
import { FormatType, HeightType } from './records.ts'
import { type Change, createTables, type Damage, type Tables } from './tables.ts'

export interface OpeningInit {
  readonly location: string
  readonly chainId?: Uint8Array | undefined
  readonly options: DatabaseOptions
}

export interface OpeningComponents {
  readonly log: Logger
  readonly metrics: Metrics
  readonly backend: Backend
  readonly onDamaged?: ((damage: Damage) => void) | undefined
}

/** What is wrong with a database, by kind; several may be. */
export type Harm =
  /** Files were broken; LevelDB kept what was still whole. */
  | 'repaired'
  /** Acknowledged writes are gone. */
  | 'writes-lost'
  /** The ledger is gone or damaged: whether writes were lost cannot be told. */
  | 'ledger-lost'

export interface OpenDatabase {
  readonly tables: Tables
  readonly location: string
  /** Neither database nor ledger was there before. */
  readonly isNew: boolean
  /** What was found now, or at an earlier start and not mended since. */
  readonly harms: readonly Harm[]
  readonly lostWrites: number
  /** Highest height of a signing record according to a whole ledger; undefined where there is none to tell. */
  readonly signedUpTo: number | undefined
  close(): Promise<void>
}

/** Whatever was found wrong, as text; deleted when it is mended. */
export const HARMS_KEY = metaKey('harms')
/** Likewise, deleted when the signing records were squared with their other copy. */
export const SIGNING_HARMS_KEY = metaKey('signing-harms')
const CHAIN_KEY = metaKey('chain')
/** Markers reach back over so many write buffers: the log, what is being flushed, and the newest tables. */
const BUFFERS_MARKED = 4

export const openTables = async (init: OpeningInit, components: OpeningComponents): Promise<OpenDatabase> => {
  const { backend, log, metrics } = components
  const { location } = init
  const { repairs } = backend
  if (repairs === undefined) return openOnce(init, components, false)
  const repair = async (reason: string) => {
    log.error({ location, reason }, 'the database is broken and is being repaired')
    metrics.count('weft_store_repairs_total')
    // Until what may be missing is noted inside: a start that is cut short repairs again.
    await repairs.note(location)
    await repairs.repair(location).catch((cause: unknown) => {
      throw storeError(
        'store-damaged',
        `expected to repair ${location}: if it cannot be brought back, move the folder away and let the node fetch everything again (docs/recovery.md)`,
        { location },
        cause,
      )
    })
  }
  const isNoted = await repairs.isNoted(location)
  if (isNoted) await repair('found broken in its last life')
  const open = async () => {
    if (isNoted) return { opened: await openOnce(init, components, true), wasRepaired: true }
    try {
      return { opened: await openOnce(init, components, false), wasRepaired: false }
    } catch (error) {
      // Opening deletes what is no longer wanted, which may be the first to read a broken table.
      if (!hasCode(error, 'store-damaged') && !isBroken(error)) throw error
      await repair(messageOf(error))
      return { opened: await openOnce(init, components, true), wasRepaired: true }
    }
  }
  const { opened, wasRepaired } = await open()
  if (wasRepaired) await repairs.forgetNote(location)
  return opened
}

const openOnce = async (
  init: OpeningInit,
  components: OpeningComponents,
  wasRepaired: boolean,
): Promise<OpenDatabase> => {
  const { backend, log, metrics, onDamaged } = components
  const { location } = init
  const database = await openDatabase(location, backend, init.options)
  let note: Promise<void> | undefined
  let ledger: Ledger | undefined
  const onBroken = () => {
    note ??= backend.repairs?.note(location).catch(() => {})
  }
  const close = async () => {
    await note
    await closeBoth(ledger, database)
  }
  try {
    const plain = createTables(database, { log, metrics, onBroken, onDamaged })
    const isEmpty = await hasNoKeys(plain)
    const format = isEmpty ? undefined : await readFormat(plain, location, wasRepaired)
    await checkChain(plain, init, wasRepaired)
    ledger = await openLedgerOf(backend, location)
    // First of all, so that from here on its absence means something.
    const hadLedger = format !== undefined && format >= FIRST_FORMAT_WITH_LEDGER
    if (ledger?.found === 'none' && !hadLedger) {
      await ledger.advance({}).catch((error) => {
        throw plain.fail(error)
      })
    }
    if (format !== undefined) await migrate(plain, format, { location, wasRepaired, log })
    const found = await compare(plain, ledger, {
      isEmpty,
      wasRepaired,
      isExpected: hadLedger,
    })
    const tables =
      ledger === undefined
        ? plain
        : acknowledgeThrough(
            plain,
            ledger,
            createMarkers(found.markers, BUFFERS_MARKED * init.options.writeBufferBytes),
          )
    const harms = await begin(tables, found.harms, isEmpty ? identityOf(init) : [])
    if (ledger !== undefined) {
      await plain.clear(markersBefore(ledger.state.oldest))
      await squareEarliest(tables, ledger)
    }
    if (harms.length > 0) {
      metrics.count('weft_store_lost_writes_total', found.markers.lost)
      log.error(
        { location, harms, lostWrites: found.markers.lost },
        'the database is not whole: what is missing of final blocks is fetched from peers; submissions that waited may be gone',
      )
    }
    return {
      tables,
      location,
      isNew: isEmpty && found.harms.length === 0,
      harms,
      lostWrites: found.markers.lost,
      signedUpTo: ledger?.found === 'whole' ? ledger.state.signed : undefined,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The database first: it waits for writes under way, and these for the ledger. */
const closeBoth = async (ledger: Ledger | undefined, database: Database): Promise<void> => {
  try {
    await database.close()
  } finally {
    await ledger?.close()
  }
}

const openLedgerOf = async (backend: Backend, location: string): Promise<Ledger | undefined> =>
  backend.ledger === undefined ? undefined : openLedger(await backend.ledger(location))

interface Expectation {
  readonly isEmpty: boolean
  readonly wasRepaired: boolean
  readonly isExpected: boolean
}

/** What the ledger says of the database, and what of it is there. */
const compare = async (
  tables: Tables,
  ledger: Ledger | undefined,
  { isEmpty, wasRepaired, isExpected }: Expectation,
) => {
  const harms: Harm[] = wasRepaired ? ['repaired'] : []
  if (ledger === undefined) return { harms, markers: { lost: 0, highest: 0, present: [] } }
  if (ledger.found === 'damaged' || (ledger.found === 'none' && isExpected && !isEmpty))
    harms.push('ledger-lost')
  const markers = await findMarkers(tables, ledger.state)
  if (markers.lost > 0) harms.push('writes-lost')
  return { harms, markers }
}

/** The first write: adds what was found now to what was found before and not mended, and makes a new one known. */
const begin = async (
  tables: Tables,
  found: readonly Harm[],
  identity: readonly Change[],
): Promise<readonly Harm[]> => {
  const before = await tables.get(HARMS_KEY)
  const known = before === undefined ? [] : (new TextDecoder().decode(before).split(' ') as Harm[])
  const all = [...new Set([...known, ...found])]
  const payload = utf8(all.join(' '))
  const harms = [HARMS_KEY, SIGNING_HARMS_KEY].map((key) => ({ key, payload }))
  const changes = [...identity, ...(found.length > 0 ? harms : [])]
  if (changes.length > 0) await tables.write(changes)
  return all
}

/** The pruning horizon never falls back, whichever of the two lost it. */
const squareEarliest = async (tables: Tables, ledger: Ledger): Promise<void> => {
  const payload = await tables.get(EARLIEST_HEIGHT)
  const stored = payload === undefined ? 0 : HeightType.deserialize(payload).height
  const height = Math.max(stored, ledger.state.earliest)
  if (height === stored && height === ledger.state.earliest) return
  await tables.write([{ key: EARLIEST_HEIGHT, payload: HeightType.serialize({ height }) }], {
    raise: { earliest: height },
  })
}

/** The database's format. A repair may have lost the record: then a value whose checksum holds stands for it. */
const readFormat = async (tables: Tables, location: string, wasRepaired: boolean): Promise<number> => {
  const stored = await (wasRepaired ? tables.get(FORMAT_KEY) : tables.getStrictly(FORMAT_KEY))
  if (stored !== undefined) return FormatType.deserialize(stored).format
  if (!wasRepaired || !(await hasWholeValue(tables))) {
    throw storeError('unknown-format', `expected format ${STORE_FORMAT} in ${location}, found none`, {
      location,
    })
  }
  // The oldest: each step finds by itself what there is to do.
  return 1
}

const checkChain = async (
  tables: Tables,
  { location, chainId }: OpeningInit,
  wasRepaired: boolean,
): Promise<void> => {
  if (chainId === undefined) return
  const stored = await (wasRepaired ? tables.get(CHAIN_KEY) : tables.getStrictly(CHAIN_KEY))
  if (stored === undefined) {
    if (!(await hasNoKeys(tables))) await tables.write([{ key: CHAIN_KEY, payload: chainId }])
  } else if (!equal(stored, chainId)) {
    throw storeError('other-chain', `expected chain ${toHex(chainId)}, got ${toHex(stored)}`, { location })
  }
}

const identityOf = ({ chainId }: OpeningInit): readonly Change[] => [
  { key: FORMAT_KEY, payload: FormatType.serialize({ format: STORE_FORMAT }) },
  ...(chainId === undefined ? [] : [{ key: CHAIN_KEY, payload: chainId }]),
]

const hasNoKeys = async (tables: Tables): Promise<boolean> => {
  for await (const _ of tables.keys(everything, { limit: 1 })) return false
  return true
}

const hasWholeValue = async (tables: Tables): Promise<boolean> => {
  for await (const _ of tables.entries(everything)) return true
  return false
}
