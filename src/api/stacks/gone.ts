// A signal for as long as somebody waits for an answer.

import type { FastifyReply } from 'fastify'
import { anySignal } from '../../base/deadline.ts'

/** Aborts when the client goes away before its answer was sent, or when `stopping` does. */
export const whileWaitedFor = (reply: FastifyReply, stopping: AbortSignal): AbortSignal => {
  const gone = new AbortController()
  // Of the response, not of the socket: one socket carries many requests.
  reply.raw.once('close', () => gone.abort(new Error('the client went away')))
  return anySignal([stopping, gone.signal])
}
