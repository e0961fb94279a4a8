// Checks tiles in batches, whoever waits for them: while one batch is being checked the next one gathers, so that many
// tiles, also of several blocks, cost one pairing product, and a single tile waits for nobody.

import { messageOf } from '../base/error.ts'
import type { CommittedHeader, GridTile, PartVerdict } from '../grid/block.ts'
import type { GridEngine } from '../grid/engine.ts'

export interface TileChecker {
  /** The verdict on one tile. Rejects only if the engine failed, which says nothing about the tile. */
  check(block: CommittedHeader, tile: GridTile): Promise<PartVerdict>
}

/** Most tiles of one batch. */
const BATCH_TILES = 128

interface Waiting {
  readonly block: CommittedHeader
  readonly tile: GridTile
  readonly settle: (verdict: PartVerdict) => void
  readonly fail: (error: unknown) => void
}

export const createTileChecker = (checkTiles: GridEngine['checkTiles']): TileChecker => {
  let waiting: Waiting[] = []
  let running = false

  const checkBatch = async (batch: readonly Waiting[]) => {
    const blocks = Map.groupBy(batch, ({ block }) => block)
    const groups = [...blocks.values()]
    try {
      const verdicts = await checkTiles(
        [...blocks].map(([block, items]) => ({
          header: block.header,
          commitments: block.commitments,
          tiles: items.map(({ tile }) => tile),
        })),
      )
      for (const [g, items] of groups.entries()) {
        for (const [i, item] of items.entries()) {
          const verdict = verdicts[g]?.[i]
          if (verdict === undefined) item.fail(new Error('expected a verdict for each tile'))
          else item.settle(verdict)
        }
      }
    } catch (error) {
      for (const item of batch) item.fail(new Error(messageOf(error), { cause: error }))
    }
  }

  const drain = async () => {
    running = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH_TILES)
      waiting = waiting.slice(BATCH_TILES)
      await checkBatch(batch)
    }
    running = false
  }

  return {
    check: (block, tile) =>
      new Promise((settle, fail) => {
        waiting.push({ block, tile, settle, fail })
        // After the current turn, so that tiles that arrive together are checked together.
        if (!running) {
          running = true
          queueMicrotask(drain)
        }
      }),
  }
}
