// The leader's side of src/node/proposer.ts without a mempool: there is always a full block waiting, encoding begins when the
// height before is entered, and the block is on disk before it is handed on.

import type { Chain } from '../../src/chain/chain.ts'
import { versionAt } from '../../src/chain/chain.ts'
import { type Header, HeaderType } from '../../src/chain/containers.ts'
import type { ConsensusOutput } from '../../src/consensus/types.ts'
import type { EncodedBlock } from '../../src/grid/block.ts'
import type { GridEngine } from '../../src/grid/engine.ts'
import type { Candidates } from '../../src/node/candidates.ts'
import { signature } from './content.ts'
import type { MemoryStore } from './memory-store.ts'

export interface BuilderComponents {
  readonly chain: Chain
  readonly engine: Pick<GridEngine, 'encode'>
  readonly store: Pick<MemoryStore, 'putBlock' | 'putAnnouncement'>
  readonly candidates: Candidates
  readonly nowMs: () => number
}

export interface Builder {
  prepare(): void
  build(
    turn: Extract<ConsensusOutput, { type: 'build' }>,
  ): Promise<{ readonly root: Uint8Array; readonly header: Header }>
}

export const createBuilder = (
  proposer: number,
  custody: readonly number[],
  { chain, engine, store, candidates, nowMs }: BuilderComponents,
): Builder => {
  let prepared: Promise<EncodedBlock> | undefined
  return {
    prepare() {
      prepared ??= engine.encode([])
    },
    async build({ height, parentHeight, parentRoot, timestamp }) {
      const encoded = await (prepared ?? engine.encode([]))
      prepared = undefined
      const header: Header = {
        version: versionAt(chain.genesis, height),
        chainId: chain.chainId,
        height,
        parentHeight,
        parentRoot,
        timestamp,
        proposer,
        validatorsRoot: chain.validatorsRoot,
        ...encoded.header,
      }
      const root = HeaderType.hashTreeRoot(header)
      const signed = { message: header, signature }
      const proposal = {
        header: signed,
        commitments: [...encoded.commitments],
        entries: [...encoded.entries],
        sheet: [...encoded.sheet],
      }
      const columns = encoded.columns.map(({ index, cells, branch }) => ({
        header: signed,
        index,
        cells: [...cells],
        branch: [...branch],
      }))
      await store.putAnnouncement(root, { header: signed, commitments: proposal.commitments })
      await store.putBlock(
        root,
        proposal,
        columns.filter(({ index }) => custody.includes(index)),
      )
      const candidate = candidates.open(root, signed, nowMs())
      candidate.proposal = proposal
      candidate.commitments = proposal.commitments
      for (const column of columns) candidate.columns.set(column.index, column)
      candidate.state = 'kept'
      return { root, header }
    },
  }
}
