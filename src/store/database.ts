// What the store needs of a database, and how one is opened. Any `abstract-level` implementation with byte keys is one:
// `classic-level` (LevelDB) by default, which is loaded only when it is wanted, so that a page can pass
// `browser-level` and never meets native code.

import { storeError } from './errors.ts'
import type { KeyRange } from './keys.ts'
import { hasErrorCode } from './level-errors.ts'

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

/** Makes a database that is not open yet, and tells how a damaged one is repaired, if it can be. */
export interface Backend {
  create(location: string, options: DatabaseOptions): Promise<Database>
  repair?(location: string): Promise<void>
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
  async repair(location) {
    const { ClassicLevel } = await import('classic-level')
    await ClassicLevel.repair(location)
  },
}

/**
 * Opens a database. One that LevelDB finds damaged is repaired once, which keeps every record that still is whole.
 * Throws `store-locked`, `store-failed` (the disk refuses) or `store-damaged`.
 */
export const openDatabase = async (
  location: string,
  backend: Backend,
  options: DatabaseOptions,
  onRepair: (cause: unknown) => void,
): Promise<Database> => {
  const attempt = async () => {
    const database = await backend.create(location, options)
    await database.open()
    return database
  }
  try {
    return await attempt()
  } catch (error) {
    if (hasErrorCode(error, 'LEVEL_LOCKED')) {
      throw storeError(
        'store-locked',
        `expected ${location} for ourselves, another process has it`,
        { location },
        error,
      )
    }
    if (hasErrorCode(error, 'LEVEL_IO_ERROR')) {
      throw storeError('store-failed', `expected to open ${location}, the disk refused`, { location }, error)
    }
    if (!hasErrorCode(error, 'LEVEL_CORRUPTION') || backend.repair === undefined) {
      throw storeError(
        'store-damaged',
        `expected a database in ${location}, it cannot be opened`,
        { location },
        error,
      )
    }
    onRepair(error)
  }
  try {
    await backend.repair(location)
    return await attempt()
  } catch (error) {
    throw storeError('store-damaged', `expected to repair the database in ${location}`, { location }, error)
  }
}
