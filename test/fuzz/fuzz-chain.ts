// The small real chain whose messages are mutated: four validators of different weights, blocks of 0, 1, 3, 5 and 7 rows
// in bands of one and two lanes, with and without zero bands, two headers of one height, votes of every kind and their
// certificates. Encoded by the project's own engine; signed by noble.

import { type Chain, chainOf } from '../../src/chain/chain.ts'
import type { Header } from '../../src/chain/containers.ts'
import { createGenesis } from '../../src/chain/genesis.ts'
import { loadComponents } from '../../src/grid/backends.ts'
import { namespaceOf } from '../../src/grid/blob.ts'
import type { EncodedBlock } from '../../src/grid/block.ts'
import type { GridEngine } from '../../src/grid/engine.ts'
import { createLocalEngine } from '../../src/grid/local-engine.ts'
import { nodeSha256 } from '../../src/grid/node-sha256.ts'
import { bls, peerIdOf, secretKeyOf, TIMESTAMP } from '../chain/fixture.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { type Fields, rootOf, sha256 } from './plain-ssz.ts'
import { Header as PlainHeader, SigningData } from './plain-types.ts'

export const WEIGHTS = [3, 2, 2, 1]
export const MAX_ROWS = 8
export const MAX_BANDS = 4
/** What the judge is told of the chain: blocks to here are final, and this height is being worked on. */
export const FINAL_HEIGHT = 1
export const CURRENT_HEIGHT = 4

export interface FuzzBlock {
  readonly height: number
  readonly root: Uint8Array
  /** SignedHeader as plain fields. */
  readonly header: Fields
  readonly grid: EncodedBlock
}

export interface FuzzChain {
  readonly chain: Chain
  readonly ledger: Ledger
  readonly engine: GridEngine
  readonly blocks: readonly FuzzBlock[]
  /** Signs a header's fields as its proposer, or as another validator. */
  signHeader(message: Fields, validator?: number): Fields
  /** What a vote or certificate signs. */
  voteRoot(kind: number, height: number, root: Uint8Array, chainId?: Uint8Array): Uint8Array
}

const blobOf = (letter: string, length: number) => {
  const data = new Uint8Array(length)
  for (let at = 0; at < length; at += 32)
    data.set(sha256(new TextEncoder().encode(`${letter}/${at}`)).subarray(0, Math.min(32, length - at)), at)
  return { namespace: namespaceOf(new TextEncoder().encode(letter)), flags: 0, data }
}

/** Blobs that fill about this many rows, every row with something in it. */
const blobsFor = (rows: number) =>
  rows === 0
    ? []
    : [blobOf('a', 700), blobOf(`b${rows}`, (rows - 1) * 126_976 + 1_984 * 40), blobOf('c', 3_000)]

export const createFuzzChain = async (): Promise<FuzzChain> => {
  const components = await loadComponents('kernels', 'prover', nodeSha256)
  const engine = createLocalEngine({ maxRows: MAX_ROWS, maxBands: MAX_BANDS }, components)
  const chain = chainOf(
    createGenesis({
      name: 'fuzz',
      timestamp: TIMESTAMP,
      maxRows: MAX_ROWS,
      maxBands: MAX_BANDS,
      validators: WEIGHTS.map((weight, i) => ({
        publicKey: bls.publicKeyOf(secretKeyOf(i)),
        possession: bls.provePossession(secretKeyOf(i)),
        peerId: peerIdOf(i),
        weight,
      })),
    }),
  )
  const ledger = createLedger(WEIGHTS.map((_, i) => secretKeyOf(i)))
  const signingRoot = (
    domain: number,
    kind: number,
    height: number,
    root: Uint8Array,
    chainId = chain.chainId,
  ) => rootOf(SigningData, { domain, chainId, kind, height, root })
  const signHeader = (message: Fields, validator = (message.proposer as number) % WEIGHTS.length): Fields => {
    const root = signingRoot(1, 0, message.height as number, rootOf(PlainHeader, message))
    return { message, signature: ledger.sign(validator, root) }
  }

  const blocks: FuzzBlock[] = []
  const add = (height: number, parent: FuzzBlock | undefined, grid: EncodedBlock, lateMs = 0) => {
    const message: Header = {
      version: 1,
      chainId: chain.chainId,
      height,
      parentHeight: parent?.height ?? 0,
      parentRoot: parent?.root ?? chain.chainId,
      timestamp: TIMESTAMP + 2_000 * height + lateMs,
      proposer: (height - 1) % WEIGHTS.length,
      validatorsRoot: chain.validatorsRoot,
      ...grid.header,
    }
    const header = signHeader(message as unknown as Fields)
    const block = { height, root: rootOf(PlainHeader, header.message!), header, grid }
    blocks.push(block)
    return block
  }
  const grids = new Map<number, EncodedBlock>()
  for (const rows of [0, 1, 3, 5, 7]) grids.set(rows, await engine.encode(blobsFor(rows)))
  const first = add(1, undefined, grids.get(1)!)
  const second = add(2, first, grids.get(3)!)
  const third = add(3, second, grids.get(5)!)
  const fourth = add(4, third, grids.get(7)!)
  // Its leader signed a second header of this height, of another grid.
  add(4, third, grids.get(1)!, 1)
  const fifth = add(5, fourth, grids.get(0)!)
  add(6, fifth, grids.get(1)!)

  return {
    chain,
    ledger,
    engine,
    blocks,
    signHeader,
    voteRoot: (kind, height, root, chainId) => signingRoot(2, kind, height, root, chainId),
  }
}
