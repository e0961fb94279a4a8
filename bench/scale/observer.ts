// Writes down when what happened: blocks from the moment that their leader was told to build, certificates, custody that
// is complete, sampling verdicts. It reads; nothing that it does changes the run.

import { toHex } from '../../src/base/bytes.ts'
import { KIND } from '../../src/chain/signing.ts'
import type { SamplingResult } from '../../src/sampling/types.ts'
import type { EventQueue } from './event-queue.ts'
import type { SimNode } from './topology.ts'

export interface BlockRecord {
  readonly height: number
  readonly root: string
  readonly proposer: number
  /** Leader told to build; header out; times in simulated ms. */
  readonly buildAt: number
  publishedAt: number | undefined
  /** First finalize certificate anywhere. */
  certifiedAt: number | undefined
  /** When a node had the finalize certificate, by node. */
  readonly certificateAt: Map<number, number>
  /** When a node had its custody complete and on disk, or (a validator) the whole block. */
  readonly keptAt: Map<number, number>
  /** Of those, who had to restore columns. */
  readonly reseeded: Map<number, number>
  /** A node's first verdict; and its last, where a final block was sampled again. */
  readonly verdicts: Map<number, SamplingResult>
  readonly lastVerdicts: Map<number, SamplingResult>
}

export interface Observer {
  readonly blocks: ReadonlyMap<string, BlockRecord>
  readonly nilHeights: ReadonlySet<number>
  /** Whether so many blocks were built and not given up: the study needs no more. */
  isEnough(blocks: number): boolean
  building(height: number, at: number): void
  built(height: number, root: Uint8Array, proposer: number): void
  published(root: Uint8Array): void
  kept(node: SimNode, root: string, reseeded: number): void
  certificate(node: SimNode, kind: number, height: number, root: Uint8Array): void
  sampled(node: SimNode, result: SamplingResult): void
  entered(node: SimNode, height: number): void
  /** The height that a node works on. */
  heightOf(node: number): number
}

export const createObserver = (queue: EventQueue): Observer => {
  const blocks = new Map<string, BlockRecord>()
  const nilHeights = new Set<number>()
  const began = new Map<number, number>()
  const heights = new Map<number, number>()
  return {
    blocks,
    nilHeights,
    isEnough(wanted) {
      let counted = 0
      for (const { height } of blocks.values()) if (!nilHeights.has(height)) counted++
      return counted >= wanted
    },
    building(height, at) {
      began.set(height, at)
    },
    built(height, root, proposer) {
      blocks.set(toHex(root), {
        height,
        root: toHex(root),
        proposer,
        buildAt: began.get(height) ?? queue.now,
        publishedAt: undefined,
        certifiedAt: undefined,
        certificateAt: new Map(),
        keptAt: new Map(),
        reseeded: new Map(),
        verdicts: new Map(),
        lastVerdicts: new Map(),
      })
    },
    published(root) {
      const block = blocks.get(toHex(root))
      if (block !== undefined) block.publishedAt ??= queue.now
    },
    kept(node, root, reseeded) {
      const block = blocks.get(root)
      if (block === undefined || block.keptAt.has(node.index)) return
      block.keptAt.set(node.index, queue.now)
      if (reseeded > 0) block.reseeded.set(node.index, reseeded)
    },
    certificate(node, kind, height, root) {
      if (kind === KIND.nil) nilHeights.add(height)
      if (kind !== KIND.finalize) return
      const block = blocks.get(toHex(root))
      if (block === undefined || block.certificateAt.has(node.index)) return
      block.certifiedAt ??= queue.now
      block.certificateAt.set(node.index, queue.now)
    },
    entered: (node, height) => void heights.set(node.index, height),
    heightOf: (node) => heights.get(node) ?? 0,
    sampled(node, result) {
      const block = blocks.get(toHex(result.root))
      if (block?.verdicts.has(node.index) === false) block.verdicts.set(node.index, result)
      block?.lastVerdicts.set(node.index, result)
    },
  }
}
