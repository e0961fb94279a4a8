// Server-sent events: one form for all streams of the API. A stream is written at the reader's pace, a comment line
// keeps it open through proxies, and it ends with the source, the reader, or the server.

import type { FastifyReply } from 'fastify'
import { anySignal } from '../base/deadline.ts'
import { messageOf, WeftError } from '../base/error.ts'
import { failureOf } from './errors.ts'
import { onGone } from './on-gone.ts'

export interface StreamEvent {
  /** What a reader that comes back gives as Last-Event-ID. */
  readonly id?: string
  readonly event?: string
  readonly data: unknown
}

/** A comment line so often keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000

/** Heads of a stream; those that hooks have set (CORS) go with them. */
export const beginStream = (reply: FastifyReply): void => {
  reply.hijack()
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  reply.raw.write(': weft\n\n')
}

export const textOf = ({ id, event, data }: StreamEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`

/**
 * Sends what the source gives, each when the reader has taken the one before. What it throws becomes an event `error`
 * with code and message, unless reader or server ended the stream. Resolves when it is over.
 */
export const streamEvents = async (
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<StreamEvent>,
  stopping: AbortSignal,
): Promise<void> => {
  const { raw } = reply
  const gone = new AbortController()
  onGone(reply, () => gone.abort(new Error('the reader went away')))
  const signal = anySignal([stopping, gone.signal])
  beginStream(reply)
  const heartbeat = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(': still here\n\n')
  }, HEARTBEAT_MS)
  try {
    for await (const event of source(signal)) {
      if (signal.aborted) break
      if (!raw.write(textOf(event))) await drained(reply, signal)
    }
  } catch (error) {
    if (!signal.aborted) {
      const { body } = failureOf(error)
      const data = error instanceof WeftError ? { ...body, ...(error.data as object) } : body
      raw.write(textOf({ event: 'error', data: { ...data, message: body.message ?? messageOf(error) } }))
    }
  } finally {
    clearInterval(heartbeat)
    raw.end()
  }
}

const drained = ({ raw }: FastifyReply, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const onAbort = () => {
      raw.off('drain', onDrain)
      reject(signal.reason)
    }
    const onDrain = () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }
    raw.once('drain', onDrain)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
