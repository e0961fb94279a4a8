// JSON-RPC over HTTP: POST with a call, a notification or a batch. Errors of JSON-RPC are answers with status 200, as
// go-ethereum's and go-jsonrpc's clients expect; only what keeps a message from being read has a status of its own.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { toHex } from '../../base/bytes.ts'
import { messageOf } from '../../base/error.ts'
import { requireNamespace, requireRight } from '../guard.ts'
import { createRoom } from '../room.ts'
import { whileWaitedFor } from '../stacks/gone.ts'
import type { Dispatcher, Rights } from './dispatch.ts'
import { RPC, rpcError } from './errors.ts'

export interface RpcRoutesInit {
  /** Largest message, bytes. */
  readonly maxMessageBytes: number
  /** HTTP requests at once: each holds a message and its answer in memory. */
  readonly maxRequests: number
}

export interface RpcRoutesComponents {
  readonly dispatcher: Dispatcher
  readonly document: object
  /** In place of tokens: throws where a request may not come in; who comes in may do everything. */
  readonly guard?: RouteGuard | undefined
  readonly stopping: AbortSignal
}

export type RouteGuard = (request: FastifyRequest) => Promise<void>

/** geth's code for "method not allowed for this caller". */
export const NOT_ALLOWED = -32_001

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
  const hooks = [...(guard === undefined ? [] : [guard]), createRoom(init.maxRequests, 'requests')]
  // Each method wants a right of its own.
  const config = { right: guard === undefined ? ('read' as const) : ('open' as const) }
  app.post('/', { onRequest: hooks, config }, async (request, reply) => {
    const text = typeof request.body === 'string' ? request.body : ''
    const answer = await dispatcher.answer(text, {
      signal: whileWaitedFor(reply, stopping),
      ...rightsOf(request, guard !== undefined),
    })
    if (answer === undefined) return reply.code(204).send()
    return reply.type('application/json').send(answer)
  })
  app.get('/openrpc.json', () => document)
}

/** Characters of a message of who may only read: what publishes is longer. */
export const READ_CHARACTERS = 65_536

/** What the token of the request, as it is now, allows: errors of JSON-RPC where it does not. */
export const rightsOf = (request: FastifyRequest, isTrusted = false): Rights => ({
  authorizeCharacters(characters) {
    if (!isTrusted && characters > READ_CHARACTERS) asRpc(() => requireRight(request.caller, 'write'))
  },
  admitCalls(calls) {
    if (!isTrusted && calls > 0) asRpc(() => request.admit?.(0, calls), RPC.busy)
  },
  authorize(right) {
    if (!isTrusted) asRpc(() => requireRight(request.caller, right))
  },
  authorizeNamespace(namespace) {
    if (!isTrusted) asRpc(() => requireNamespace(request.caller, toHex(namespace)))
  },
})

const asRpc = (check: () => void, code: number = NOT_ALLOWED): void => {
  try {
    check()
  } catch (error) {
    throw rpcError(code, messageOf(error), error)
  }
}
