// JSON-RPC over HTTP: POST with a call, a notification or a batch. Errors of JSON-RPC are answers with status 200, as
// go-ethereum's and go-jsonrpc's clients expect; only what keeps a message from being read has a status of its own.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { whileWaitedFor } from '../stacks/gone.ts'
import { allowedOnly, type RouteGuard } from '../stacks/guard.ts'
import { includesRight } from '../tokens.ts'
import { createTurnstile } from '../turnstile.ts'
import type { Dispatcher } from './dispatch.ts'
import { rpcError } from './errors.ts'
import type { Right } from './method.ts'

export interface RpcRoutesInit {
  /** Largest message, bytes. */
  readonly maxMessageBytes: number
  /** HTTP requests at once: each holds a message and its answer in memory. */
  readonly maxRequests: number
}

export interface RpcRoutesComponents {
  readonly dispatcher: Dispatcher
  readonly document: object
  /** Whether the request's token allows it. Default: by the rights of its caller. */
  readonly allows?: Allows | undefined
  /** Checked before a body is read: who may not come in at all. */
  readonly guard?: RouteGuard | undefined
  readonly stopping: AbortSignal
}

/** undefined where it is allowed, else why not. */
export type Allows = (request: FastifyRequest, right: Right) => string | undefined

/** geth's code for "method not allowed for this caller". */
const NOT_ALLOWED = -32_001

export const rpcRoutes = (
  app: FastifyInstance,
  init: RpcRoutesInit,
  components: RpcRoutesComponents,
): void => {
  const { dispatcher, document, stopping, guard } = components
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'string', bodyLimit: init.maxMessageBytes },
    (_request, body, done) => done(null, body),
  )
  const hooks = [...allowedOnly(guard, 'read'), createTurnstile(init.maxRequests, 'requests')]
  // Whoever may read may call; what a method wants besides is looked at call by call.
  app.post('/', { onRequest: hooks, config: { right: 'read' } }, async (request, reply) => {
    const text = typeof request.body === 'string' ? request.body : ''
    const answer = await dispatcher.answer(text, {
      signal: whileWaitedFor(reply, stopping),
      authorize: authorizer(request, components.allows),
    })
    if (answer === undefined) return reply.code(204).send()
    return reply.type('application/json').send(answer)
  })
  app.get('/openrpc.json', () => document)
}

/** What the caller's token says (src/api/guard.ts). */
const byToken: Allows = ({ caller }, right) =>
  includesRight(caller.right, right) ? undefined : `expected a token with the right to ${right}`

/** Throws RpcError where the request's token does not allow it. */
export const authorizer =
  (request: FastifyRequest, allows: Allows | undefined) =>
  (right: Right): void => {
    const refused = (allows ?? byToken)(request, right)
    if (refused !== undefined) throw rpcError(NOT_ALLOWED, refused)
  }
