// A publisher and a reader over the API of running nodes: blobs of random sizes at a steady pace, each followed until it is
// certified, and reads of what is retained. What it counts is what a scenario judges by.

import { createHash } from 'node:crypto'
import { toHex, utf8 } from '../../../src/base/bytes.ts'
import { deadline, sleep } from '../../../src/base/deadline.ts'
import { hasCode } from '../../../src/base/error.ts'
import { namespaceOf } from '../../../src/grid/blob.ts'
import type { RunningNode } from './processes.ts'
import type { Random } from './random.ts'

export interface PublishedBlob {
  readonly blobId: string
  /** SHA-256 of the bytes: the bytes themselves are not kept. */
  readonly digest: string
  readonly sizeBytes: number
  readonly acceptedMs: number
  certifiedMs?: number
  height?: number
}

export interface LoadInit {
  readonly intervalMs: number
  readonly minBytes: number
  readonly maxBytes: number
  /** Blobs that wait for their certificate; above it the publisher pauses. */
  readonly maxWaiting: number
}

export interface Load {
  readonly published: readonly PublishedBlob[]
  certified(): readonly PublishedBlob[]
  /** Publications that were refused or met no node. */
  readonly refused: number
  /** Ends publishing; resolves when the last blob is certified or `signal` aborts. */
  finish(signal: AbortSignal): Promise<void>
}

const POLL_MS = 500

/** `nodes`: full nodes to publish through, as they are at the time. */
export const startLoad = (
  { intervalMs, minBytes, maxBytes, maxWaiting }: LoadInit,
  nodes: () => readonly RunningNode[],
  random: Random,
  signal: AbortSignal,
): Load => {
  const namespace = toHex(namespaceOf(utf8('load')))
  const published: PublishedBlob[] = []
  const ended = new AbortController()
  const limit = AbortSignal.any([signal, ended.signal])
  let refused = 0
  const waiting = () => published.filter(({ certifiedMs }) => certifiedMs === undefined)

  const publish = async () => {
    const node = random.pick(nodes())
    if (node === undefined) return
    const sizeBytes = Math.round(minBytes * (maxBytes / minBytes) ** random.next())
    const data = random.bytes(sizeBytes)
    try {
      const signalNow = deadline(20_000, limit)
      const { blobId } = await node.client.publish({ namespace, flags: 0, data }, { signal: signalNow })
      published.push({ blobId, digest: digestOf(data), sizeBytes, acceptedMs: Date.now() })
    } catch {
      refused++
    }
  }
  const publishing = (async () => {
    while (!limit.aborted) {
      if (waiting().length < maxWaiting) await publish()
      await sleep(intervalMs, limit).catch(() => {})
    }
  })()
  const following = (async () => {
    while (!signal.aborted && (!ended.signal.aborted || waiting().length > 0)) {
      for (const blob of waiting()) {
        const node = random.pick(nodes())
        const state = await node?.client
          .blobState(blob.blobId, { signal: deadline(10_000, signal) })
          .catch(() => undefined)
        if (state?.state !== 'certified') continue
        blob.certifiedMs = Date.now()
        if (state.height !== undefined) blob.height = state.height
      }
      await sleep(POLL_MS, signal).catch(() => {})
    }
  })()
  return {
    published,
    certified: () => published.filter(({ certifiedMs }) => certifiedMs !== undefined),
    get refused() {
      return refused
    },
    async finish(until) {
      ended.abort()
      await publishing
      await Promise.race([following, new Promise((resolve) => until.addEventListener('abort', resolve))])
    },
  }
}

export type ReadOutcome = 'right' | 'wrong' | 'pruned' | 'absent' | 'unreachable' | 'no-node'

/** One read of a blob through a node, with its bytes checked. */
export const readOf = async (
  node: RunningNode,
  { blobId, digest }: PublishedBlob,
  signal: AbortSignal,
): Promise<ReadOutcome> => {
  try {
    const { data } = await node.client.read(blobId, { signal })
    return digestOf(data) === digest ? 'right' : 'wrong'
  } catch (error) {
    if (!hasCode(error, 'error-answer')) return 'no-node'
    const { code } = error.data as { code: string }
    return code === 'pruned' || code === 'absent' ? code : 'unreachable'
  }
}

const digestOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')
