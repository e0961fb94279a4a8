// Announcements, proposals and columns. The signed header and the commitments are stored once a block, whatever part
// came with them first; columns and proposals are put together again when they are read.

import {
  type Column,
  CommitmentsType,
  type Proposal,
  type SignedHeader,
  SignedHeaderType,
} from '../chain/containers.ts'
import { COLUMNS } from '../chain/limits.ts'
import type { BlockStore } from '../chain/ports.ts'
import { blockKey, blockRange, columnKey, heightRange, rootOf } from './keys.ts'
import type { Locator } from './locate.ts'
import { createMutex } from './mutex.ts'
import { ColumnRestType, ProposalRestType } from './records.ts'
import type { Change, Tables } from './tables.ts'

/** Bytes of columns in one batch, and so in one turn: 6 ms. It is in memory four times while it is written. */
const BATCH_BYTES = 1024 * 1024
/** Most roots that are listed for a height. Validity rules let at most two through. */
const MAX_ROOTS_AT_HEIGHT = 16

export const createBlockStore = (tables: Tables, locator: Locator): BlockStore => {
  // Columns are not written while one that turned out to be damaged is taken off the list.
  const exclusive = createMutex()

  const headerChanges = async (root: Uint8Array, header: SignedHeader): Promise<Change[]> => {
    const { height } = header.message
    const key = blockKey('header', height, root)
    if ((await tables.get(key)) !== undefined && (await locator.heightOf(root)) === height) return []
    return [locator.change(root, height), { key, payload: SignedHeaderType.serialize(header) }]
  }

  const announcementChanges = async (
    root: Uint8Array,
    header: SignedHeader,
    commitments: readonly Uint8Array[],
  ): Promise<Change[]> => {
    const changes = await headerChanges(root, header)
    const key = blockKey('commitments', header.message.height, root)
    if ((await tables.get(key)) === undefined) {
      changes.push({ key, payload: CommitmentsType.serialize(commitments as Uint8Array[]) })
    }
    return changes
  }

  const proposalChanges = async (root: Uint8Array, proposal: Proposal): Promise<Change[]> => [
    ...(await announcementChanges(root, proposal.header, proposal.commitments)),
    {
      key: blockKey('proposal', proposal.header.message.height, root),
      payload: ProposalRestType.serialize({ entries: proposal.entries, sheet: proposal.sheet }),
    },
  ]

  /** Batches of at most BATCH_BYTES, each synced; `last` goes with the last one. */
  const writeColumns = async (
    root: Uint8Array,
    columns: readonly Column[],
    first: readonly Change[],
    last: readonly Change[],
  ) => {
    let changes: Change[] = [...first]
    let bytes = 0
    for (const column of columns) {
      const { height } = column.header.message
      const payload = ColumnRestType.serialize({ cells: column.cells, branch: column.branch })
      if (bytes > 0 && bytes + payload.length > BATCH_BYTES) {
        await tables.write(changes)
        changes = []
        bytes = 0
      }
      changes.push({ key: columnKey('column', height, root, column.index), payload })
      changes.push({ key: columnKey('held', height, root, column.index), payload: new Uint8Array(0) })
      bytes += payload.length
    }
    changes.push(...last)
    if (changes.length > 0) await tables.write(changes)
  }

  const readHeader = async (root: Uint8Array): Promise<SignedHeader | undefined> => {
    const height = await locator.heightOf(root)
    if (height === undefined) return undefined
    const payload = await tables.get(blockKey('header', height, root))
    return payload === undefined ? undefined : SignedHeaderType.deserialize(payload)
  }

  const readAnnouncement: BlockStore['getAnnouncement'] = async (root) => {
    const header = await readHeader(root)
    if (header === undefined) return undefined
    const payload = await tables.get(blockKey('commitments', header.message.height, root))
    return payload === undefined ? undefined : { header, commitments: CommitmentsType.deserialize(payload) }
  }

  return {
    async putAnnouncement(root, announcement) {
      const changes = await announcementChanges(root, announcement.header, announcement.commitments)
      if (changes.length > 0) await tables.write(changes)
    },

    getAnnouncement: readAnnouncement,

    async rootsAt(height) {
      const roots: Uint8Array[] = []
      const range = heightRange('header', height, height + 1)
      for await (const key of tables.keys(range, { limit: MAX_ROOTS_AT_HEIGHT })) roots.push(rootOf(key))
      return roots
    },

    async putProposal(root, proposal) {
      await tables.write(await proposalChanges(root, proposal))
    },

    async getProposal(root) {
      const announcement = await readAnnouncement(root)
      if (announcement === undefined) return undefined
      const payload = await tables.get(blockKey('proposal', announcement.header.message.height, root))
      return payload === undefined ? undefined : { ...announcement, ...ProposalRestType.deserialize(payload) }
    },

    // Columns may go ahead in batches of their own, each of which is true by itself; the proposal comes with the last
    // batch, so that a proposal that was put here is never found without its columns.
    async putBlock(root, proposal, columns) {
      const last = await proposalChanges(root, proposal)
      await exclusive(() => writeColumns(root, columns, [], last))
    },

    async putColumns(root, columns) {
      const first = columns[0]
      if (first === undefined) return
      const changes = await headerChanges(root, first.header)
      await exclusive(() => writeColumns(root, columns, changes, []))
    },

    async getColumn(root, index) {
      const header = await readHeader(root)
      if (header === undefined) return undefined
      const { height } = header.message
      const key = columnKey('column', height, root, index)
      const payload = await tables.get(key)
      // Views of the one value, instead of 2 KiB each for themselves.
      if (payload !== undefined)
        return { header, index, ...ColumnRestType.deserialize(payload, { reuseBytes: true }) }
      const held = columnKey('held', height, root, index)
      if ((await tables.get(held)) === undefined) return undefined
      // A column that is listed and cannot be read is damaged: it must not count as held, so that it is fetched again.
      await exclusive(async () => {
        if ((await tables.get(key)) === undefined) await tables.write([{ delete: held }, { delete: key }])
      })
      return undefined
    },

    async heldColumns(root) {
      const height = await locator.heightOf(root)
      if (height === undefined) return []
      const indices: number[] = []
      for await (const key of tables.keys(blockRange('held', height, root), { limit: COLUMNS })) {
        if (key[41]! < COLUMNS) indices.push(key[41]!)
      }
      return indices
    },
  }
}
