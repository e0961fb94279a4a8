// A light node's sampler: draws the tiles of a block, obtains them from peers, gives the verdict and writes it, with
// the tiles, into the journal. It judges availability and nothing else: whether the header is valid, and final, is
// for its caller to know (light-chain.ts).

import { createBoundedMap } from '../base/bounded-map.ts'
import { toHex } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { Tile } from '../chain/containers.ts'
import type { TilePlace } from '../grid/block.ts'
import { areCommitmentsOf } from '../grid/roots.ts'
import { shapeOf } from '../grid/shape.ts'
import { drawTiles, tileWireBytes } from './draw.ts'
import { createCryptoRandom, createKeyedRandom } from './random.ts'
import { runSampling } from './run.ts'
import { createTileChecker } from './tile-checker.ts'
import { systemTimers } from './timers.ts'
import type { Sampler, SamplerComponents, SamplerInit, SamplingResult } from './types.ts'

export const samplerDefaults = {
  failureProbability: 0.005,
  concurrency: 32,
  requestTimeoutMs: 2_500,
  hedgeMs: 1_000,
  retryMs: 250,
  minPeers: 3,
  byteFactor: 4,
} as const

/**
 * Blocks whose draws are remembered, so that sampling one again is not a new chance for whoever withholds. With a secret each
 * draw is made again instead.
 */
const REMEMBERED_DRAWS = 1_024
/** A wrong answer may weigh as much as the largest tile, half a MiB; a run of small tiles must survive several. */
const LEAST_BUDGET_BYTES = 8 * 1024 * 1024

type Draw = readonly (TilePlace & { readonly weightBytes: number })[]

/** Creates a sampler. `init` is plain data; see samplerDefaults. */
export const createSampler = (init: SamplerInit, components: SamplerComponents): Sampler => {
  const settings = { ...samplerDefaults, ...init }
  const { store, metrics, log } = components
  const random = components.random ?? createCryptoRandom()
  const timers = components.timers ?? systemTimers
  const checker = createTileChecker((batches, options) => components.engine.checkTiles(batches, options))
  const draws = createBoundedMap<string, Draw>(REMEMBERED_DRAWS)

  /** The block's draw, and whether an earlier run may have stored tiles of it. */
  const drawFor = (root: Uint8Array, rowCount: number): { readonly draw: Draw; readonly again: boolean } => {
    const name = toHex(root)
    const remembered = draws.get(name)
    if (remembered !== undefined) return { draw: remembered, again: true }
    const { drawSecret } = settings
    const shape = shapeOf(rowCount, settings.maxBands)
    const source = drawSecret === undefined ? random : createKeyedRandom(drawSecret, root)
    const draw = drawTiles(shape, settings.failureProbability, source).map((place) => ({
      ...place,
      weightBytes: tileWireBytes(shape, place.band),
    }))
    if (drawSecret === undefined) draws.set(name, draw)
    return { draw, again: drawSecret !== undefined }
  }

  const storedTiles = async (root: Uint8Array, draw: Draw): Promise<Map<TilePlace, Tile>> => {
    const known = new Map<TilePlace, Tile>()
    for (const place of draw) {
      const tile = await store.getTile(root, place.band, place.column)
      if (tile !== undefined) known.set(place, tile)
    }
    return known
  }

  return {
    async sample(root, announcement, { signal, waitedMs = 0, onDrawn, onOutcome }) {
      const began = timers.now()
      const { header, commitments } = announcement
      // Otherwise every honest answer would look wrong and cost its sender.
      if (!areCommitmentsOf(header.message, commitments)) {
        throw new WeftError('commitments-root', 'expected the commitments of the header', {
          root: toHex(root),
        })
      }
      const { height, rowCount } = header.message
      const name = toHex(root)
      const { draw, again } = drawFor(root, rowCount)
      const known = again ? await storedTiles(root, draw) : new Map()
      onDrawn?.(draw.length)
      const weightBytes = draw.reduce((sum, place) => sum + place.weightBytes, 0)
      const maxBytes = Math.max(LEAST_BUDGET_BYTES, settings.byteFactor * weightBytes)
      const { outcomes, tiles, bytes } = await runSampling(
        { ...settings, deadlineMs: Math.max(0, settings.deadlineMs - waitedMs), maxBytes },
        { ...components, checker, random, timers },
        { root, announcement },
        draw,
        known,
        signal,
        (outcome) => onOutcome?.(outcome),
      )
      const verdict = outcomes.every(({ ok }) => ok) ? 'available' : 'unavailable'
      const result: SamplingResult = {
        root,
        height,
        verdict,
        outcomes,
        tiles,
        bytes,
        ms: timers.now() - began,
      }
      metrics.count('weft_sampling_blocks_total', 1, { verdict })
      metrics.count('weft_sampling_received_bytes_total', bytes)
      metrics.observe('weft_sampling_seconds', result.ms / 1_000)
      for (const { reason } of outcomes) {
        if (reason !== undefined) metrics.count('weft_sampling_failed_tiles_total', 1, { reason })
      }
      log.info(
        { height, root: name, verdict, samples: outcomes.length, bytes, ms: result.ms },
        'sampled a block',
      )
      await store.putSamples(
        { root, height, verdict, samples: outcomes.length, decidedMs: timers.now() },
        tiles,
      )
      return result
    },
  }
}
