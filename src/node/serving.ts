// What a full node answers on streams, from memory and disk. Only what was checked is served: a column of a fresh
// block leads to dataRoot, and before tiles are cut from it its proofs are checked as well, so that no peer can make
// this node hand out something that costs it its own score.

import { hasCode, WeftError } from '../base/error.ts'
import type { Announcement, Status, SubmissionAnswer } from '../chain/containers.ts'
import type { BlockStore, CertificateStore, FinalStore, StreamHandlers } from '../chain/ports.ts'
import type { GridEngine } from '../grid/engine.ts'
import { pacedBlobIdOf } from '../grid/paced-blob-id.ts'
import { shapeOf } from '../grid/shape.ts'
import { createSemaphore } from '../sampling/semaphore.ts'
import type { Candidates } from './candidates.ts'
import type { ColumnSource } from './columns-of.ts'
import type { OrderedBlob } from './mempool.ts'
import { FAULTS_OF_BLOBS, SUBMISSION_CODE } from './submission-code.ts'

export interface ServingInit {
  readonly chainId: Uint8Array
  readonly custodyCount: number
  /** Of the chain's genesis. */
  readonly maxBands: number
  /** Whether submissions from peers are taken: validators do, since they lead. */
  readonly takesSubmissions: boolean
}

export interface ServingComponents {
  readonly store: Pick<BlockStore, 'getAnnouncement'> &
    Pick<CertificateStore, 'certificates'> &
    Pick<FinalStore, 'finalTip' | 'finalRoots' | 'earliestHeight'>
  readonly candidates: Pick<Candidates, 'get'>
  readonly columns: ColumnSource
  readonly engine: Pick<GridEngine, 'makeTiles' | 'checkColumnProofs'>
  readonly mempool: { add(blob: OrderedBlob, from: string): Promise<Uint8Array> }
  readonly headHeight: () => number
}

/** Columns that tiles are cut from at once. */
const TILES_AT_ONCE = 2
/** The network bounds how many requests there are, and how long each takes. */
const never = new AbortController().signal

export const createServing = (init: ServingInit, components: ServingComponents): StreamHandlers => {
  const { store, columns, engine } = components
  const arithmetic = createSemaphore(TILES_AT_ONCE)

  const announcementOf = async (root: Uint8Array): Promise<Announcement | undefined> => {
    const stored = await store.getAnnouncement(root)
    if (stored !== undefined) return stored
    const proposal = await columns.proposal(root)
    return proposal && { header: proposal.header, commitments: proposal.commitments }
  }

  /** The code for a range that lies below what is kept, all of it: a part of one tells by what is in it. */
  const saySoWherePruned = async (start: number, count: number): Promise<void> => {
    const earliest = await store.earliestHeight()
    if (start + count > earliest) return
    throw new WeftError('pruned', `expected heights from ${earliest} on, got ${start}`, { earliest })
  }

  const isProven = async (root: Uint8Array, index: number): Promise<boolean> => {
    const fresh = components.candidates.get(root)
    if (fresh === undefined || fresh.state === 'kept' || fresh.proven.has(index)) return true
    const column = fresh.columns.get(index)
    if (column === undefined || fresh.proposal === undefined || fresh.state === 'invalid') return false
    const { commitments, sheet } = fresh.proposal
    const [verdict] = await engine.checkColumnProofs({ header: fresh.header.message, commitments, sheet }, [
      column,
    ])
    if (verdict?.verdict !== 'accept') return false
    fresh.proven.add(index)
    return true
  }

  return {
    async status(): Promise<Status> {
      const tip = await store.finalTip()
      return {
        chainId: init.chainId,
        finalHeight: tip?.height ?? 0,
        finalRoot: tip?.root ?? init.chainId,
        headHeight: components.headHeight(),
        custodyCount: init.custodyCount,
        earliestHeight: await store.earliestHeight(),
      }
    },
    async *headers({ start, count }) {
      for await (const { root } of store.finalRoots(start, count)) {
        const announcement = await announcementOf(root)
        if (announcement !== undefined) yield announcement
      }
      await saySoWherePruned(start, count)
    },
    async *certificates({ start, count }) {
      yield* store.certificates(start, count)
      await saySoWherePruned(start, count)
    },
    async *proposals({ roots }) {
      for (const root of roots) {
        const proposal = await columns.proposal(root)
        if (proposal !== undefined) yield proposal
      }
    },
    async *columns({ root, indices }, from) {
      for (const index of new Set(indices)) {
        const column = await columns.column(root, index, from)
        if (column !== undefined) yield column
      }
    },
    async *tiles({ root, tiles }, from) {
      const proposal = await columns.proposal(root)
      if (proposal === undefined) return
      const { bands: dataBands } = shapeOf(proposal.header.message.rowCount, init.maxBands)
      // A band that other blocks of this chain have and this one has not is left out like all that is not here.
      const places = tiles.filter(({ band }) => band < 2 * dataBands)
      for (const [index, bands] of byColumn(places)) {
        const column = await columns.column(root, index, from)
        if (column === undefined) continue
        const block = { header: proposal.header.message, sheet: proposal.sheet }
        // Few at a time, so that a flood of questions does not hold up the checking of what comes in.
        const made = await arithmetic.run(
          async () => ((await isProven(root, index)) ? engine.makeTiles(block, column, bands) : []),
          never,
        )
        for (const tile of made) {
          yield { ...tile, branch: [...tile.branch], proofs: [...tile.proofs] }
        }
      }
    },
    // Tiles of its own sampling: a full node draws none, and serves what it has as columns.
    held: async () => ({ tiles: [] }),
    async submit(submission, from): Promise<SubmissionAnswer> {
      const blobId = await pacedBlobIdOf(submission)
      if (!init.takesSubmissions) return { code: SUBMISSION_CODE.notTaken, blobId }
      const { after, ...blob } = submission
      try {
        await components.mempool.add({ ...blob, blobId, after: after[0] }, from)
        return { code: SUBMISSION_CODE.accepted, blobId }
      } catch (error) {
        if (hasCode(error, 'queue-full')) return { code: SUBMISSION_CODE.queueFull, blobId }
        if (hasCode(error, 'blob-too-large')) return { code: SUBMISSION_CODE.tooLarge, blobId }
        // Trouble of this node's own, a disk that fails, says nothing about the blob.
        const isInvalid = error instanceof WeftError && FAULTS_OF_BLOBS.has(error.code)
        return { code: isInvalid ? SUBMISSION_CODE.invalid : SUBMISSION_CODE.failed, blobId }
      }
    },
  }
}

const byColumn = (tiles: readonly { readonly band: number; readonly column: number }[]) => {
  const bands = new Map<number, number[]>()
  for (const { band, column } of tiles) bands.set(column, [...(bands.get(column) ?? []), band])
  return bands
}
