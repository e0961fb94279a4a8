// The engine on the calling thread: for worker entries, tests, and pages that have no worker. Each call blocks until
// it is done; the signal is looked at before it begins.

import { checkColumn, checkColumnProofs } from './columns.ts'
import type { EncodeComponents } from './components.ts'
import { encodeBlock } from './encode.ts'
import type { EngineOptions, GridEngine } from './engine.ts'
import { restoreBlock, restoreData } from './restore.ts'
import { createScratch } from './scratch.ts'
import type { GridParams } from './shape.ts'
import { checkTiles, makeTiles } from './tiles.ts'

/** Creates an engine that computes where it is called. Closing it does nothing. */
export const createLocalEngine = (params: GridParams, given: EncodeComponents): GridEngine => {
  const components = { ...given, scratch: createScratch() }
  const run = async <T>(options: EngineOptions | undefined, work: () => T): Promise<T> => {
    options?.signal?.throwIfAborted()
    return work()
  }
  return {
    encode: (blobs, options) => run(options, () => encodeBlock(components, params, blobs)),
    checkColumns: (header, columns, options) =>
      run(options, () => columns.map((column) => checkColumn(components, params, header, column))),
    checkColumnProofs: (block, columns, options) =>
      run(options, () => checkColumnProofs(components, params, block, columns)),
    checkTiles: (batches, options) => run(options, () => checkTiles(components, params, batches)),
    makeTiles: (block, column, bands, options) =>
      run(options, () => makeTiles(components, params, block, column, bands)),
    restore: (block, known, options) => run(options, () => restoreBlock(components, params, block, known)),
    restoreData: (header, known, options) =>
      run(options, () => restoreData(components, params, header, known)),
    async close() {},
  }
}
