// The load: publishers and readers in closed loops, each with one request at a time and a deadline on every one.

import { randomBytes, randomInt } from 'node:crypto'
import type { Client } from '../../src/api/client/client.ts'
import { messageOf, WeftError } from '../../src/base/error.ts'

export interface RunInit {
  readonly publishers: number
  readonly readers: number
  readonly ms: number
  readonly bytes: number
}

export interface RunResult {
  /** Blobs that were certified while the load ran. */
  readonly certified: readonly { readonly ms: number; readonly ackMs: number; readonly bytes: number }[]
  readonly acknowledged: number
  /** Acknowledged, and not certified in the time after. */
  readonly lost: number
  /** Certified, and not to be read back byte for byte from another node. */
  readonly unreadable: number
  /** Publications that were not taken because queues were full. */
  readonly refused: number
  /** Requests that were not over at their deadline. */
  readonly hung: number
  /** Everything else that was not a yes, by code. */
  readonly failures: Readonly<Record<string, number>>
  readonly reads: readonly { readonly ms: number; readonly bytes: number }[]
  readonly elapsedMs: number
}

interface Published {
  readonly blobId: string
  readonly node: number
  certified: boolean
}

const CALL_MS = 120_000
/** For what is under way when the load ends. */
const SETTLE_MS = 180_000
/** At the end so many are read at once. */
const CHECKS_AT_ONCE = 8
const NAMESPACE = `${'00'.repeat(19)}${Buffer.from('loadbench!').toString('hex')}`

export const createRun = async (
  init: RunInit,
  { clients, say }: { readonly clients: readonly Client[]; readonly say: (line: string) => void },
): Promise<RunResult> => {
  const end = Date.now() + init.ms
  const blobs: Published[] = []
  const certified: { ms: number; ackMs: number; bytes: number }[] = []
  const reads: { ms: number; bytes: number }[] = []
  const failures: Record<string, number> = {}
  let refused = 0
  let hung = 0

  /** One request; what it fails with is counted, and it always ends. */
  const attempt = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> => {
    const signal = AbortSignal.timeout(CALL_MS)
    try {
      return await work(signal)
    } catch (error) {
      if (signal.aborted) hung++
      else {
        const code = error instanceof WeftError ? error.code : messageOf(error)
        if (code === 'queue-full' || code === 'too-many-requests' || code === 'busy') refused++
        else failures[code] = (failures[code] ?? 0) + 1
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
      return undefined
    }
  }

  const publisher = async (place: number): Promise<void> => {
    const node = place % clients.length
    const client = clients[node]!
    while (Date.now() < end) {
      const data = new Uint8Array(randomBytes(Math.ceil(init.bytes * (0.5 + Math.random()))))
      const start = performance.now()
      const ticket = await attempt((signal) => client.publish({ namespace: NAMESPACE, data }, { signal }))
      if (ticket === undefined) continue
      const ackMs = performance.now() - start
      const blob: Published = { blobId: ticket.blobId, node, certified: false }
      blobs.push(blob)
      const done = await attempt((signal) => client.waitFor(ticket.blobId, 'certified', { signal }))
      if (done?.state !== 'certified') continue
      blob.certified = true
      if (Date.now() < end) certified.push({ ms: performance.now() - start, ackMs, bytes: data.length })
    }
  }

  const reader = async (): Promise<void> => {
    while (Date.now() < end) {
      const there = blobs.filter((blob) => blob.certified)
      const blob = there.length === 0 ? undefined : there[randomInt(there.length)]
      if (blob === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 250))
        continue
      }
      const start = performance.now()
      // The client refuses bytes that do not hash to the blobId.
      const read = await attempt((signal) =>
        clients[randomInt(clients.length)]!.read(blob.blobId, { signal }),
      )
      if (read !== undefined) reads.push({ ms: performance.now() - start, bytes: read.data.length })
    }
  }

  const started = Date.now()
  const progress = setInterval(() => {
    say(
      `${Math.round((Date.now() - started) / 1000)} s: ${blobs.length} acknowledged, ${certified.length} certified, ${reads.length} read`,
    )
  }, 10_000)
  await Promise.all([
    ...Array.from({ length: init.publishers }, (_, place) => publisher(place)),
    ...Array.from({ length: init.readers }, reader),
  ])
  clearInterval(progress)
  const elapsedMs = init.ms

  say(`checking ${blobs.length} acknowledged blobs`)
  const settle = AbortSignal.timeout(SETTLE_MS)
  let lost = 0
  let unreadable = 0
  const queue = [...blobs]
  const checker = async (): Promise<void> => {
    for (let blob = queue.pop(); blob !== undefined; blob = queue.pop()) {
      const { blobId, node } = blob
      const ticket = await clients[node]!.waitFor(blobId, 'certified', { signal: settle }).catch(
        () => undefined,
      )
      if (ticket?.state !== 'certified') {
        lost++
        continue
      }
      const other = clients[(node + 1) % clients.length]!
      const read = await other.read(blobId, { signal: AbortSignal.timeout(CALL_MS) }).catch(() => undefined)
      if (read === undefined) unreadable++
    }
  }
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, checker))
  return {
    certified,
    acknowledged: blobs.length,
    lost,
    unreadable,
    refused,
    hung,
    failures,
    reads,
    elapsedMs,
  }
}
