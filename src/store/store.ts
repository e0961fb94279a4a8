// The store of a node behind the port of `chain`: LevelDB (or another `abstract-level`) on disk, every value with a
// checksum, every acknowledged write synced. It knows nothing of validity: what is put here has been checked. After
// the first failed write it refuses everything (`failed` aborts), because a node must not sign, acknowledge or serve
// from a disk that it cannot trust.

import { equal, toHex } from '../base/bytes.ts'
import { hasCode, messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Store } from '../chain/ports.ts'
import { createBlockStore } from './blocks.ts'
import { createCertificateStore } from './certificates.ts'
import { type Backend, classicBackend, type Database, openDatabase, type Repairs } from './database.ts'
import { storeError } from './errors.ts'
import { createFinalStore } from './finals.ts'
import { everything, metaKey } from './keys.ts'
import { createLocator } from './locate.ts'
import { createMutex } from './mutex.ts'
import { createPrune } from './prune.ts'
import { FormatType } from './records.ts'
import { createSampleStore } from './samples.ts'
import { createSigningStore } from './signing.ts'
import { createSubmissionStore } from './submissions.ts'
import { createTables, type Tables } from './tables.ts'

export interface StoreInit {
  /** Folder of the database (name of it in a page). */
  readonly location: string
  /** Folder of the second copy of the signing records; wanted wherever a validator signs. Default: none. */
  readonly signingLocation?: string
  /** Chain id (32 bytes); a database of another chain is refused. Default: not checked. */
  readonly chainId?: Uint8Array
  /** Cache of blocks of the database, in bytes. Default 8 MiB. */
  readonly cacheBytes?: number
  /** Write buffer, in bytes; up to two are in memory. Default 8 MiB. */
  readonly writeBufferBytes?: number
  /** Most table files (2 MiB each) held open and mapped. Default 74. */
  readonly openFiles?: number
}

export interface StoreComponents {
  readonly log: Logger
  readonly metrics: Metrics
  /** Default: LevelDB by `classic-level`. */
  readonly backend?: Backend
}

export interface NodeStore extends Store {
  /** Aborts, with a `store-failed` error, when a write has failed: the node should stop. */
  readonly failed: AbortSignal
  /** Whether the database was damaged when it was opened and has been repaired: parts of it may be missing. */
  readonly repaired: boolean
}

/** Version of the layout in keys.ts. */
export const STORE_FORMAT = 1

export const createStore = (init: StoreInit, components: StoreComponents): NodeStore => {
  const { log, metrics, backend = classicBackend } = components
  const failed = new AbortController()
  const options = {
    cacheBytes: init.cacheBytes ?? 8 * 1024 * 1024,
    writeBufferBytes: init.writeBufferBytes ?? 8 * 1024 * 1024,
    openFiles: init.openFiles ?? 74,
  }
  const databases: Database[] = []
  let parts: Omit<Store, 'open' | 'close'> | undefined
  let opening: Promise<void> | undefined
  let repaired = false
  /** By location: the note that the database is broken, written or being written. */
  const notes = new Map<string, Promise<void>>()

  const close = async () => {
    parts = undefined
    await Promise.all(notes.values())
    notes.clear()
    for (const database of databases.splice(0).reverse()) await database.close()
  }

  const openOnce = async (location: string, wasRepaired: boolean): Promise<Tables> => {
    const database = await openDatabase(location, backend, options)
    const onBroken = () => {
      if (backend.repairs === undefined || notes.has(location)) return
      notes.set(
        location,
        backend.repairs.note(location).catch(() => {}),
      )
    }
    const tables = createTables(database, { log, metrics, onBroken })
    try {
      await checkIdentity(tables, { ...init, location }, wasRepaired)
    } catch (error) {
      await notes.get(location)
      notes.delete(location)
      await database.close()
      throw error
    }
    databases.push(database)
    tables.failure.addEventListener('abort', () => failed.abort(tables.failure.reason), { once: true })
    return tables
  }

  const repair = async (location: string, repairs: Repairs, reason: string) => {
    log.error({ location, reason }, 'the database is broken and is being repaired')
    metrics.count('weft_store_repairs_total')
    repaired = true
    await repairs.repair(location).catch((cause: unknown) => {
      throw storeError('store-damaged', `expected to repair ${location}`, { location }, cause)
    })
  }

  /** Opens a database; one that is broken is repaired, once, which keeps every record that still is whole. */
  const openTables = async (location: string): Promise<Tables> => {
    const { repairs } = backend
    if (repairs === undefined) return openOnce(location, false)
    const noted = await repairs.isNoted(location)
    if (noted) await repair(location, repairs, 'found broken in its last life')
    try {
      return await openOnce(location, noted)
    } catch (error) {
      if (noted || !hasCode(error, 'store-damaged')) throw error
      await repair(location, repairs, messageOf(error))
      return openOnce(location, true)
    }
  }

  const open = async () => {
    const signing = init.signingLocation === undefined ? undefined : await openTables(init.signingLocation)
    const tables = await openTables(init.location)
    parts = assemble(tables, signing === undefined ? [tables] : [tables, signing])
  }

  const ready = () => {
    failed.signal.throwIfAborted()
    if (parts === undefined)
      throw storeError('store-closed', 'expected an open store', { location: init.location })
    return parts
  }

  return {
    failed: failed.signal,
    get repaired() {
      return repaired
    },
    open() {
      opening ??= open().catch(async (error) => {
        opening = undefined
        await close()
        throw error
      })
      return opening
    },
    async close() {
      await opening?.catch(() => {})
      opening = undefined
      await close()
    },
    putAnnouncement: async (...args) => ready().putAnnouncement(...args),
    getAnnouncement: async (...args) => ready().getAnnouncement(...args),
    rootsAt: async (...args) => ready().rootsAt(...args),
    putProposal: async (...args) => ready().putProposal(...args),
    getProposal: async (...args) => ready().getProposal(...args),
    putBlock: async (...args) => ready().putBlock(...args),
    putColumns: async (...args) => ready().putColumns(...args),
    getColumn: async (...args) => ready().getColumn(...args),
    heldColumns: async (...args) => ready().heldColumns(...args),
    putCertificate: async (...args) => ready().putCertificate(...args),
    getCertificate: async (...args) => ready().getCertificate(...args),
    certificates: (...args) => ready().certificates(...args),
    putFinal: async (...args) => ready().putFinal(...args),
    finalTip: async () => ready().finalTip(),
    finalRootAt: async (...args) => ready().finalRootAt(...args),
    finalRoots: (...args) => ready().finalRoots(...args),
    locateBlob: async (...args) => ready().locateBlob(...args),
    locateVersionedHash: async (...args) => ready().locateVersionedHash(...args),
    locateNamespace: async (...args) => ready().locateNamespace(...args),
    earliestHeight: async () => ready().earliestHeight(),
    raiseEarliest: async (...args) => ready().raiseEarliest(...args),
    prune: async (...args) => ready().prune(...args),
    getSigningRecord: async (...args) => ready().getSigningRecord(...args),
    putSigningRecord: async (...args) => ready().putSigningRecord(...args),
    signingRecords: (...args) => ready().signingRecords(...args),
    signingFloor: async () => ready().signingFloor(),
    raiseSigningFloor: async (...args) => ready().raiseSigningFloor(...args),
    putSamples: async (...args) => ready().putSamples(...args),
    getSampleRecord: async (...args) => ready().getSampleRecord(...args),
    sampleRecords: (...args) => ready().sampleRecords(...args),
    getTile: async (...args) => ready().getTile(...args),
    heldTiles: async (...args) => ready().heldTiles(...args),
    deleteTiles: async (...args) => ready().deleteTiles(...args),
    putSubmission: async (...args) => ready().putSubmission(...args),
    deleteSubmissions: async (...args) => ready().deleteSubmissions(...args),
    submissions: (...args) => ready().submissions(...args),
  }
}

const assemble = (tables: Tables, copies: readonly [Tables, ...Tables[]]): Omit<Store, 'open' | 'close'> => {
  const locator = createLocator(tables)
  const exclusive = createMutex()
  const finals = createFinalStore(tables, exclusive)
  return {
    ...createBlockStore(tables, locator),
    ...createCertificateStore(tables),
    ...finals,
    prune: createPrune(tables, copies, finals, locator, exclusive),
    ...createSigningStore(copies),
    ...createSampleStore(tables, locator),
    ...createSubmissionStore(tables),
  }
}

interface Identity {
  readonly location: string
  readonly chainId?: Uint8Array
}

/**
 * Writes format and chain id into a new database, compares them in an old one. A repair may have lost the two records:
 * then a value whose checksum holds tells the format.
 */
const checkIdentity = async (tables: Tables, identity: Identity, repaired: boolean): Promise<void> => {
  const { location, chainId } = identity
  const read = (key: Uint8Array) => (repaired ? tables.get(key) : tables.getStrictly(key))
  const formatKey = metaKey('format')
  const chainKey = metaKey('chain')
  const stored = await read(formatKey)
  if (stored === undefined) {
    if (!(await isEmpty(tables)) && !(repaired && (await hasWholeValue(tables)))) {
      throw storeError('unknown-format', `expected format ${STORE_FORMAT}, found none`, { location })
    }
    await tables.write([{ key: formatKey, payload: FormatType.serialize({ format: STORE_FORMAT }) }])
  } else {
    const { format } = FormatType.deserialize(stored)
    if (format !== STORE_FORMAT) {
      throw storeError('unknown-format', `expected format ${STORE_FORMAT}, got ${format}`, { location })
    }
  }
  if (chainId === undefined) return
  const storedChain = await read(chainKey)
  if (storedChain === undefined) await tables.write([{ key: chainKey, payload: chainId }])
  else if (!equal(storedChain, chainId)) {
    throw storeError('other-chain', `expected chain ${toHex(chainId)}, got ${toHex(storedChain)}`, {
      location,
    })
  }
}

const isEmpty = async (tables: Tables): Promise<boolean> => {
  for await (const _ of tables.keys(everything, { limit: 1 })) return false
  return true
}

const hasWholeValue = async (tables: Tables): Promise<boolean> => {
  for await (const _ of tables.entries(everything)) return true
  return false
}
