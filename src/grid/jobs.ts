// An engine across a thread's border: its methods as functions of a pool, with arguments and results compacted so
// that they move instead of being cloned (compact.ts). `jobsOf` is the thread's side, `engineOf` the caller's.

import type { ByteRoom } from '../base/byte-room.ts'
import { WeftError } from '../base/error.ts'
import type { RunOptions } from '../kernel/pool.ts'
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
import { compact, compactInPlace, compactPaced, layOut, type Packed, spread } from './compact.ts'
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

/** The same as they cross: arguments and results packed. */
export type PackedJobs = {
  readonly [Name in keyof EngineJobs]: (args: PackedArgs<Name>) => Promise<PackedResult<Name>>
}
type PackedArgs<Name extends keyof EngineJobs> = Packed<Readonly<Parameters<EngineJobs[Name]>>>
type PackedResult<Name extends keyof EngineJobs> = Packed<Awaited<ReturnType<EngineJobs[Name]>>>

export interface EnginePool {
  run<Name extends keyof EngineJobs>(
    name: Name,
    args: readonly [PackedArgs<Name>],
    options?: RunOptions,
  ): Promise<PackedResult<Name>>
  /** Of arguments that were made ready for its threads: a copy of a block that only waits for one is 32 MiB more. */
  readonly room: ByteRoom
}

/** The functions that a thread serves, over an engine that computes on it. */
export const jobsOf = (engine: GridEngine): PackedJobs => ({
  encode: async (args) => packedBlock(await engine.encode(...spread(args))),
  checkColumns: async (args) => packed(await engine.checkColumns(...spread(args))),
  checkColumnProofs: async (args) => packed(await engine.checkColumnProofs(...spread(args))),
  checkTiles: async (args) => packed(await engine.checkTiles(...spread(args))),
  makeTiles: async (args) => packed(await engine.makeTiles(...spread(args))),
  restore: async (args) => packedBlock(await engine.restore(...spread(args))),
  restoreData: async (args) => packedBlock(await engine.restoreData(...spread(args))),
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
      const result = await pool.run(name, [value], {
        transfer: [buffer],
        ...(options?.signal !== undefined && { signal: options.signal }),
      })
      return spread(result)
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

const packed = <T>(result: T): Packed<T> => {
  const { value, buffer } = compact(result)
  return moved(value, [buffer])
}

/** Columns go each in a buffer of their own, so that keeping one does not keep all of a block. */
const packedBlock = <T extends EncodedBlock | RestoreResult>(result: T): Packed<T> => {
  if (!('columns' in result)) return packed(result)
  const { columns, ...rest } = result
  const parts = columns.map(packedColumn)
  const others = compact(rest)
  const value = { ...others.value, columns: parts.map((part) => part.value) }
  return moved(value as unknown as Packed<T>, [others.buffer, ...parts.flatMap(({ buffers }) => buffers)])
}

/** Cells that are all of one buffer move with it: a copy of each column would be 64 MiB more of a block of 256 rows. */
const packedColumn = ({
  cells,
  ...rest
}: GridColumn): { value: unknown; buffers: readonly ArrayBuffer[] } => {
  const own = compactInPlace(cells)
  const { value, buffer } = compact(own === undefined ? { cells, ...rest } : rest)
  return own === undefined
    ? { value, buffers: [buffer] }
    : { value: { cells: own.value, ...value }, buffers: [own.buffer, buffer] }
}
