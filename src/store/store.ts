// The store of a node behind the port of `chain`: LevelDB (or another `abstract-level`) on disk, every value with a
// checksum, every acknowledged write synced. It knows nothing of validity: what is put here has been checked. After
// the first failed write it refuses everything (`failed` aborts), because a node must not sign, acknowledge or serve
// from a disk that it cannot trust.

import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Store } from '../chain/ports.ts'
import { createBlockStore } from './blocks.ts'
import { createCertificateStore } from './certificates.ts'
import { type Backend, classicBackend } from './database.ts'
import { storeError } from './errors.ts'
import { createEvidenceStore } from './evidence.ts'
import { createFinalStore, type FinalLink } from './finals.ts'
import { createLocator } from './locate.ts'
import { createMutex } from './mutex.ts'
import { HARMS_KEY, type Harm, type OpenDatabase, openTables } from './opening.ts'
import { createPrune } from './prune.ts'
import { createSampleStore } from './samples.ts'
import { createSigningStore } from './signing.ts'
import { readFloor, squareSigning } from './signing-copies.ts'
import { createSubmissionStore, forgetHeadless } from './submissions.ts'
import type { Damage, Tables } from './tables.ts'

export interface StoreInit {
  /** Folder of the database (name of it in a page). */
  readonly location: string
  /** Folder of the second copy of the signing records; wanted wherever a validator signs. Default: none. */
  readonly signingLocation?: string
  /**
   * Nothing new is signed below this height: what an operator gives where every copy of the signing records was lost.
   * Default: what the records say.
   */
  readonly signingFloor?: number | undefined
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
  /** A stored value turned out to be damaged: it counts as absent, and can be fetched again. */
  readonly onDamaged?: ((damage: Damage) => void) | undefined
}

export interface NodeStore extends Store {
  /** Aborts, with a `store-failed` error, when a write has failed: the node should stop. */
  readonly failed: AbortSignal
  /** What was found wrong with the databases when they were opened. */
  readonly harms: readonly Harm[]
  /** Whether parts of the main database may be missing: until `healed` is called, in this life or a later one. */
  readonly isHurt: boolean
  /** What was missing has been fetched again. */
  healed(): Promise<void>
  /** The index of final blocks from a height on, ascending, each with its parent (zero where it is unknown). */
  finalLinks(start: number): AsyncIterable<FinalLink>
}

export { STORE_FORMAT } from './migrations.ts'

export const createStore = (init: StoreInit, components: StoreComponents): NodeStore => {
  const { log, metrics, backend = classicBackend } = components
  const failed = new AbortController()
  const options = {
    cacheBytes: init.cacheBytes ?? 8 * 1024 * 1024,
    writeBufferBytes: init.writeBufferBytes ?? 8 * 1024 * 1024,
    openFiles: init.openFiles ?? 74,
  }
  const databases: OpenDatabase[] = []
  let parts: Parts | undefined
  let opening: Promise<void> | undefined
  let harms: readonly Harm[] = []

  const close = async () => {
    parts = undefined
    for (const database of databases.splice(0).reverse()) await database.close()
  }

  const openOne = async (location: string): Promise<OpenDatabase> => {
    const database = await openTables(
      { location, chainId: init.chainId, options },
      { log, metrics, backend, onDamaged: components.onDamaged },
    )
    databases.push(database)
    const { failure } = database.tables
    failure.addEventListener('abort', () => failed.abort(failure.reason), { once: true })
    return database
  }

  const open = async () => {
    const signing = init.signingLocation === undefined ? undefined : await openOne(init.signingLocation)
    const main = await openOne(init.location)
    const floor =
      signing === undefined
        ? await readFloor([main.tables])
        : await squareSigning([main, signing], { floor: init.signingFloor, log })
    await forgetHeadless(main.tables)
    harms = [...new Set(databases.flatMap((database) => database.harms))]
    parts = assemble(main, signing === undefined ? [main.tables] : [main.tables, signing.tables], floor, log)
  }

  const ready = () => {
    failed.signal.throwIfAborted()
    if (parts === undefined)
      throw storeError('store-closed', 'expected an open store', { location: init.location })
    return parts
  }

  return {
    failed: failed.signal,
    get harms() {
      return harms
    },
    get isHurt() {
      return ready().isHurt
    },
    healed: async () => ready().healed(),
    finalLinks: (...args) => ready().finalLinks(...args),
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
    putEvidence: async (...args) => ready().putEvidence(...args),
    evidence: (...args) => ready().evidence(...args),
    heldTiles: async (...args) => ready().heldTiles(...args),
    deleteTiles: async (...args) => ready().deleteTiles(...args),
    putSubmission: async (...args) => ready().putSubmission(...args),
    deleteSubmissions: async (...args) => ready().deleteSubmissions(...args),
    submissions: (...args) => ready().submissions(...args),
    putTicket: async (...args) => ready().putTicket(...args),
    getTicket: async (...args) => ready().getTicket(...args),
    lastOf: async (...args) => ready().lastOf(...args),
    forgetLastOf: async (...args) => ready().forgetLastOf(...args),
    pruneTickets: async (...args) => ready().pruneTickets(...args),
  }
}

type Parts = Omit<NodeStore, 'open' | 'close' | 'failed' | 'harms'>

const assemble = (
  main: OpenDatabase,
  copies: readonly [Tables, ...Tables[]],
  floor: number,
  log: Logger,
): Parts => {
  const { tables } = main
  const locator = createLocator(tables)
  const exclusive = createMutex()
  const finals = createFinalStore(tables, exclusive)
  let isHurt = main.harms.length > 0
  return {
    ...createBlockStore(tables, locator),
    ...createCertificateStore(tables),
    ...createEvidenceStore(tables),
    ...finals,
    prune: createPrune(tables, copies, finals, locator, exclusive),
    ...createSigningStore(copies, { floor, log }),
    ...createSampleStore(tables, locator),
    ...createSubmissionStore(tables),
    get isHurt() {
      return isHurt
    },
    async healed() {
      if (isHurt) await tables.write([{ delete: HARMS_KEY }])
      isHurt = false
    },
  }
}
