// Final blocks and their blobs as Celestia's interface needs them: by height, by namespace, and by the share commitment,
// which is nowhere in a block of ours: it is computed from the blob's bytes, so that any node finds the same. Computed
// commitments are remembered by blobId, which they follow from.

import { createBoundedMap } from '../../base/bounded-map.ts'
import { equal, toHex } from '../../base/bytes.ts'
import type { Entry } from '../../grid/containers.ts'
import { nodeSha256 } from '../../grid/node-sha256.ts'
import type { FinalBlock, FullNode } from '../../node/types.ts'
import { shareCommitment } from '../../rollups/celestia/commitment.ts'
import { isBlobNamespace } from '../../rollups/celestia/share.ts'
import type { Mapping } from '../stacks/mapping.ts'
import { blobNotFound, failed, fromFuture } from './errors.ts'

export interface CelestiaBlock {
  readonly height: number
  /** undefined: no block of this height can ever be final. */
  readonly block: FinalBlock | undefined
}

export interface FoundBlob {
  readonly block: FinalBlock
  /** Place in the block's list of entries. */
  readonly index: number
  readonly entry: Entry
  readonly data: Uint8Array
  readonly commitment: Uint8Array
}

export interface CelestiaBlocks {
  /** Throws the errors of `header.GetByHeight`. */
  at(height: number): Promise<CelestiaBlock>
  /** The blobs of a namespace in a block, in order. Throws where one cannot be had now. */
  blobsOf(block: FinalBlock, namespace: Uint8Array, signal: AbortSignal): Promise<readonly FoundBlob[]>
  /**
   * By commitment: at the height, else shortly below it, since a list of blobs that was submitted in one call may lie in
   * several blocks. Throws `blob: not found`.
   */
  find(height: number, namespace: Uint8Array, commitment: Uint8Array, signal: AbortSignal): Promise<FoundBlob>
  remember(blobId: Uint8Array, commitment: Uint8Array): void
}

/** Heights at which a blob is looked for: the one that was named and those below it. */
export const SPREAD = 16
const REMEMBERED = 16_384

export const createCelestiaBlocks = ({
  node,
  mapping,
}: {
  readonly node: Pick<FullNode, 'block' | 'newestHeader'>
  readonly mapping: Pick<Mapping, 'read'>
}): CelestiaBlocks => {
  const commitments = createBoundedMap<string, Uint8Array>(REMEMBERED)

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

  const load = async (block: FinalBlock, index: number, signal: AbortSignal): Promise<FoundBlob> => {
    const entry = block.entries[index] as Entry
    const answer = await mapping.read(entry.blobId, signal)
    if (!answer.found) {
      throw failed(
        answer.reason === 'pruned'
          ? 'blob: older than this chain keeps'
          : 'blob: could not be had now; ask again',
      )
    }
    const { data } = answer
    const name = toHex(entry.blobId)
    const commitment = commitments.get(name) ?? commit(entry.namespace, data)
    commitments.set(name, commitment)
    return { block, index, entry, data, commitment }
  }

  const ownPlaces = ({ entries }: FinalBlock, namespace: Uint8Array): readonly number[] =>
    entries.flatMap((entry, index) => (equal(entry.namespace, namespace) ? [index] : []))

  const findIn = async (
    block: FinalBlock,
    namespace: Uint8Array,
    commitment: Uint8Array,
    signal: AbortSignal,
  ): Promise<FoundBlob | undefined> => {
    const known = (index: number) => commitments.get(toHex((block.entries[index] as Entry).blobId))
    for (const index of ownPlaces(block, namespace)) {
      const mine = known(index)
      if (mine !== undefined && !equal(mine, commitment)) continue
      const blob = await load(block, index, signal)
      if (equal(blob.commitment, commitment)) return blob
    }
    return undefined
  }

  return {
    at,
    async blobsOf(block, namespace, signal) {
      const blobs: FoundBlob[] = []
      for (const index of ownPlaces(block, namespace)) blobs.push(await load(block, index, signal))
      return blobs
    },
    async find(height, namespace, commitment, signal) {
      for (let below = height; below > Math.max(0, height - SPREAD); below--) {
        const { block } = await at(below)
        const found = block && (await findIn(block, namespace, commitment, signal))
        if (found !== undefined) return found
      }
      throw blobNotFound()
    },
    remember(blobId, commitment) {
      commitments.set(toHex(blobId), commitment)
    },
  }
}

/** Blobs under namespaces that Celestia reserves have no commitment there: they are nobody's to ask for. */
const commit = (namespace: Uint8Array, data: Uint8Array): Uint8Array =>
  isBlobNamespace(namespace)
    ? shareCommitment({ namespace, data, shareVersion: 0 }, nodeSha256)
    : new Uint8Array(32)
