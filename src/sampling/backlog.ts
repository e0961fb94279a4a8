// Backward sampling: after a start, a light node also samples final blocks that it did not see being made, from the
// newest down, within a number of blocks and of bytes. New headers go first, always. Blocks that were unavailable are
// tried again: a node that was cut off finds out in this way that it was.

import type { Announcement } from '../chain/containers.ts'
import type { SampleStore } from '../chain/ports.ts'
import { requiredSamples } from '../grid/sampling-bound.ts'
import { shapeOf } from '../grid/shape.ts'
import { tileWireBytes } from './draw.ts'
import type { Timers } from './timers.ts'
import type { Sampler, SamplingResult } from './types.ts'

export interface BacklogInit {
  /** Older final blocks that are looked at. */
  readonly blocks: number
  /** Bytes of answers that may be spent. */
  readonly bytes: number
  /** Of the chain's genesis, and of the sampler: what a block will cost follows from them. */
  readonly maxBands: number
  readonly failureProbability: number
}

export interface BacklogComponents {
  readonly sampler: Pick<Sampler, 'sample'>
  readonly journal: Pick<SampleStore, 'getSampleRecord'>
  readonly timers: Timers
  /** Whether new headers are being sampled: then the past waits. */
  readonly isBusy: () => boolean
}

export interface BacklogReport {
  /** `done`: no older block is left; `blocks`, `bytes`: the window or the budget was used up. */
  readonly ended: 'done' | 'blocks' | 'bytes'
  readonly available: number
  readonly unavailable: number
  /** Blocks that were found available before. */
  readonly known: number
  readonly bytes: number
}

const BUSY_POLL_MS = 250

/** Samples `older` blocks, newest first. Rejects with the signal's reason. */
export const sampleBacklog = async (
  init: BacklogInit,
  { sampler, journal, timers, isBusy }: BacklogComponents,
  older: AsyncIterable<{ readonly root: Uint8Array; readonly announcement: Announcement }>,
  signal: AbortSignal,
  onResult: (result: SamplingResult) => void = () => {},
): Promise<BacklogReport> => {
  const counts = { available: 0, unavailable: 0, known: 0, bytes: 0 }
  let blocks = 0
  for await (const { root, announcement } of older) {
    signal.throwIfAborted()
    if (blocks === init.blocks) return { ...counts, ended: 'blocks' }
    blocks += 1
    if ((await journal.getSampleRecord(root))?.verdict === 'available') {
      counts.known += 1
      continue
    }
    const { rowCount } = announcement.header.message
    if (counts.bytes + mostBytes(rowCount, init) > init.bytes) return { ...counts, ended: 'bytes' }
    while (isBusy()) await timers.sleep(BUSY_POLL_MS, signal)
    const result = await sampler.sample(root, announcement, { signal })
    counts[result.verdict] += 1
    counts.bytes += result.bytes
    onResult(result)
  }
  return { ...counts, ended: 'done' }
}

/** What sampling a block of so many rows costs at most while everybody is honest. */
export const mostBytes = (
  rowCount: number,
  { maxBands, failureProbability }: Pick<BacklogInit, 'maxBands' | 'failureProbability'>,
): number => {
  const shape = shapeOf(rowCount, maxBands)
  if (shape.bands === 0) return 0
  const samples = requiredSamples({ ...shape, confidence: 1 - failureProbability })
  return samples * tileWireBytes(shape, 2 * shape.bands - 1)
}
