// The client's side of the API, over fetch: what the command line and the devnet ask a node. Every call takes a signal
// and ends by it. A time-out while publishing says nothing about the blob: ask for its state by its blobId.

import { WeftError } from '../base/error.ts'
import type { NodeEvent, NodeStatus } from '../node/types.ts'
import type { BlobStateJson, BlockJson, ErrorJson, VerdictJson } from './json.ts'

/**
 * `no-node`: nothing answers there. `not-weft`: something else does. `error-answer`: the node answered with an error, whose
 * code and HTTP status are in `data`. A signal's abort comes through as the signal's reason.
 */
export type ClientErrorCode = 'no-node' | 'not-weft' | 'error-answer'

export interface Refusal {
  readonly status: number
  readonly code: string
}

export interface CallOptions {
  readonly signal: AbortSignal
}

export interface BlobData {
  readonly data: Uint8Array
  /** 58 hex digits. */
  readonly namespace: string
  readonly flags: number
  readonly height: number
  readonly root: string
  readonly source: 'store' | 'peers'
}

export interface Client {
  status(options: CallOptions): Promise<NodeStatus>
  publish(
    blob: { readonly namespace: string; readonly flags: number; readonly data: Uint8Array },
    options: CallOptions,
  ): Promise<BlobStateJson>
  blobState(blobId: string, options: CallOptions): Promise<BlobStateJson>
  /** `onProgress` is told the bytes that have come and, where known, all. */
  read(
    blobId: string,
    options: CallOptions & {
      readonly timeoutMs?: number
      readonly onProgress?: (bytes: number, total: number | undefined) => void
    },
  ): Promise<BlobData>
  block(height: number, options: CallOptions & { readonly namespace?: string }): Promise<BlockJson>
  verdict(root: string, options: CallOptions): Promise<VerdictJson>
  /** Until the signal aborts or the node ends the stream. `types` empty or left out: all. */
  events(options: CallOptions & { readonly types?: readonly NodeEvent['type'][] }): AsyncIterable<NodeEvent>
}

/** Largest answer that is not a blob. */
const MAX_JSON_BYTES = 16 * 2 ** 20
/** Largest blob that any chain allows: 256 rows. */
const MAX_DATA_BYTES = 256 * 131_072
/** Longest line of the event stream. */
const MAX_EVENT_CHARACTERS = 4 * 2 ** 20

/** A client of the node whose API is at `url`, such as http://127.0.0.1:26780. */
export const createClient = (url: string): Client => {
  const base = url.replace(/\/+$/, '')

  const call = async (path: string, init: RequestInit & CallOptions): Promise<Response> => {
    let response: Response
    try {
      response = await fetch(`${base}${path}`, init)
    } catch (cause) {
      init.signal.throwIfAborted()
      throw new WeftError<ClientErrorCode, { url: string }>(
        'no-node',
        `expected a node's API at ${base}, nothing answers there`,
        { url: base },
        { cause },
      )
    }
    if (!response.ok) throw await refusal(response, base)
    return response
  }

  const json = async <T>(path: string, init: RequestInit & CallOptions): Promise<T> => {
    const response = await call(path, init)
    const body = await readBody(response, MAX_JSON_BYTES)
    try {
      return JSON.parse(new TextDecoder().decode(body)) as T
    } catch (cause) {
      throw notWeft(base, cause)
    }
  }

  return {
    status: (options) => json('/v1/status', options),
    publish: ({ namespace, flags, data }, { signal }) =>
      json(`/v1/blobs?namespace=${namespace}&flags=${flags}`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: data as Uint8Array<ArrayBuffer>,
        signal,
      }),
    blobState: (blobId, options) => json(`/v1/blobs/${blobId}`, options),
    async read(blobId, { signal, timeoutMs, onProgress }) {
      const query = timeoutMs === undefined ? '' : `?timeoutMs=${timeoutMs}`
      const response = await call(`/v1/blobs/${blobId}/data${query}`, { signal })
      const { headers } = response
      const source = headers.get('weft-source')
      if (source !== 'store' && source !== 'peers') throw notWeft(base)
      return {
        data: await readBody(response, MAX_DATA_BYTES, onProgress),
        namespace: headers.get('weft-namespace') ?? '',
        flags: Number(headers.get('weft-flags')),
        height: Number(headers.get('weft-height')),
        root: headers.get('weft-root') ?? '',
        source,
      }
    },
    block: (height, { signal, namespace }) =>
      json(`/v1/blocks/${height}${namespace === undefined ? '' : `?namespace=${namespace}`}`, { signal }),
    verdict: (root, options) => json(`/v1/blocks/${root}/verdict`, options),
    async *events({ signal, types = [] }) {
      const query = types.length === 0 ? '' : `?types=${types.join(',')}`
      const response = await call(`/v1/events${query}`, { signal })
      for await (const line of linesOf(response)) {
        if (line.startsWith('data: {"type":')) yield JSON.parse(line.slice('data: '.length)) as NodeEvent
      }
    },
  }
}

const refusal = async (response: Response, base: string) => {
  const body = await readBody(response, MAX_JSON_BYTES).catch(() => new Uint8Array())
  let error: Partial<ErrorJson>
  try {
    error = JSON.parse(new TextDecoder().decode(body)) as Partial<ErrorJson>
  } catch (cause) {
    return notWeft(base, cause)
  }
  if (typeof error?.code !== 'string') return notWeft(base)
  return new WeftError<ClientErrorCode, Refusal>('error-answer', String(error.message ?? error.code), {
    status: response.status,
    code: error.code,
  })
}

const notWeft = (base: string, cause?: unknown) =>
  new WeftError<ClientErrorCode, { url: string }>(
    'not-weft',
    `expected a node's API at ${base}, something else answers there`,
    { url: base },
    { cause },
  )

const readBody = async (
  response: Response,
  maxBytes: number,
  onProgress?: (bytes: number, total: number | undefined) => void,
): Promise<Uint8Array> => {
  const length = response.headers.get('content-length')
  const total = length === null ? undefined : Number(length)
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > maxBytes) throw new RangeError(`expected an answer of at most ${maxBytes} bytes`)
    parts.push(part)
    onProgress?.(bytes, total)
  }
  const body = new Uint8Array(bytes)
  let offset = 0
  for (const part of parts) {
    body.set(part, offset)
    offset += part.length
  }
  return body
}

async function* linesOf(response: Response): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of response.body ?? []) {
    const pieces = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = pieces.pop() ?? ''
    if (rest.length > MAX_EVENT_CHARACTERS) throw new RangeError('expected shorter lines of events')
    yield* pieces
  }
}
