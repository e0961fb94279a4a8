// A leader's blocks: encodes what is waiting ahead of its turn, and turns it into a signed, stored block when its turn
// comes. The arithmetic does not depend on parent or height, so only the header is made in the turn itself.

import { toHex } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import type { Metrics } from '../base/metrics.ts'
import { type Column, type Header, HeaderType, type Proposal } from '../chain/containers.ts'
import type { BlockStore } from '../chain/ports.ts'
import type { EncodedBlock } from '../grid/block.ts'
import type { GridEngine } from '../grid/engine.ts'
import type { Candidates } from './candidates.ts'
import type { Mempool, WaitingBlob } from './mempool.ts'

export interface ProposerInit {
  readonly chainId: Uint8Array
  readonly validatorsRoot: Uint8Array
  readonly proposer: number
  readonly maxRows: number
  /** Column indices that this validator keeps on disk. */
  readonly custody: readonly number[]
  /** Version of the protocol at a height, by genesis's schedule. */
  readonly versionAt: (height: number) => number
}

export interface ProposerComponents {
  readonly mempool: Pick<Mempool, 'select'>
  readonly engine: Pick<GridEngine, 'encode'>
  readonly store: Pick<BlockStore, 'putBlock' | 'putAnnouncement'>
  readonly candidates: Candidates
  readonly signHeader: (height: number, root: Uint8Array) => Uint8Array
  /** Hex ids of blobs that blocks above the final one hold already. */
  readonly taken: () => ReadonlySet<string>
  readonly clock: Clock
  readonly metrics: Metrics
}

export interface Turn {
  readonly height: number
  readonly parentHeight: number
  readonly parentRoot: Uint8Array
  readonly timestamp: number
}

export interface BuiltBlock {
  readonly root: Uint8Array
  readonly header: Header
}

export interface Proposer {
  /** Encodes what is waiting now, unless that is under way. */
  prepare(): void
  /** The block for a turn, stored and ready to be published from the candidates. */
  build(turn: Turn, signal: AbortSignal): Promise<BuiltBlock>
}

interface Prepared {
  readonly blobs: readonly WaitingBlob[]
  readonly encoded: Promise<EncodedBlock>
}

export const createProposer = (init: ProposerInit, components: ProposerComponents): Proposer => {
  let prepared: Prepared | undefined

  const encodeWaiting = (): Prepared => {
    const startedMs = components.clock.now()
    const chosen = components.mempool.select(init.maxRows, components.taken())
    const encoding = components.engine.encode(
      chosen.map(({ namespace, flags, data }) => ({ namespace, flags, data })),
    )
    const encoded = encoding.then((result) => {
      components.metrics.observe('weft_encode_seconds', (components.clock.now() - startedMs) / 1000)
      return result
    })
    encoded.catch(() => {})
    return { blobs: chosen, encoded }
  }

  const isFresh = ({ blobs }: Prepared): boolean => {
    const taken = components.taken()
    return blobs.every((blob) => !taken.has(toHex(blob.blobId)))
  }

  const takePrepared = async (): Promise<EncodedBlock> => {
    const ahead =
      prepared !== undefined && prepared.blobs.length > 0 && isFresh(prepared) ? prepared : undefined
    prepared = undefined
    if (ahead !== undefined) {
      const encoded = await ahead.encoded.catch(() => undefined)
      if (encoded !== undefined) return encoded
    }
    return encodeWaiting().encoded
  }

  return {
    prepare() {
      if (prepared !== undefined && prepared.blobs.length > 0 && isFresh(prepared)) return
      prepared = encodeWaiting()
    },
    async build(turn, signal) {
      const encoded = await takePrepared()
      signal.throwIfAborted()
      const header: Header = {
        version: init.versionAt(turn.height),
        chainId: init.chainId,
        height: turn.height,
        parentHeight: turn.parentHeight,
        parentRoot: turn.parentRoot,
        timestamp: turn.timestamp,
        proposer: init.proposer,
        validatorsRoot: init.validatorsRoot,
        ...encoded.header,
      }
      const root = HeaderType.hashTreeRoot(header)
      const signed = { message: header, signature: components.signHeader(turn.height, root) }
      const proposal: Proposal = {
        header: signed,
        commitments: [...encoded.commitments],
        entries: [...encoded.entries],
        sheet: [...encoded.sheet],
      }
      const columns: Column[] = encoded.columns.map(({ index, cells, branch }) => ({
        header: signed,
        index,
        cells: [...cells],
        branch: [...branch],
      }))
      await components.store.putAnnouncement(root, { header: signed, commitments: proposal.commitments })
      await components.store.putBlock(
        root,
        proposal,
        columns.filter((column) => init.custody.includes(column.index)),
      )
      const candidate = components.candidates.open(root, signed, components.clock.now())
      candidate.proposal = proposal
      candidate.commitments = proposal.commitments
      for (const column of columns) candidate.columns.set(column.index, column)
      candidate.state = 'kept'
      return { root, header }
    },
  }
}
