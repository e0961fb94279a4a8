// HTTP over a node. This file makes the server and what all routes share: loopback guard, body limit, one form of
// errors, health, ordered stop. What there is to ask lives in the route files, each a function that is given the app
// and the node's functions, so that other interfaces (rollup stacks') are added beside them.

import Fastify, { type FastifyInstance } from 'fastify'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { apiError, failureOf } from './errors.ts'

export interface ApiInit {
  /** Address to listen on. Default 127.0.0.1: whoever reaches the API may publish through it. */
  readonly host: string
  /** 0: any free port. Default 26780. */
  readonly port: number
  /** Largest body, bytes; from the chain's largest blob, in base64. */
  readonly maxBodyBytes: number
}

export interface Readiness {
  readonly ready: boolean
  /** What is missing, where it is not ready. */
  readonly reason?: string
}

export interface ApiComponents {
  readonly log: Logger
  readonly readiness: () => Readiness | Promise<Readiness>
  /** Each adds its paths. `stopping` aborts when the server stops: streams and long reads end by it. */
  readonly routes: readonly ((app: FastifyInstance, stopping: AbortSignal) => void)[]
}

export interface Api {
  /** Resolves with the base URL. Rejects when the address cannot be had. */
  start(): Promise<string>
  stop(): Promise<void>
}

/** How long a request may take to arrive, body and all. */
const REQUEST_TIMEOUT_MS = 120_000
const MAX_PARAM_LENGTH = 128

export const createApi = (init: ApiInit, { log, readiness, routes }: ApiComponents): Api => {
  const stopping = new AbortController()
  const app = Fastify({
    logger: false,
    bodyLimit: init.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    forceCloseConnections: true,
    // As it comes or not at all: fastify would drop what it does not know and turn "1" into 1.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    return503OnClosing: true,
  })
  app.removeContentTypeParser('text/plain')
  guardLoopback(app, init.host)
  app.setErrorHandler((error, request, reply) => {
    const { status, body } = failureOf(error)
    if (status >= 500 && body.code === 'internal') log.error({ error, url: request.url }, 'a request failed')
    if (status === 503) reply.header('retry-after', '2')
    return reply.code(status).send(body)
  })
  app.setNotFoundHandler((request) => {
    throw apiError('no-such-route', `there is no ${request.method} ${request.url.split('?')[0]}`)
  })
  app.get('/healthz', () => ({ ok: true }))
  app.get('/readyz', async () => {
    const { ready, reason } = await readiness()
    if (!ready) throw apiError('not-ready', reason ?? 'the node is not ready')
    return { ok: true }
  })
  for (const add of routes) add(app, stopping.signal)

  let url: Promise<string> | undefined
  let stopped: Promise<void> | undefined
  return {
    start() {
      url ??= app.listen({ host: init.host, port: init.port }).then((address) => {
        log.info({ address }, 'the API listens')
        return address
      })
      return url
    },
    stop() {
      stopping.abort(apiError('stopping', 'the node is stopping'))
      stopped ??= app
        .close()
        .catch((error) => log.warn({ error: messageOf(error) }, 'the API did not close well'))
      return stopped
    },
  }
}

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * A server on loopback answers only requests that name loopback: a page on the web can make a browser resolve its own
 * name to 127.0.0.1 and would else be of the same origin (DNS rebinding).
 */
const guardLoopback = (app: FastifyInstance, host: string): void => {
  if (!['localhost', '127.0.0.1', '::1'].includes(host)) return
  app.addHook('onRequest', async (request) => {
    const name = (request.headers.host ?? '').replace(/:\d+$/, '')
    if (!LOOPBACK_NAMES.has(name.toLowerCase())) {
      throw apiError('bad-host', `expected a Host of this machine, such as localhost, got "${name}"`)
    }
  })
}
