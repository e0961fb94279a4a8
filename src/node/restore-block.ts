// A block that nobody serves any more, from what light nodes kept of it: tiles are collected until rows and columns
// restore each other, the whole is held against dataRoot, and every blob against its blobId. Where too little can be
// had, the answer says how much is missing and how many light nodes would be expected to be enough.

import { equal } from '../base/bytes.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Announcement, Column, Tile } from '../chain/containers.ts'
import { COLUMNS } from '../chain/limits.ts'
import type { Network } from '../chain/ports.ts'
import { blobIdOf } from '../grid/blob.ts'
import type { GridColumn, RestoreCode } from '../grid/block.ts'
import type { Entry } from '../grid/containers.ts'
import type { GridEngine } from '../grid/engine.ts'
import { nodeSha256 } from '../grid/node-sha256.ts'
import { lookupInColumns, readBlob } from '../grid/read.ts'
import { enoughNodes } from '../grid/restoring-threshold.ts'
import { requiredSamples, sampledBands, sampledTiles } from '../grid/sampling-bound.ts'
import { type Shape, shapeOf } from '../grid/shape.ts'
import {
  type Collected,
  type CollectInit,
  collectDefaults,
  collectTiles,
  missingTiles,
} from './collect-tiles.ts'

/** What restoring took, or how far it came. */
export interface RestoreFigures extends Collected {
  /** Tiles of the block that are not known to everyone. */
  readonly tilesOfBlock: number
  /** Different ones of them that are here, from light nodes, and from columns where this node keeps some. */
  readonly tilesKnown: number
  /** Those that stay unknown though everything here restores what it can; 0 where the block is whole. */
  readonly tilesMissing: number
  /** Light nodes with the usual number of samples whose tiles restore such a block with a probability of 99 %. */
  readonly nodesExpected: number
  readonly ms: number
}

export interface RestoredBlob {
  readonly entry: Entry
  readonly data: Uint8Array
}

export type RestoreAnswer =
  | {
      readonly restored: true
      readonly height: number
      readonly root: Uint8Array
      readonly blobs: readonly RestoredBlob[]
      readonly figures: RestoreFigures
    }
  | {
      readonly restored: false
      /**
       * - `block-unknown`: no final header of this height or root is known here.
       * - `incomplete`: too few tiles could be had; says nothing about the block.
       * - any other: the tiles are the block's and the block is not what its header says (docs/protocol.md, section 8).
       */
      readonly code: 'block-unknown' | RestoreCode
      readonly figures?: RestoreFigures
    }

export interface RestoreInit {
  readonly maxBands: number
  readonly collect?: Partial<CollectInit>
}

export interface RestoreComponents {
  readonly network: Pick<Network, 'peers' | 'request' | 'penalize' | 'reach'>
  readonly engine: Pick<GridEngine, 'checkTiles' | 'restoreData'>
  readonly metrics: Metrics
  readonly log: Logger
}

export interface KnownOfBlock {
  /** Judged, and final. */
  readonly announcement: Announcement
  readonly root: Uint8Array
  /** Parts that this node has itself; checked. */
  readonly tiles?: readonly Tile[]
  readonly columns?: readonly Column[]
}

/** The share of blocks that `nodesExpected` nodes restore. */
const EXPECTED = 0.99
/** What light nodes draw by unless told otherwise. */
const USUAL_CONFIDENCE = 0.995

/** Restores a block; with `columns` for whoever wants to keep or seed them. Ends by the signal with an answer. */
export const restoreFromSamples = async (
  init: RestoreInit,
  { announcement, root, tiles: ownTiles = [], columns: ownColumns = [] }: KnownOfBlock,
  components: RestoreComponents,
  signal: AbortSignal,
): Promise<{ readonly answer: RestoreAnswer; readonly columns: readonly GridColumn[] }> => {
  const startMs = performance.now()
  const { engine, metrics, log } = components
  const { message: header } = announcement.header
  const shape = shapeOf(header.rowCount, init.maxBands)
  const tiles = new Map(ownTiles.map((tile) => [tile.band * COLUMNS + tile.column, tile]))
  const quest = { root, announcement, shape, tiles, columns: ownColumns.map(({ index }) => index) }
  const collected =
    header.rowCount === 0
      ? { nodesAsked: 0, nodesGiving: 0, tilesReceived: 0, bytes: 0 }
      : await collectTiles({ ...collectDefaults, ...init.collect }, quest, components, signal)
  const figures = (): RestoreFigures => ({
    ...collected,
    tilesOfBlock: sampledTiles(shape),
    tilesKnown: knownTiles(shape, quest),
    tilesMissing: header.rowCount === 0 ? 0 : missingTiles(quest),
    nodesExpected: expectedNodes(shape),
    ms: Math.round(performance.now() - startMs),
  })
  metrics.count('weft_restore_received_bytes_total', collected.bytes)

  const restored = await engine.restoreData(header, { tiles: [...tiles.values()], columns: ownColumns })
  const result = restored.verdict === 'accept' ? 'restored' : restored.code
  metrics.count('weft_restore_blocks_total', 1, { result })
  log.info({ height: header.height, result, ...figures() }, 'a block was to be restored from samples')
  if (restored.verdict !== 'accept') {
    return { answer: { restored: false, code: restored.code, figures: figures() }, columns: [] }
  }
  const cellAt = lookupInColumns(restored.columns)
  const blobs = restored.entries.flatMap((entry) => {
    const data = readBlob(entry, cellAt)
    return data !== undefined && isBlob(entry, data) ? [{ entry, data }] : []
  })
  return {
    answer: { restored: true, height: header.height, root, blobs, figures: figures() },
    columns: restored.columns,
  }
}

const isBlob = ({ namespace, flags, blobId }: Entry, data: Uint8Array): boolean =>
  equal(blobIdOf({ namespace, flags, data }, nodeSha256), blobId)

const expectedNodes = (shape: Shape): number => {
  const samples = requiredSamples({ ...shape, confidence: USUAL_CONFIDENCE })
  return enoughNodes({ ...shape, samples }, EXPECTED)
}

const knownTiles = (
  shape: Shape,
  { tiles, columns }: { readonly tiles: ReadonlyMap<number, Tile>; readonly columns: readonly number[] },
): number => {
  const known = new Set<number>()
  for (const band of sampledBands(shape)) {
    for (const column of columns) known.add(band * COLUMNS + column)
    for (let column = 0; column < COLUMNS; column++) {
      if (tiles.has(band * COLUMNS + column)) known.add(band * COLUMNS + column)
    }
  }
  return known.size
}
