// What has been seen of every block, gathered from the events of all nodes: the devnet draws from it and judges its
// claims by it. It only adds up what the nodes say; nothing here knows what ought to happen.

import type { NodeEvent, SampleOutcome } from '../../node/types.ts'
import { isValidator } from './names.ts'

export interface BlockRecord {
  readonly height: number
  readonly root: string
  readonly proposer: number
  readonly rowCount: number
  readonly bands: number
  /** Columns that some node checked. */
  readonly columns: Set<number>
  /** Validators that restored and checked the whole block. */
  readonly restoredBy: Set<string>
  /** Most signers seen of a certificate for this root, by kind. */
  readonly certificates: Map<'notarise' | 'finalize', number>
  /** Tiles drawn, by light node, in the order of their outcomes. */
  readonly samples: Map<string, SampleOutcome[]>
  readonly verdicts: Map<string, SampleVerdict>
  /** Nodes for which the block is final. */
  readonly finalFor: Set<string>
  blobs: readonly string[]
}

export interface SampleVerdict {
  readonly verdict: 'available' | 'unavailable'
  readonly samples: number
  readonly failed: number
  readonly bytes: number
  readonly ms: number
}

export interface Chronicle {
  /** Adds what a node said. */
  add(node: string, event: NodeEvent): void
  block(root: string): BlockRecord | undefined
  /** In the order in which they were first heard of. */
  blocks(): readonly BlockRecord[]
  /** Whether a nil certificate was seen at a height. */
  hasNil(height: number): boolean
  /** Height of the newest final block of a node; 0 while it has none. */
  finalHeight(node: string): number
  /** Resolves with what `find` returns as soon as that is not undefined; rejects with the signal's reason. */
  until<T>(find: () => T | undefined, signal: AbortSignal): Promise<T>
  /** Calls `listener` after each event; the returned function ends that. */
  onChange(listener: (node: string, event: NodeEvent) => void): () => void
}

export const createChronicle = (): Chronicle => {
  const byRoot = new Map<string, BlockRecord>()
  const nilHeights = new Set<number>()
  const finalHeights = new Map<string, number>()
  const listeners = new Set<(node: string, event: NodeEvent) => void>()

  const record = (node: string, event: NodeEvent): void => {
    if (event.type === 'header') {
      if (!byRoot.has(event.root)) byRoot.set(event.root, newRecord(event))
      return
    }
    if (event.type === 'certificate' && event.kind === 'nil') return void nilHeights.add(event.height)
    if (event.type === 'final') {
      finalHeights.set(node, Math.max(event.height, finalHeights.get(node) ?? 0))
    }
    const block = byRoot.get(event.root)
    if (block !== undefined) addTo(block, node, event)
  }

  const chronicle: Chronicle = {
    add(node, event) {
      record(node, event)
      for (const listener of [...listeners]) listener(node, event)
    },
    block: (root) => byRoot.get(root),
    blocks: () => [...byRoot.values()],
    hasNil: (height) => nilHeights.has(height),
    finalHeight: (node) => finalHeights.get(node) ?? 0,
    until: (find, signal) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = find()
          if (found === undefined) return false
          end()
          resolve(found)
          return true
        }
        const onAbort = () => {
          end()
          reject(signal.reason)
        }
        const end = () => {
          listeners.delete(look)
          signal.removeEventListener('abort', onAbort)
        }
        if (signal.aborted) return reject(signal.reason)
        if (look()) return
        listeners.add(look)
        signal.addEventListener('abort', onAbort, { once: true })
      }),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return chronicle
}

const newRecord = (event: Extract<NodeEvent, { type: 'header' }>): BlockRecord => ({
  height: event.height,
  root: event.root,
  proposer: event.proposer,
  rowCount: event.rowCount,
  bands: event.bands,
  columns: new Set(),
  restoredBy: new Set(),
  certificates: new Map(),
  samples: new Map(),
  verdicts: new Map(),
  finalFor: new Set(),
  blobs: [],
})

const addTo = (block: BlockRecord, node: string, event: NodeEvent): void => {
  switch (event.type) {
    case 'column':
      block.columns.add(event.index)
      return
    case 'available':
      // Of other nodes it says that they have the columns that they keep.
      if (isValidator(node)) block.restoredBy.add(node)
      return
    case 'certificate':
      if (event.kind !== 'nil') {
        block.certificates.set(event.kind, Math.max(event.signers, block.certificates.get(event.kind) ?? 0))
      }
      return
    case 'final':
      block.finalFor.add(node)
      if (event.blobs.length > 0) block.blobs = event.blobs
      return
    case 'sample':
      block.samples.set(node, [...(block.samples.get(node) ?? []), event.outcome])
      return
    case 'sampled':
      block.samples.set(node, [...event.outcomes])
      block.verdicts.set(node, {
        verdict: event.verdict,
        samples: event.outcomes.length,
        failed: event.outcomes.filter(({ ok }) => !ok).length,
        bytes: event.bytes,
        ms: event.ms,
      })
      return
    default:
      return
  }
}
