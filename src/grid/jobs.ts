// An engine across a thread's border: its methods as functions of a pool, with arguments and results compacted so
// that they move instead of being cloned. `serveEngine` is the thread's side, `engineOf` the caller's.

import type { ByteRoom } from '../base/byte-room.ts'
import { WeftError } from '../base/error.ts'
import type { Pool } from '../kernel/pool.ts'
import { moved } from '../kernel/pool-serve.ts'
import type { Blob } from './blob.ts'
import type {
  EncodedBlock,
  GridColumn,
  GridHeader,
  GridTile,
  KnownParts,
  PartVerdict,
  ProvenHeader,
  RestoreResult,
} from './block.ts'
import { compact, compactPaced, layOut } from './compact.ts'
import type { EngineOptions, GridEngine } from './engine.ts'
import type { TileBatch } from './tiles.ts'

/** The methods that run on a thread, without their options. */
export type EngineJobs = {
  readonly encode: (blobs: readonly Blob[]) => Promise<EncodedBlock>
  readonly checkColumns: (
    header: GridHeader,
    columns: readonly GridColumn[],
  ) => Promise<readonly PartVerdict[]>
  readonly checkColumnProofs: (
    block: ProvenHeader,
    columns: readonly GridColumn[],
  ) => Promise<readonly PartVerdict[]>
  readonly checkTiles: (batches: readonly TileBatch[]) => Promise<readonly (readonly PartVerdict[])[]>
  readonly makeTiles: (
    block: Pick<ProvenHeader, 'header' | 'sheet'>,
    column: GridColumn,
    bands: readonly number[],
  ) => Promise<readonly GridTile[]>
  readonly restore: (block: ProvenHeader, known: KnownParts) => Promise<RestoreResult>
  readonly restoreData: (header: GridHeader, known: KnownParts) => Promise<RestoreResult>
}
export interface EnginePool extends Pick<Pool<EngineJobs>, 'run'> {
  /** Of arguments that were made ready for its threads: a copy of a block that only waits for one is 32 MiB more. */
  readonly room: ByteRoom
}

/** The functions that a thread serves, over an engine that computes on it. */
export const jobsOf = (engine: GridEngine): EngineJobs => ({
  encode: async (blobs) => movedResult(await engine.encode(blobs)),
  checkColumns: (header, columns) => engine.checkColumns(header, columns),
  checkColumnProofs: (block, columns) => engine.checkColumnProofs(block, columns),
  checkTiles: (batches) => engine.checkTiles(batches),
  makeTiles: async (block, column, bands) => movedResult(await engine.makeTiles(block, column, bands)),
  restore: async (block, known) => movedResult(await engine.restore(block, known)),
  restoreData: async (header, known) => movedResult(await engine.restoreData(header, known)),
})

/** Jobs that may wait for room. */
const MAX_WAITING = 4_096

/** An engine over pools: one for what must be answered soon, one for what takes hundreds of milliseconds. */
export const engineOf = (
  pools: { readonly short: EnginePool; readonly long: EnginePool },
  close: () => Promise<void>,
): GridEngine => {
  const run = async <Name extends keyof EngineJobs>(
    pool: EnginePool,
    name: Name,
    args: Readonly<Parameters<EngineJobs[Name]>>,
    options: EngineOptions | undefined,
  ): Promise<Awaited<ReturnType<EngineJobs[Name]>>> => {
    options?.signal?.throwIfAborted()
    if (pool.room.waiting >= MAX_WAITING)
      throw new WeftError('queue-full', `expected at most ${MAX_WAITING} waiting jobs, got one more`, {
        method: name,
      })
    const layout = layOut(args)
    const leave = await pool.room.enter(layout.sizeBytes, options?.signal)
    try {
      const { value, buffer } = await compactPaced(args, layout)
      return await pool.run(name, value, {
        transfer: [buffer],
        ...(options?.signal !== undefined && { signal: options.signal }),
      })
    } finally {
      leave()
    }
  }
  return {
    encode: (blobs, options) => run(pools.long, 'encode', [blobs], options),
    checkColumns: (header, columns, options) => run(pools.short, 'checkColumns', [header, columns], options),
    checkColumnProofs: (block, columns, options) =>
      run(pools.short, 'checkColumnProofs', [block, columns], options),
    checkTiles: (batches, options) => run(pools.short, 'checkTiles', [batches], options),
    makeTiles: (block, column, bands, options) =>
      run(pools.short, 'makeTiles', [block, column, bands], options),
    restore: (block, known, options) => run(pools.long, 'restore', [block, known], options),
    restoreData: (header, known, options) => run(pools.long, 'restoreData', [header, known], options),
    close,
  }
}

/** Columns go each in a buffer of their own, so that keeping one does not keep all of a block. */
const movedResult = <T extends object>(result: T): T => {
  if (!('columns' in result) || !Array.isArray(result.columns)) {
    const { value, buffer } = compact(result)
    return moved(value, [buffer])
  }
  const { columns, ...rest } = result
  const parts = (columns as readonly GridColumn[]).map(movableColumn)
  const others = compact(rest)
  const value = { ...others.value, columns: parts.map((part) => part.value) } as T
  return moved(value, [others.buffer, ...parts.flatMap(({ buffers }) => buffers)])
}

/** Cells that are all of one buffer move with it: a copy of each column would be 64 MiB more of a block of 256 rows. */
const movableColumn = ({
  cells,
  ...rest
}: GridColumn): { readonly value: GridColumn; readonly buffers: readonly ArrayBuffer[] } => {
  const buffer = bufferOf(cells)
  if (buffer === undefined) {
    const { value, buffer: own } = compact({ cells, ...rest })
    return { value, buffers: [own] }
  }
  const { value, buffer: own } = compact(rest)
  return { value: { cells, ...value }, buffers: [buffer, own] }
}

/** The buffer that these byte strings fill from end to end, one behind the other. */
const bufferOf = (parts: readonly Uint8Array[]): ArrayBuffer | undefined => {
  const buffer = parts[0]?.buffer
  if (!(buffer instanceof ArrayBuffer)) return undefined
  let end = 0
  for (const part of parts) {
    if (part.buffer !== buffer || part.byteOffset !== end) return undefined
    end += part.length
  }
  return end === buffer.byteLength ? buffer : undefined
}
