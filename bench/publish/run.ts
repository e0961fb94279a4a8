// The load: publishers and readers in closed loops, each with one request at a time, and afterwards the question whether
// everything that was acknowledged is there. A request that a node does not answer by its deadline counts as hung,
// whatever it would have answered.

import { createHash, randomBytes, randomInt } from 'node:crypto'
import { type Client, createClient } from '../../src/api/client/client.ts'
import type { Refusal } from '../../src/api/client/errors.ts'
import { messageOf, WeftError } from '../../src/base/error.ts'

export interface RunInit {
  readonly publishers: number
  readonly readers: number
  readonly ms: number
  /** Blobs are of a half to one and a half times this. */
  readonly bytes: number
  /** For what is under way when the load ends to be certified, ms. */
  readonly settleMs: number
}

export interface RunResult {
  /** Blobs that were certified while the load ran. */
  readonly certified: readonly { readonly ms: number; readonly ackMs: number; readonly bytes: number }[]
  readonly acknowledged: number
  readonly acknowledgedBytes: number
  /** From the begin of the load until the last acknowledged blob was certified. */
  readonly drainedMs: number
  /** Acknowledged, and not certified in the time after. */
  readonly lost: number
  /** Certified, and not to be read back byte for byte from another node. */
  readonly unreadable: number
  /** Requests that had no answer at their deadline. */
  readonly hung: number
  /** Answers that asked to come again later: 429 and 503, by code. */
  readonly later: Readonly<Record<string, number>>
  /** Answers of 429 and 503 without Retry-After: there must be none. */
  readonly laterWithoutTime: number
  /** Everything else that was not a yes, by code. */
  readonly failures: Readonly<Record<string, number>>
  readonly reads: readonly { readonly ms: number; readonly bytes: number }[]
}

interface Published {
  readonly blobId: string
  readonly node: number
  readonly digest: string
  readonly sizeBytes: number
  certified: boolean
}

/** The longest that a node may take for an answer is a wait or a read of 30 s; the rest is for the way. */
const ANSWER_MS = 75_000
/** At the end so many are asked for and read at once. */
const CHECKS_AT_ONCE = 16
const READ_ATTEMPTS = 5
const NAMESPACE = `${'00'.repeat(19)}${Buffer.from('loadbench!').toString('hex')}`

export const createRun = async (
  init: RunInit,
  { urls, say }: { readonly urls: readonly string[]; readonly say: (line: string) => void },
): Promise<RunResult> => {
  const begin = performance.now()
  const end = begin + init.ms
  const isOn = () => performance.now() < end
  const life = new AbortController()
  const blobs: Published[] = []
  const certified: { ms: number; ackMs: number; bytes: number }[] = []
  const reads: { ms: number; bytes: number }[] = []
  const later: Record<string, number> = {}
  const failures: Record<string, number> = {}
  let hung = 0
  let laterWithoutTime = 0

  /** Every request, those that the client repeats too, has an end. */
  const watched: typeof fetch = async (input, options) => {
    const limit = AbortSignal.timeout(ANSWER_MS)
    const signal = AbortSignal.any([limit, ...(options?.signal ? [options.signal] : [])])
    try {
      const response = await fetch(input, { ...options, signal })
      if (response.status === 429 || response.status === 503) {
        const { code } = (await response.clone().json()) as { code: string }
        later[code] = (later[code] ?? 0) + 1
        if (response.headers.get('retry-after') === null) laterWithoutTime++
      }
      return response
    } catch (error) {
      if (limit.aborted) hung++
      throw error
    }
  }
  const clients = urls.map((url): Client => createClient(url, { fetch: watched }))

  /** What fails is counted, unless it was told to come again. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      const refusal = error instanceof WeftError ? (error.data as Partial<Refusal> | undefined) : undefined
      if (refusal?.status !== 429 && refusal?.status !== 503) {
        const code = refusal?.code ?? (error instanceof WeftError ? error.code : messageOf(error))
        failures[code] = (failures[code] ?? 0) + 1
      }
      await pause(refusal?.retryAfterMs ?? 500)
      return undefined
    }
  }

  const publisher = async (place: number): Promise<void> => {
    const node = place % clients.length
    const client = clients[node]!
    while (isOn()) {
      const data = new Uint8Array(randomBytes(Math.ceil(init.bytes * (0.5 + Math.random()))))
      const start = performance.now()
      const ticket = await attempt(() =>
        client.publish({ namespace: NAMESPACE, data }, { signal: life.signal }),
      )
      if (ticket === undefined) continue
      const ackMs = performance.now() - start
      const blob: Published = {
        blobId: ticket.blobId,
        node,
        digest: digestOf(data),
        sizeBytes: data.length,
        certified: false,
      }
      blobs.push(blob)
      // Until the load ends: what is still under way then is asked for below.
      const rest = AbortSignal.timeout(Math.max(1, Math.ceil(end - performance.now())))
      const done = await attempt(() =>
        client.waitFor(ticket.blobId, 'certified', { signal: rest }).catch((error) => {
          if (rest.aborted) return undefined
          throw error
        }),
      )
      if (done?.state !== 'certified') continue
      blob.certified = true
      if (isOn()) certified.push({ ms: performance.now() - start, ackMs, bytes: data.length })
    }
  }

  const reader = async (): Promise<void> => {
    while (isOn()) {
      const there = blobs.filter((blob) => blob.certified)
      const blob = there.length === 0 ? undefined : there[randomInt(there.length)]
      if (blob === undefined) {
        await pause(250)
        continue
      }
      const start = performance.now()
      const client = clients[randomInt(clients.length)]!
      const read = await attempt(() => client.read(blob.blobId, { signal: life.signal }))
      if (read === undefined) continue
      if (digestOf(read.data) === blob.digest)
        reads.push({ ms: performance.now() - start, bytes: read.data.length })
      else failures['other-bytes'] = (failures['other-bytes'] ?? 0) + 1
    }
  }

  const progress = setInterval(() => {
    const seconds = Math.round((performance.now() - begin) / 1000)
    say(
      `${seconds} s: ${blobs.length} acknowledged, ${certified.length} certified, ${reads.length} read, ${hung} hung`,
    )
  }, 10_000)
  await Promise.all([
    ...Array.from({ length: init.publishers }, (_, place) => publisher(place)),
    ...Array.from({ length: init.readers }, reader),
  ])
  clearInterval(progress)

  say(`checking ${blobs.length} acknowledged blobs`)
  const settle = AbortSignal.timeout(init.settleMs)
  // All at once: none that takes long stands before another.
  const ends = await Promise.all(
    blobs.map(async ({ blobId, node, certified: known }) => {
      if (known) return true
      const ticket = await clients[node]!.waitFor(blobId, 'certified', { signal: settle }).catch(
        () => undefined,
      )
      return ticket?.state === 'certified'
    }),
  )
  const lost = ends.filter((isCertified) => !isCertified).length
  const drainedMs = performance.now() - begin
  const isUnreadable = async ({ blobId, node, digest }: Published): Promise<boolean> => {
    const other = clients[(node + 1) % clients.length]!
    for (let i = 0; i < READ_ATTEMPTS; i++) {
      const read = await other.read(blobId, { signal: life.signal }).catch(() => undefined)
      if (read !== undefined) return digestOf(read.data) !== digest
      await pause(1_000)
    }
    return true
  }
  const unreadable = await countAll(
    blobs.filter((_, i) => ends[i]),
    isUnreadable,
  )
  return {
    certified,
    acknowledged: blobs.length,
    acknowledgedBytes: blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    drainedMs,
    lost,
    unreadable,
    hung,
    later,
    laterWithoutTime,
    failures,
    reads,
  }
}

const countAll = async (
  blobs: readonly Published[],
  isSo: (blob: Published) => Promise<boolean>,
): Promise<number> => {
  const queue = [...blobs]
  let count = 0
  const worker = async (): Promise<void> => {
    for (let blob = queue.pop(); blob !== undefined; blob = queue.pop()) if (await isSo(blob)) count++
  }
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, worker))
  return count
}

const digestOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
