// What the store needs of a database, and how one is opened. Any `abstract-level` implementation with byte keys is one:
// `classic-level` (LevelDB) by default, which is loaded only when it is wanted, so that a page can pass
// `browser-level` and never meets native code.

import { storeError } from './errors.ts'
import type { KeyRange } from './keys.ts'
import type { LedgerFile } from './ledger.ts'
import { openLedgerFile } from './ledger-file.ts'
import { hasErrorCode, isBroken } from './level-errors.ts'

export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

export interface ReadOptions extends KeyRange {
  readonly reverse?: boolean
  readonly limit?: number
}

/** The part of `AbstractLevel<_, Uint8Array, Uint8Array>` that the store uses. */
export interface Database {
  open(): Promise<void>
  close(): Promise<void>
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  batch(operations: Operation[], options: { readonly sync?: boolean }): Promise<void>
  iterator(options: ReadOptions): AsyncIterable<[Uint8Array, Uint8Array]>
  keys(options: ReadOptions): AsyncIterable<Uint8Array>
  clear(range: KeyRange): Promise<void>
  /** Gives back the space of deleted keys; LevelDB has it, browsers do not need it. */
  compactRange?(start: Uint8Array, end: Uint8Array): Promise<void>
}

export interface DatabaseOptions {
  /** Cache of uncompressed blocks, in bytes. */
  readonly cacheBytes: number
  /** Size of the write buffer, in bytes; up to two of them are in memory. */
  readonly writeBufferBytes: number
  /** Most table files held open; each of them may be mapped into memory. */
  readonly openFiles: number
}

/** Makes a database that is not open yet, and repairs a broken one, where it can be. */
export interface Backend {
  create(location: string, options: DatabaseOptions): Promise<Database>
  readonly repairs?: Repairs
  /** The ledger's file beside a database; without it, writes that LevelDB loses go unnoticed. */
  readonly ledger?: (location: string) => Promise<LedgerFile>
}

export interface Repairs {
  /** Keeps every record that still is whole and drops files that cannot be read. */
  repair(location: string): Promise<void>
  /** Leaves a note beside a database that is broken: it is repaired when next opened. */
  note(location: string): Promise<void>
  isNoted(location: string): Promise<boolean>
  /** Takes the note back: the repair is done, and noted in the database itself. */
  forgetNote(location: string): Promise<void>
}

/** LevelDB by `classic-level`. */
export const classicBackend: Backend = {
  async create(location, options) {
    const { ClassicLevel } = await import('classic-level')
    return new ClassicLevel<Uint8Array, Uint8Array>(location, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      cacheSize: options.cacheBytes,
      writeBufferSize: options.writeBufferBytes,
      maxOpenFiles: options.openFiles,
    })
  },
  ledger: openLedgerFile,
  repairs: {
    async repair(location) {
      const { ClassicLevel } = await import('classic-level')
      await ClassicLevel.repair(location)
    },
    async forgetNote(location) {
      const { rm } = await import('node:fs/promises')
      await rm(`${location}/${NOTE}`, { force: true })
    },
    async note(location) {
      const { writeFile } = await import('node:fs/promises')
      await writeFile(`${location}/${NOTE}`, 'Found broken while open; repaired at the next start.\n')
    },
    async isNoted(location) {
      const { access } = await import('node:fs/promises')
      return access(`${location}/${NOTE}`).then(
        () => true,
        () => false,
      )
    },
  },
}

/** A file that LevelDB does not know and leaves alone. */
const NOTE = 'BROKEN'

/** Opens a database as it is. Throws `store-locked`, `store-failed` (the disk refuses) or `store-damaged`. */
export const openDatabase = async (
  location: string,
  backend: Backend,
  options: DatabaseOptions,
): Promise<Database> => {
  const database = await backend.create(location, options)
  try {
    await database.open()
    return database
  } catch (error) {
    const data = { location }
    if (hasErrorCode(error, 'LEVEL_LOCKED')) {
      throw storeError(
        'store-locked',
        `expected ${location} for ourselves, another process has it`,
        data,
        error,
      )
    }
    if (isBroken(error)) {
      throw storeError('store-damaged', `expected a whole database in ${location}`, data, error)
    }
    throw storeError('store-failed', `expected to open ${location}, the disk refused`, data, error)
  }
}
