// The one mapping from other stacks' interfaces onto a node: publish and wait until certified, read what a locator
// names. What a stack says with its own words and statuses, it says of one of these outcomes.

import { equal } from '../../base/bytes.ts'
import { deadline } from '../../base/deadline.ts'
import { WeftError } from '../../base/error.ts'
import type { BlobInput, FullNode } from '../../node/types.ts'
import type { Locator } from '../../rollups/locator.ts'

/**
 * `not-yet`: not certified within the time; a leader may still include it, so the same bytes can be put again.
 * `busy`: the node has no room now. `too-large`: no block can hold it. `refused`: it is no blob that a node takes.
 */
export type PublishErrorCode = 'not-yet' | 'busy' | 'too-large' | 'refused'

export interface Published extends Locator {
  readonly root: Uint8Array
}

/** `absent` and `pruned` are sure; `unreachable` is "not now". */
export type Found =
  | { readonly found: true; readonly data: Uint8Array }
  | { readonly found: false; readonly reason: 'absent' | 'pruned' | 'unreachable' }

export interface Mapping {
  /** The same bytes in the same namespace are the same publication. Throws PublishErrorCode, or the signal's reason. */
  publish(blob: BlobInput, signal: AbortSignal): Promise<Published>
  /** The blob that is at this height, and at no other: everybody gets the same answer at all times. */
  readAt(locator: Locator, signal: AbortSignal): Promise<Found>
  /** By its blobId alone, at whatever height. */
  read(blobId: Uint8Array, signal: AbortSignal): Promise<Found>
}

export interface MappingInit {
  /** How long a publication may take until it is certified, ms. */
  readonly publishMs: number
  readonly readMs: number
}

export type MappingNode = Pick<FullNode, 'submit' | 'waitFor' | 'read' | 'block' | 'blobState'>

export const mappingDefaults: MappingInit = { publishMs: 60_000, readMs: 30_000 }

export const createMapping = (
  { publishMs, readMs }: MappingInit,
  { node }: { readonly node: MappingNode },
): Mapping => {
  const read: Mapping['read'] = async (blobId, outer) => {
    const signal = deadline(readMs, outer)
    const answer = await node.read(blobId, { signal }).catch((error) => {
      if (signal.aborted) return unreachable
      throw error
    })
    if (answer.found) return { found: true, data: answer.data }
    if (answer.reason !== 'absent') return { found: false, reason: answer.reason }
    // What waits for a block is not absent: it may be final any moment.
    const { state } = await node.blobState(blobId)
    return { found: false, reason: state === 'unknown' || state === 'failed' ? 'absent' : 'unreachable' }
  }

  return {
    async publish(blob, outer) {
      const signal = deadline(publishMs, outer)
      const { blobId } = await node.submit(blob).catch((error) => {
        throw publishErrorOf(error)
      })
      const state = await node.waitFor(blobId, 'certified', { signal }).catch((error) => {
        outer.throwIfAborted()
        if (signal.aborted) throw notYet(publishMs)
        throw publishErrorOf(error)
      })
      if (state.state === 'certified') return { blobId, height: state.height, root: state.root }
      throw publishError('refused', `the blob failed: ${state.state === 'failed' ? state.code : state.state}`)
    },

    async readAt({ height, blobId }, signal) {
      // Genesis holds nothing.
      if (height === 0) return { found: false, reason: 'absent' }
      const block = await node.block(height)
      if (!block.found) {
        if (block.reason === 'empty') return { found: false, reason: 'absent' }
        return { found: false, reason: block.reason === 'pruned' ? 'pruned' : 'unreachable' }
      }
      if (!block.entries.some((entry) => equal(entry.blobId, blobId)))
        return { found: false, reason: 'absent' }
      const found = await read(blobId, signal)
      // It is in a final block: whatever else the node says, it is not absent.
      return found.found || found.reason === 'pruned' ? found : unreachable
    },
    read,
  }
}

const unreachable = { found: false, reason: 'unreachable' } as const

const publishError = (code: PublishErrorCode, message: string, cause?: unknown) =>
  new WeftError<PublishErrorCode, undefined>(code, message, undefined, { cause })

const notYet = (ms: number) =>
  publishError('not-yet', `not certified within ${ms} ms; it may still be: publish the same bytes again`)

const publishErrorOf = (error: unknown): unknown => {
  if (!(error instanceof WeftError)) return error
  switch (error.code) {
    case 'queue-full':
    case 'busy':
      return publishError('busy', error.message, error)
    case 'blob-too-large':
      return publishError('too-large', error.message, error)
    case 'blob-empty':
    case 'bad-namespace':
    case 'bad-flags':
    case 'not-canonical':
      return publishError('refused', error.message, error)
    default:
      return error
  }
}
