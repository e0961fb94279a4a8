// Final blocks as this node has them: by height, the newest, and one after the other from a height on, first those
// that are on disk and then each as it comes. Nothing is skipped silently: every block is held against its parent,
// and where blocks are missing that says so.

import { equal } from '../base/bytes.ts'
import { WeftError } from '../base/error.ts'
import type { BlockStore, FinalStore } from '../chain/ports.ts'
import type { BlockAnswer, FinalBlock, FinalHeader, SubscribeErrorCode } from './types.ts'
import type { Watchers } from './watchers.ts'

export interface FinalBlocksComponents {
  readonly store: Pick<BlockStore, 'getAnnouncement' | 'getProposal'> &
    Pick<FinalStore, 'finalRootAt' | 'finalTip' | 'finalRoots' | 'earliestHeight'>
  readonly watchers: Pick<Watchers, 'next'>
}

export interface FinalBlocks {
  newestHeader(): Promise<FinalHeader | undefined>
  headerAt(height: number): Promise<FinalHeader | undefined>
  block(height: number): Promise<BlockAnswer>
  heightOf(root: Uint8Array): Promise<number | undefined>
  /** Final blocks from `from` on, ascending, without end. Throws SubscribeErrorCode where some cannot be had any more. */
  blocksFrom(from: number, signal: AbortSignal): AsyncIterable<FinalBlock>
}

/** Woken when a block has become final. */
export const TIP = 'tip'

/** Blocks looked up in one go. */
const CHUNK = 64

export const createFinalBlocks = ({ store, watchers }: FinalBlocksComponents): FinalBlocks => {
  const headerOf = async (height: number, root: Uint8Array): Promise<FinalHeader | undefined> => {
    const announcement = await store.getAnnouncement(root)
    if (announcement === undefined) return undefined
    return { height, root, header: announcement.header.message, commitments: announcement.commitments }
  }

  const blockOf = async (height: number, root: Uint8Array): Promise<FinalBlock | undefined> => {
    const proposal = await store.getProposal(root)
    if (proposal === undefined) return undefined
    const { header, commitments, entries } = proposal
    return { height, root, header: header.message, commitments, entries }
  }

  /** The first final block above a height. */
  const nextAbove = async (height: number): Promise<FinalHeader | undefined> => {
    for await (const next of store.finalRoots(height + 1, Number.MAX_SAFE_INTEGER - height - 1)) {
      return headerOf(next.height, next.root)
    }
    return undefined
  }

  const gone = async (height: number): Promise<WeftError<SubscribeErrorCode, { earliest: number }>> => {
    const earliest = Math.max(await store.earliestHeight(), height + 1)
    return new WeftError(
      'pruned',
      `expected a height that is still kept, from ${earliest} on, got ${height}`,
      {
        earliest,
      },
    )
  }

  return {
    async newestHeader() {
      const tip = await store.finalTip()
      return tip && headerOf(tip.height, tip.root)
    },

    async headerAt(height) {
      const root = await store.finalRootAt(height)
      return root && headerOf(height, root)
    },

    async block(height) {
      if (height < (await store.earliestHeight())) return { found: false, reason: 'pruned' }
      const root = await store.finalRootAt(height)
      if (root !== undefined) {
        const block = await blockOf(height, root)
        return block === undefined ? { found: false, reason: 'unreachable' } : { found: true, ...block }
      }
      const next = await nextAbove(height)
      if (next === undefined) return { found: false, reason: 'future' }
      // Its certified header names the parent: no block of a height between them can ever be final.
      return next.header.parentHeight < height
        ? { found: false, reason: 'empty', next }
        : { found: false, reason: 'unreachable' }
    },

    async heightOf(root) {
      const height = (await store.getAnnouncement(root))?.header.message.height
      const final = height === undefined ? undefined : await store.finalRootAt(height)
      return final !== undefined && equal(final, root) ? height : undefined
    },

    async *blocksFrom(from, signal) {
      let cursor = from
      let last: FinalBlock | undefined
      for (;;) {
        const woken = watchers.next(TIP, signal)
        let seen = 0
        for await (const { height, root } of store.finalRoots(cursor, Number.MAX_SAFE_INTEGER - cursor)) {
          signal.throwIfAborted()
          const block = await blockOf(height, root)
          if (block === undefined) throw await gone(height)
          const { parentHeight, parentRoot } = block.header
          const follows = last === undefined ? parentHeight < from : equal(parentRoot, last.root)
          if (!follows) throw await gone(cursor)
          yield block
          last = block
          cursor = height + 1
          if (++seen === CHUNK) break
        }
        if (seen === CHUNK) continue
        if (last === undefined && from < (await store.earliestHeight())) throw await gone(from)
        await woken
      }
    },
  }
}
