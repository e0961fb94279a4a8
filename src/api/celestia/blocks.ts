// Final blocks and their blobs as Celestia's interface needs them: by height, by namespace, and by the share commitment,
// which is nowhere in a block of ours: it is computed from the bytes, so that any node finds the same. One publication
// may hold several of Celestia's blobs (bundle.ts). Computed commitments are remembered by blobId, which they follow from.

import { createBoundedMap } from '../../base/bounded-map.ts'
import { equal, toHex } from '../../base/bytes.ts'
import { payloadPerCell } from '../../grid/cells.ts'
import type { Entry } from '../../grid/containers.ts'
import { nodeSha256 } from '../../grid/node-sha256.ts'
import type { FinalBlock, FullNode } from '../../node/types.ts'
import { decodeBundle } from '../../rollups/celestia/bundle.ts'
import { shareCommitment } from '../../rollups/celestia/commitment.ts'
import { type CelestiaBlob, isBlobNamespace } from '../../rollups/celestia/share.ts'
import type { Mapping } from '../stacks/mapping.ts'
import { blobNotFound, failed, fromFuture } from './errors.ts'

export interface CelestiaBlock {
  readonly height: number
  /** undefined: no block of this height can ever be final. */
  readonly block: FinalBlock | undefined
}

export interface FoundBlob extends CelestiaBlob {
  readonly block: FinalBlock
  /** Place of its publication in the block's list of entries. */
  readonly entryIndex: number
  /** Data cell that its bytes begin in. */
  readonly cell: number
  readonly commitment: Uint8Array
}

export interface CelestiaBlocks {
  /** Throws the errors of `header.GetByHeight`. */
  at(height: number): Promise<CelestiaBlock>
  /** The blobs of a namespace in a block, in order. Throws where one cannot be had now. */
  blobsOf(block: FinalBlock, namespace: Uint8Array, signal: AbortSignal): Promise<readonly FoundBlob[]>
  /** By commitment. Throws `blob: not found`. */
  find(height: number, namespace: Uint8Array, commitment: Uint8Array, signal: AbortSignal): Promise<FoundBlob>
}

/** Publications whose commitments are remembered. */
const REMEMBERED = 16_384

export const createCelestiaBlocks = ({
  node,
  mapping,
}: {
  readonly node: Pick<FullNode, 'block' | 'newestHeader'>
  readonly mapping: Pick<Mapping, 'read'>
}): CelestiaBlocks => {
  const commitments = createBoundedMap<string, readonly Uint8Array[]>(REMEMBERED)

  const at = async (height: number): Promise<CelestiaBlock> => {
    if (height === 0) throw failed('header: height is equal to 0')
    const answer = await node.block(height)
    if (answer.found) return { height, block: answer }
    switch (answer.reason) {
      case 'empty':
        return { height, block: undefined }
      case 'future':
        throw fromFuture((await node.newestHeader())?.height ?? 0, height)
      case 'pruned':
        throw failed(`header: height ${height} is older than this node keeps`)
      case 'unreachable':
        throw failed(`header: height ${height} could not be had now; ask again`)
    }
  }

  /** The blobs of a publication. */
  const load = async (
    block: FinalBlock,
    entryIndex: number,
    signal: AbortSignal,
  ): Promise<readonly FoundBlob[]> => {
    const { blobId, namespace, startCell, flags } = block.entries[entryIndex] as Entry
    const answer = await mapping.read(blobId, signal)
    if (!answer.found) {
      throw failed(
        answer.reason === 'pruned'
          ? 'blob: older than this chain keeps'
          : 'blob: could not be had now; ask again',
      )
    }
    const blobs = decodeBundle(answer.data).map((blob) => ({ ...blob, namespace }))
    const known = commitments.get(toHex(blobId)) ?? blobs.map(commit)
    commitments.set(toHex(blobId), known)
    return blobs.map((blob, i) => ({
      ...blob,
      block,
      entryIndex,
      cell: startCell + Math.floor(blob.offset / payloadPerCell(flags)),
      commitment: known[i] as Uint8Array,
    }))
  }

  const ownPlaces = ({ entries }: FinalBlock, namespace: Uint8Array): readonly number[] =>
    entries.flatMap((entry, index) => (equal(entry.namespace, namespace) ? [index] : []))

  const findIn = async (
    block: FinalBlock,
    namespace: Uint8Array,
    commitment: Uint8Array,
    signal: AbortSignal,
  ): Promise<FoundBlob | undefined> => {
    for (const index of ownPlaces(block, namespace)) {
      const known = commitments.get(toHex((block.entries[index] as Entry).blobId))
      if (known !== undefined && !known.some((one) => equal(one, commitment))) continue
      const blobs = await load(block, index, signal)
      const found = blobs.find((blob) => equal(blob.commitment, commitment))
      if (found !== undefined) return found
    }
    return undefined
  }

  return {
    at,
    async blobsOf(block, namespace, signal) {
      const blobs: FoundBlob[] = []
      for (const index of ownPlaces(block, namespace)) blobs.push(...(await load(block, index, signal)))
      return blobs
    },
    async find(height, namespace, commitment, signal) {
      const { block } = await at(height)
      const found = block && (await findIn(block, namespace, commitment, signal))
      if (found === undefined) throw blobNotFound()
      return found
    },
  }
}

/** Blobs under namespaces that Celestia reserves have no commitment there: they are nobody's to ask for. */
export const commit = (blob: CelestiaBlob): Uint8Array =>
  isBlobNamespace(blob.namespace) ? shareCommitment(blob, nodeSha256) : new Uint8Array(32)
