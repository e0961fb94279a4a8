// Who may ask, and how much. Without tokens the API answers this machine alone, and everything that this machine asks;
// with tokens it answers those who carry one, wherever they are, since behind a proxy everybody seems to be on this
// machine. Each route wants a right: reading unless it says or does otherwise.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createBoundedMap } from '../base/bounded-map.ts'
import { createTokenBucket, type TokenBucket } from '../network/token-bucket.ts'
import { apiError } from './errors.ts'
import { onGone } from './on-gone.ts'
import { findToken, includesRight, type Right, type TokenRecord } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before anything of the body is read. */
    caller: Caller
    /**
     * For a message of so many bytes over an upgraded connection, which is a request by itself: whether its caller is
     * still known, and its limits; `messages`: as how many it counts. Throws as a request would be refused.
     */
    admit?: (bytes: number, messages?: number) => void
  }
  interface FastifyContextConfig {
    /** What the route wants; `open`: nothing. Default: `read` for GET and HEAD, else `write`. */
    right?: Right | 'open'
  }
}

export interface Caller {
  /** Of the token, or the address. */
  readonly id: string
  readonly right: Right
  readonly token?: TokenRecord
}

export interface GuardInit {
  /** What callers without a token may do from anywhere. Default: nothing. */
  readonly anonymous?: Right | undefined
  /** Requests of one caller at once, unless its token says otherwise. */
  readonly atOnce: number
  /** Requests a minute of one caller, unless its token says otherwise. */
  readonly ratePerMinute: number
}

/** Callers whose rate is remembered. */
export const REMEMBERED_CALLERS = 10_000

/** So often it is looked whether those who are being answered, or follow something, are still known. */
const REVOKED_MS = 2_000

export interface GuardComponents {
  /** Tokens as they are now. */
  readonly tokens: () => readonly TokenRecord[]
}

export const addGuard = (app: FastifyInstance, init: GuardInit, { tokens }: GuardComponents): void => {
  /** Requests under way by caller; only of those that have some. */
  const underWay = new Map<string, number>()
  const open = new Set<FastifyRequest>()
  const messages = createBoundedMap<string, TokenBucket>(REMEMBERED_CALLERS)

  const callerOf = (request: FastifyRequest): Caller => {
    const known = tokens()
    const given = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given !== undefined && known.length > 0) {
      const token = findToken(given, known)
      if (token === undefined) throw apiError('bad-token', 'expected a token that this node knows')
      return { id: token.id, right: token.right, token }
    }
    const id = request.socket.remoteAddress ?? 'unknown'
    if (known.length === 0 && isLoopback(id)) return { id, right: 'admin' }
    if (init.anonymous !== undefined) return { id, right: init.anonymous }
    throw apiError(
      'token-wanted',
      known.length === 0
        ? 'this node has no tokens and answers its own machine only: make one with weft token create'
        : 'expected Authorization: Bearer <token>',
    )
  }

  const count = (request: FastifyRequest, reply: FastifyReply): void => {
    const { caller } = request
    const most = caller.token?.atOnce ?? init.atOnce
    const now = underWay.get(caller.id) ?? 0
    if (now >= most)
      throw apiError('too-many-at-once', `expected at most ${most} requests at once of one caller`)
    underWay.set(caller.id, now + 1)
    open.add(request)
    onGone(reply, () => {
      open.delete(request)
      const left = (underWay.get(caller.id) ?? 1) - 1
      if (left === 0) underWay.delete(caller.id)
      else underWay.set(caller.id, left)
    })
  }

  const admit = (request: FastifyRequest, bytes: number, cost: number): void => {
    const caller = callerOf(request)
    request.caller = caller
    const most = caller.token?.maxBodyBytes
    if (most !== undefined && bytes > most)
      throw apiError('blob-too-large', `expected a message of at most ${most} bytes, got ${bytes}`)
    const perMinute = caller.token?.ratePerMinute ?? init.ratePerMinute
    const rate = messages.get(caller.id) ?? createTokenBucket(perMinute / 60, perMinute)
    messages.set(caller.id, rate)
    if (!rate.take(cost))
      throw apiError('rate-limited', `expected at most ${perMinute} messages a minute of one caller`)
  }

  /** Who follows something asks once: a revoked token ends that, too. */
  const sweep = setInterval(() => {
    for (const request of open) {
      try {
        callerOf(request)
      } catch {
        request.raw.socket.destroy()
      }
    }
  }, REVOKED_MS)
  sweep.unref()
  app.addHook('onClose', async () => clearInterval(sweep))

  app.decorateRequest('caller', null as unknown as Caller)
  app.decorateRequest('admit', undefined)
  app.addHook('onRequest', async (request, reply) => {
    const isReading = request.method === 'GET' || request.method === 'HEAD'
    const wanted = request.routeOptions.config.right ?? (isReading ? 'read' : 'write')
    if (wanted === 'open') {
      request.caller = { id: request.socket.remoteAddress ?? 'unknown', right: 'read' }
      return
    }
    const caller = callerOf(request)
    request.caller = caller
    request.admit = (bytes, messages = 1) => admit(request, bytes, messages)
    requireRight(caller, wanted)
    const length = Number(request.headers['content-length'] ?? 0)
    const most = caller.token?.maxBodyBytes
    if (
      most !== undefined &&
      !(isReading && length === 0) &&
      !(length <= most && 'content-length' in request.headers)
    )
      throw apiError('blob-too-large', `expected a body of at most ${most} bytes, its length stated`)
    count(request, reply)
  })
}

/** Throws `right-wanted` where a caller may not do this. */
export const requireRight = ({ right }: Caller, wanted: Right): void => {
  if (!includesRight(right, wanted))
    throw apiError('right-wanted', `expected a token with the right to ${wanted}, got one to ${right}`)
}

/** Throws `namespace-not-allowed` where a caller may not publish in a namespace (58 hex digits). */
export const requireNamespace = ({ token }: Caller, namespace: string): void => {
  if (token?.namespaces !== undefined && !token.namespaces.includes(namespace))
    throw apiError('namespace-not-allowed', `expected one of this token's namespaces, got ${namespace}`)
}

const isLoopback = (address: string): boolean =>
  address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address)
