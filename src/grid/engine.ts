// The arithmetic of blocks as a node uses it: asynchronous, on worker threads, so that none of it runs on the thread
// that runs the network. All values are plain data. Each method refuses with the signal's reason when it aborts, and
// judges what came from outside by verdicts; only what the caller itself got wrong is thrown, as WeftError.

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
import type { GridParams } from './shape.ts'
import type { TileBatch } from './tiles.ts'

export type { TileBatch }

export type KzgBackend = 'kernels' | 'native' | 'kzg-wasm'

/** `verifier` cannot encode, starts quicker and needs 24 MiB a thread where `prover` needs 96. */
export type EngineRole = 'verifier' | 'prover'

export interface GridEngineInit extends GridParams {
  /** Worker threads, 1..64. Default 1. */
  readonly threads?: number
  /** Default `kernels`. */
  readonly backend?: KzgBackend
  /** Default `prover`. */
  readonly role?: EngineRole
}

export interface EngineOptions {
  readonly signal?: AbortSignal
}

export interface GridEngine {
  /**
   * Packs and encodes blobs in the given order (sorted stably by namespace). No blobs: the block of N = 0.
   * Throws WeftError<PackingErrorCode> where the blobs cannot be packed.
   */
  encode(blobs: readonly Blob[], options?: EngineOptions): Promise<EncodedBlock>
  /** Shape, canonical elements and branch of columns against dataRoot: enough to forward, not to use. */
  checkColumns(
    header: GridHeader,
    columns: readonly GridColumn[],
    options?: EngineOptions,
  ): Promise<readonly PartVerdict[]>
  /** KZG check of columns against the sheet, after `checkColumns`: one batch, and which of them fail. */
  checkColumnProofs(
    block: ProvenHeader,
    columns: readonly GridColumn[],
    options?: EngineOptions,
  ): Promise<readonly PartVerdict[]>
  /** Everything about tiles of one or several blocks, as one KZG batch; a verdict for each tile of each batch. */
  checkTiles(
    batches: readonly TileBatch[],
    options?: EngineOptions,
  ): Promise<readonly (readonly PartVerdict[])[]>
  /** Tiles of one held column, at `bands` (0..2B-1), with branch and proofs, to serve. */
  makeTiles(
    block: Pick<ProvenHeader, 'header' | 'sheet'>,
    column: GridColumn,
    bands: readonly number[],
    options?: EngineOptions,
  ): Promise<readonly GridTile[]>
  /**
   * The whole block from at least 64 columns, or from tiles that allow it: restores, compares with dataRoot, checks
   * every proof of the sheet, the packing and every blobId. What a validator does before it notarises.
   */
  restore(block: ProvenHeader, known: KnownParts, options?: EngineOptions): Promise<RestoreResult>
  /** The same without the sheet: for a reader of final blocks. */
  restoreData(header: GridHeader, known: KnownParts, options?: EngineOptions): Promise<RestoreResult>
  /** Ends the threads; idempotent. */
  close(): Promise<void>
}
