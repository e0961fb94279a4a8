// Calls over fetch: one place for tokens, bounds of what is read, and errors. Works in Node and in a page.

import { WeftError } from '../../base/error.ts'
import type { ErrorJson } from '../schemas.ts'
import { type ClientErrorCode, noNode, notWeft, type Refusal } from './errors.ts'

export interface CallOptions {
  readonly signal: AbortSignal
}

export interface Http {
  readonly base: string
  call(path: string, init: RequestInit & CallOptions): Promise<Response>
  json<T>(path: string, init: RequestInit & CallOptions): Promise<T>
}

/** Largest answer that is not a blob. */
const MAX_JSON_BYTES = 16 * 2 ** 20

export const createHttp = (
  url: string,
  {
    token,
    fetch: fetcher = globalThis.fetch,
  }: { readonly token?: string | undefined; readonly fetch?: typeof fetch },
): Http => {
  const base = url.replace(/\/+$/, '')

  const call: Http['call'] = async (path, init) => {
    const headers = new Headers(init.headers)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    let response: Response
    try {
      response = await fetcher(`${base}${path}`, { ...init, headers })
    } catch (cause) {
      init.signal.throwIfAborted()
      throw noNode(base, cause)
    }
    if (!response.ok) throw await refusal(response, base)
    return response
  }

  return {
    base,
    call,
    async json<T>(path: string, init: RequestInit & CallOptions) {
      const response = await call(path, init)
      const body = await readBody(response, MAX_JSON_BYTES, init.signal, base)
      try {
        return JSON.parse(new TextDecoder().decode(body)) as T
      } catch (cause) {
        throw notWeft(base, cause)
      }
    },
  }
}

const refusal = async (response: Response, base: string) => {
  const body = await response.arrayBuffer().catch(() => new ArrayBuffer(0))
  let error: Partial<ErrorJson>
  try {
    error = JSON.parse(new TextDecoder().decode(body)) as Partial<ErrorJson>
  } catch (cause) {
    return notWeft(base, cause)
  }
  if (typeof error?.code !== 'string') return notWeft(base)
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return new WeftError<ClientErrorCode, Refusal>('error-answer', String(error.message ?? error.code), {
    status: response.status,
    code: error.code,
    ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1_000 }),
  })
}

/** All of a body, at most so many bytes. A connection that breaks off is `no-node`: asking again may help. */
export const readBody = async (
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
  base: string,
  onProgress?: (bytes: number, total: number | undefined) => void,
): Promise<Uint8Array> => {
  const length = response.headers.get('content-length')
  const total = length === null ? undefined : Number(length)
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of chunksOf(response, signal, base)) {
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

/** By a reader and not by `for await`, which not every browser knows for bodies. */
export async function* chunksOf(
  response: Response,
  signal: AbortSignal,
  base: string,
): AsyncIterable<Uint8Array> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        signal.throwIfAborted()
        throw noNode(base, cause)
      })
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}
