// How long a request may take: its own deadline, the reader's patience, the server's life.

import type { FastifyReply } from 'fastify'
import { anySignal, deadline } from '../base/deadline.ts'
import { onGone } from './on-gone.ts'
import { parseInteger } from './parse.ts'

/** Longest and usual time that a wait or a read may take, ms. */
export const MAX_WAIT_MS = 120_000
const USUAL_WAIT_MS = 30_000

export interface RequestTime {
  readonly ms: number
  /** Aborts at the deadline, when the reader goes away, or when the server stops. */
  readonly signal: AbortSignal
}

export const timeOf = (
  request: { readonly query: { readonly timeoutMs?: string } },
  reply: FastifyReply,
  stopping: AbortSignal,
): RequestTime => {
  const ms = parseInteger(request.query.timeoutMs ?? String(USUAL_WAIT_MS), 'timeoutMs', 1, MAX_WAIT_MS)
  const gone = new AbortController()
  onGone(reply, () => gone.abort(new Error('the reader went away')))
  return { ms, signal: deadline(ms, anySignal([stopping, gone.signal])) }
}
