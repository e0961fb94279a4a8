// A signal for as long as somebody waits for an answer.

import type { FastifyReply } from 'fastify'
import { anySignal } from '../../base/deadline.ts'
import { onGone } from '../on-gone.ts'

/** Aborts when the client goes away before its answer was sent, or when `stopping` does. */
export const whileWaitedFor = (reply: FastifyReply, stopping: AbortSignal): AbortSignal => {
  const gone = new AbortController()
  // Of the response, not of the socket: one socket carries many requests.
  onGone(reply, () => gone.abort(new Error('the client went away')))
  return anySignal([stopping, gone.signal])
}
