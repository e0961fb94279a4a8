// The native client: what a rollup, the command line and the devnet ask a node, typed. Publishing is named by the blobId,
// which is computed here, so that it can be repeated until it is known to have worked. Every call takes a signal and
// ends by it. A time-out while publishing says nothing about the blob: ask for its ticket by its blobId.

import { equal, fromHex, toHex } from '../../base/bytes.ts'
import { sleep } from '../../base/deadline.ts'
import { hasCode, messageOf } from '../../base/error.ts'
import { blobIdOf } from '../../grid/blob.ts'
import type { NodeEvent, NodeStatus } from '../../node/types.ts'
import type {
  BlockJson,
  FinalHeaderJson,
  LocationJson,
  NamespaceBlockJson,
  ReceiptJson,
  TicketJson,
  VerdictJson,
} from '../schemas.ts'
import { isPassing, notWeft, wrongAnswer } from './errors.ts'
import { eventsOf } from './events.ts'
import { type CallOptions, createHttp, readBody } from './http.ts'
import { pauseMs, withRetries } from './retry.ts'
import { type AskedBlock, judgeList } from './verify-block.ts'

export interface ClientInit {
  /** Bearer token, where the node wants one. */
  readonly token?: string | undefined
  /** How often publishing and waiting are tried where nobody answers or the node is full. Default 6. */
  readonly attempts?: number | undefined
  /** Default: that of the platform. */
  readonly fetch?: typeof fetch
}

export interface BlobToPublish {
  /** 58 hex digits. */
  readonly namespace: string
  /** 0 plain (default), 1 aligned, 3 raw rows. */
  readonly flags?: number
  readonly data: Uint8Array
}

export interface PublishOptions extends CallOptions {
  /** blobId of a blob that has to come before this one. */
  readonly after?: string
  /** After what was last published through this node in the namespace with this option. */
  readonly ordered?: boolean
}

export interface BlobData {
  /** The whole blob, or the range that was asked for. */
  readonly data: Uint8Array
  /** 58 hex digits. */
  readonly namespace: string
  readonly flags: number
  /** Bytes of the whole blob. */
  readonly length: number
  readonly height: number
  readonly root: string
  readonly source: 'store' | 'peers'
}

export interface ReadOptions extends CallOptions {
  /** The node's own deadline. Default 30 s, at most 120 s. */
  readonly timeoutMs?: number
  /** Only these bytes. */
  readonly range?: { readonly offset: number; readonly length?: number }
  /** Told the bytes that have come and, where known, all. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void
}

export interface Client {
  status(options: CallOptions): Promise<NodeStatus>
  /** Publishes, again where it is not sure that it worked, and resolves with the ticket: the blob is on the node's disk. */
  publish(blob: BlobToPublish, options: PublishOptions): Promise<TicketJson>
  /** Where a publication stands. */
  blobState(blobId: string, options: CallOptions): Promise<TicketJson>
  /** The ticket when it has come there, or has failed; waits as long as the signal lets it, over broken connections too. */
  waitFor(blobId: string, goal: 'included' | 'certified', options: CallOptions): Promise<TicketJson>
  /** Tickets as they change, the present one first; ends behind certified and failed. */
  states(blobId: string, options: CallOptions): AsyncIterable<TicketJson>
  /** A whole blob is checked against its blobId here; a range rests on the node's word. */
  read(blobId: string, options: ReadOptions): Promise<BlobData>
  /**
   * `proof`: with what proves that no entry is missing. That they are all of the header's is checked here; that the header
   * is final, by verifyBlock against genesis.
   */
  block(
    height: number | 'final',
    options: CallOptions & { readonly namespace?: string; readonly proof?: boolean },
  ): Promise<BlockJson>
  header(height: number | 'final', options: CallOptions): Promise<FinalHeaderJson>
  /** By versioned hash (64 hex digits) or commitment (96). */
  locate(row: string, options: CallOptions): Promise<LocationJson>
  /** The 131,072 bytes of a row. */
  row(row: string, options: CallOptions & { readonly timeoutMs?: number }): Promise<Uint8Array>
  /** The proof that a blob is certified: check it with verifyReceipt. */
  receipt(blobId: string, options: CallOptions): Promise<ReceiptJson>
  /**
   * Blocks with blobs of a namespace, from a height on and then live, none left out; over broken connections too. Ends by
   * the signal, or throws where blocks are not kept any more.
   */
  subscribe(
    namespace: string,
    options: CallOptions & { readonly from?: number },
  ): AsyncIterable<NamespaceBlockJson>
  verdict(root: string, options: CallOptions): Promise<VerdictJson>
  /** Until the signal aborts or the node ends the stream. `types` empty or left out: all. */
  events(options: CallOptions & { readonly types?: readonly NodeEvent['type'][] }): AsyncIterable<NodeEvent>
}

/** Largest blob that any chain allows: 256 rows. */
const MAX_DATA_BYTES = 256 * 131_072
/** One question of `waitFor`: the node answers by then, and is asked again. */
const WAIT_MS = 30_000
const ATTEMPTS = 6

/** A client of the node whose API is at `url`, such as http://127.0.0.1:26780. */
export const createClient = (url: string, init: ClientInit = {}): Client => {
  const http = createHttp(url, init)
  const { base, call, json } = http
  const attempts = init.attempts ?? ATTEMPTS

  const waitFor: Client['waitFor'] = async (blobId, goal, { signal }) => {
    for (;;) {
      const ticket = await withRetries(attempts, signal, () =>
        json<TicketJson>(`/v1/blobs/${blobId}?wait=${goal}&timeoutMs=${WAIT_MS}`, { signal }),
      )
      const { state } = ticket
      if (state === goal || state === 'certified' || state === 'failed') return ticket
    }
  }

  /** A stream of events that is opened again where it broke off, as long as something comes in between. */
  async function* reopened<T>(
    pathOf: () => { readonly path: string; readonly headers?: Record<string, string> },
    signal: AbortSignal,
    take: (event: {
      readonly id: string | undefined
      readonly event: string
      readonly data: unknown
    }) => T | undefined,
    isOver: () => boolean,
  ): AsyncIterable<T> {
    let failures = 0
    for (;;) {
      try {
        const { path, headers } = pathOf()
        const response = await call(path, { signal, headers: headers ?? {} })
        for await (const event of eventsOf(response, signal, base)) {
          failures = 0
          const taken = take(event)
          if (taken !== undefined) yield taken
        }
        signal.throwIfAborted()
        if (isOver()) return
        failures++
      } catch (error) {
        signal.throwIfAborted()
        failures++
        if (!isPassing(error) || failures >= attempts) throw error
      }
      await sleep(pauseMs(failures), signal)
    }
  }

  return {
    status: (options) => json('/v1/status', options),

    async publish({ namespace, flags = 0, data }, { signal, after, ordered }) {
      const bytes = fromHex(namespace, 29)
      const blobId = bytes && toHex(blobIdOf({ namespace: bytes, flags, data }))
      const query = new URLSearchParams({ namespace, flags: String(flags) })
      if (after !== undefined) query.set('after', after)
      if (ordered === true) query.set('ordered', 'true')
      const ticket = await withRetries(attempts, signal, () =>
        json<TicketJson>(`/v1/blobs?${query}`, {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream' },
          body: data as Uint8Array<ArrayBuffer>,
          signal,
        }),
      )
      if (ticket.blobId !== blobId)
        throw wrongAnswer(`expected the node to answer with blobId ${blobId}, it answered ${ticket.blobId}`)
      return ticket
    },

    blobState: (blobId, options) => json(`/v1/blobs/${blobId}`, options),

    waitFor,

    async *states(blobId, { signal }) {
      let last: TicketJson | undefined
      const isOver = () => last?.state === 'certified' || last?.state === 'failed'
      const take = ({ event, data }: { readonly event: string; readonly data: unknown }) => {
        const ticket = data as TicketJson
        if (event !== 'state' || (last?.state === ticket.state && last.root === ticket.root)) return undefined
        last = ticket
        return ticket
      }
      yield* reopened(() => ({ path: `/v1/blobs/${blobId}/events` }), signal, take, isOver)
    },

    async read(blobId, { signal, timeoutMs, range, onProgress }) {
      const query = new URLSearchParams()
      if (timeoutMs !== undefined) query.set('timeoutMs', String(timeoutMs))
      if (range !== undefined) query.set('offset', String(range.offset))
      if (range?.length !== undefined) query.set('length', String(range.length))
      const response = await call(`/v1/blobs/${blobId}/data?${query}`, { signal })
      const { headers } = response
      const source = headers.get('weft-source')
      const namespace = fromHex(headers.get('weft-namespace') ?? '', 29)
      if ((source !== 'store' && source !== 'peers') || namespace === undefined) throw notWeft(base)
      const data = await readBody(response, MAX_DATA_BYTES, signal, base, onProgress)
      const flags = Number(headers.get('weft-flags'))
      if (range === undefined && !equal(blobIdOf({ namespace, flags, data }), fromHex(blobId) ?? data))
        throw wrongAnswer(`expected the bytes of ${blobId}, the node sent those of another blob`)
      return {
        data,
        namespace: toHex(namespace),
        flags,
        length: Number(headers.get('weft-length')),
        height: Number(headers.get('weft-height')),
        root: headers.get('weft-root') ?? '',
        source,
      }
    },

    async block(height, { signal, namespace, proof }) {
      const query = new URLSearchParams()
      if (namespace !== undefined) query.set('namespace', namespace)
      if (proof === true) query.set('proof', 'true')
      const block = await json<BlockJson>(`/v1/blocks/${height}?${query}`, { signal })
      if (proof === true) expectWhole(block, { namespace, ...(height !== 'final' && { height }) })
      return block
    },

    header: (height, options) => json(`/v1/headers/${height}`, options),

    locate: (row, options) => json(`/v1/rows/${row}`, options),

    async row(row, { signal, timeoutMs }) {
      const query = timeoutMs === undefined ? '' : `?timeoutMs=${timeoutMs}`
      return readBody(await call(`/v1/rows/${row}/data${query}`, { signal }), MAX_DATA_BYTES, signal, base)
    },

    receipt: (blobId, options) => json(`/v1/blobs/${blobId}/receipt`, options),

    async *subscribe(namespace, { signal, from }) {
      let last: string | undefined
      const pathOf = () => ({
        path: `/v1/namespaces/${namespace}/blobs${from === undefined ? '' : `?from=${from}`}`,
        ...(last !== undefined && { headers: { 'last-event-id': last } }),
      })
      const take = ({
        id,
        event,
        data,
      }: {
        readonly id: string | undefined
        readonly event: string
        readonly data: unknown
      }) => {
        last = id ?? last
        return event === 'blobs' ? (data as NamespaceBlockJson) : undefined
      }
      yield* reopened(pathOf, signal, take, () => false)
    },

    verdict: (root, options) => json(`/v1/blocks/${root}/verdict`, options),

    async *events({ signal, types = [] }) {
      const query = types.length === 0 ? '' : `?types=${types.join(',')}`
      const response = await call(`/v1/events${query}`, { signal })
      for await (const { event, data } of eventsOf(response, signal, base))
        if (event === 'message') yield data as NodeEvent
    },
  }
}

/** Throws `wrong-answer` where entries of the header are missing, or there are others. */
const expectWhole = (block: BlockJson, asked: AskedBlock): void => {
  const code = faultOfList(block, asked)
  if (code !== undefined)
    throw wrongAnswer(`expected the whole list of block ${block.height}, the node gave another: ${code}`)
}

const faultOfList = (block: BlockJson, asked: AskedBlock): string | undefined => {
  try {
    const answer = judgeList(block, asked)
    return answer.verdict === 'reject' ? answer.code : undefined
  } catch (error) {
    if (hasCode(error, 'malformed')) return messageOf(error)
    throw error
  }
}
