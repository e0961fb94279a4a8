// Lets at most so many requests of a kind run at once, from before their body is read until their answer is sent, so
// that what they hold in memory is bounded.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { apiError } from './errors.ts'

/** An `onRequest` hook that refuses with `busy` while `limit` requests that passed it are under way. */
export const createTurnstile = (limit: number, what: string) => {
  let inside = 0
  return async (_request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (inside >= limit) throw apiError('busy', `${limit} ${what} are under way already; ask again`)
    inside++
    reply.raw.once('close', () => {
      inside--
    })
  }
}
