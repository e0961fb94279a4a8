// Blocks for tests of a node's parts: encoded by the grid, signed by the leader of their height.

import { createBlstBls } from '../../src/chain/bls-blst.ts'
import { type Chain, chainOf, leaderAt, versionAt } from '../../src/chain/chain.ts'
import { type Column, type Header, HeaderType, type Proposal } from '../../src/chain/containers.ts'
import { headerSigningRoot } from '../../src/chain/signing.ts'
import type { Blob } from '../../src/grid/blob.ts'
import { createGridEngine } from '../../src/grid/create-engine.ts'
import type { GridEngine } from '../../src/grid/engine.ts'
import type { TestChain } from './support.ts'

export interface TestBlock {
  readonly root: Uint8Array
  readonly header: Header
  readonly proposal: Proposal
  readonly columns: readonly Column[]
}

const bls = createBlstBls()

/** An engine with small bounds; close it. */
export const testEngine = (chain: TestChain): GridEngine =>
  createGridEngine({ maxRows: chain.genesis.maxRows, maxBands: chain.genesis.maxBands })

/** Signs headers as the leaders of a test chain would, valid or not. */
export const createBlocks = (test: TestChain, engine: GridEngine) => {
  const chain: Chain = chainOf(test.genesis)
  const block = async (
    place: { readonly height: number; readonly parent?: TestBlock; readonly timestamp?: number },
    blobs: readonly Blob[] = [],
  ): Promise<TestBlock> => {
    const encoded = await engine.encode(blobs)
    const { height, parent } = place
    const proposer = leaderAt(test.genesis, height)
    const header: Header = {
      version: versionAt(test.genesis, height),
      chainId: chain.chainId,
      height,
      parentHeight: parent?.header.height ?? 0,
      parentRoot: parent?.root ?? chain.chainId,
      timestamp: place.timestamp ?? (parent?.header.timestamp ?? test.genesis.timestamp) + 1_000,
      proposer,
      validatorsRoot: chain.validatorsRoot,
      ...encoded.header,
    }
    const root = HeaderType.hashTreeRoot(header)
    const signature = bls.sign(
      headerSigningRoot(chain.chainId, height, root),
      test.validators[proposer]!.secretKey,
    )
    const signed = { message: header, signature }
    const proposal: Proposal = {
      header: signed,
      commitments: [...encoded.commitments],
      entries: [...encoded.entries],
      sheet: [...encoded.sheet],
    }
    const columns = encoded.columns.map(
      ({ index, cells, branch }): Column => ({
        header: signed,
        index,
        cells: [...cells],
        branch: [...branch],
      }),
    )
    return { root, header, proposal, columns }
  }
  return { chain, bls, block }
}
