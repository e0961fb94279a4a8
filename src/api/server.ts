// HTTP over a node. This file makes the server and what all routes share: who may ask (guard.ts), limits, one form of
// errors, health, the OpenAPI document, ordered stop. What there is to ask lives in the route files, each a function
// that is given an app of its own and the node's functions, so that other interfaces (rollup stacks') are added beside
// them.

import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { messageOf } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import { nextTurn } from '../base/next-turn.ts'
import { apiError, failureOf } from './errors.ts'
import { addGuard, REMEMBERED_CALLERS } from './guard.ts'
import { about } from './openapi.ts'
import { schemaErrorFormatter } from './schema-words.ts'
import { ok, refusals } from './schemas.ts'
import type { Right, TokenRecord } from './tokens.ts'
import { clientErrorHandler, frameworkErrors } from './unrouted.ts'

export interface ApiInit {
  /** Address to listen on. Default 127.0.0.1. */
  readonly host: string
  /** 0: any free port. Default 26780. */
  readonly port: number
  /** Largest body, bytes; from the chain's largest blob, in base64. */
  readonly maxBodyBytes: number
  /** What callers without a token may do from anywhere. Default: nothing; from this machine all, while there are no tokens. */
  readonly anonymous?: Right | undefined
  /** Origins whose pages may ask, or `*`. Default: none. */
  readonly corsOrigins?: readonly string[] | undefined
  /** Requests a minute of one caller, unless its token says otherwise. Default 30,000. */
  readonly ratePerMinute?: number | undefined
  /** A reader that takes nothing of its answer for so long is cut, ms. Default 30,000. */
  readonly stallMs?: number | undefined
  /** Requests at once of one caller, unless its token says otherwise. Default 1,024. */
  readonly atOnce?: number | undefined
}

export interface Readiness {
  readonly ready: boolean
  /** What is missing, where it is not ready. */
  readonly reason?: string
}

/** Adds paths to an app of its own. `stopping` aborts when the server stops: streams and long reads end by it. */
export type Routes = (app: FastifyInstance, stopping: AbortSignal) => void

export interface ApiComponents {
  readonly log: Logger
  readonly readiness: () => Readiness | Promise<Readiness>
  readonly routes: readonly Routes[]
  /** Tokens as they are now. Default: there are none. */
  readonly tokens?: (() => readonly TokenRecord[]) | undefined
}

export interface Api {
  /** Resolves with the base URL. Rejects when the address cannot be had. */
  start(): Promise<string>
  stop(): Promise<void>
}

export interface DocumentedApi extends Api {
  /** The OpenAPI document of its routes. */
  openApi(): Promise<unknown>
}

/** How long a request may take to arrive, body and all. */
const REQUEST_TIMEOUT_MS = 120_000
const MAX_PARAM_LENGTH = 128
const RATE_PER_MINUTE = 30_000
const STALL_MS = 30_000
const AT_ONCE = 1_024

export const createApi = (
  init: ApiInit,
  { log, readiness, routes, tokens = () => [] }: ApiComponents,
): DocumentedApi => {
  const stopping = new AbortController()
  const app = Fastify({
    logger: false,
    bodyLimit: init.maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    forceCloseConnections: true,
    // As it comes or not at all: fastify would drop what it does not know and turn "1" into 1.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    // By a hook, with the code of all that is refused while the node stops.
    return503OnClosing: false,
    schemaErrorFormatter,
    frameworkErrors,
    clientErrorHandler,
  })
  app.removeContentTypeParser('text/plain')
  // The answer is in memory until it is taken. Streams of events are not sent by this, and wait for their readers.
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.raw.setTimeout(init.stallMs ?? STALL_MS)
    return payload
  })
  app.setErrorHandler((error, request, reply) => {
    const { status, body, retryAfterSeconds } = failureOf(error)
    if (status >= 500 && body.code === 'internal') log.error({ error, url: request.url }, 'a request failed')
    // Whose rate is used up has been told when its minute is over.
    if (retryAfterSeconds !== undefined && !reply.hasHeader('retry-after'))
      reply.header('retry-after', String(retryAfterSeconds))
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    return reply.code(status).type('application/json; charset=utf-8').send(body)
  })
  // A request that came behind another on its connection, before that was answered: its answer has no socket, so that nobody
  // would hear when its reader stalls or goes. No client of today does this.
  app.addHook('onRequest', async (request, reply) => {
    if (reply.raw.socket !== null) return
    // The answer before it may have been sent just now.
    await nextTurn()
    if (reply.raw.socket !== null) return
    reply.hijack()
    request.raw.socket.destroy()
  })
  app.addHook('onRequest', async () => stopping.signal.throwIfAborted())
  guardLoopback(app, init)
  // Before the guard: a page's preflight carries no token.
  if (init.corsOrigins !== undefined && init.corsOrigins.length > 0) {
    app.register(cors, {
      origin: init.corsOrigins.includes('*') ? '*' : [...init.corsOrigins],
      methods: ['GET', 'HEAD', 'POST'],
      exposedHeaders: EXPOSED_HEADERS,
    })
  }
  app.register(async (guarded) => {
    const ratePerMinute = init.ratePerMinute ?? RATE_PER_MINUTE
    const { anonymous, atOnce = AT_ONCE } = init
    addGuard(guarded, { anonymous, atOnce, ratePerMinute }, { tokens })
    guarded.setNotFoundHandler((request) => {
      throw apiError('no-such-route', `there is no ${request.method} ${request.url.split('?')[0]}`)
    })
    await guarded.register(rateLimit, {
      cache: REMEMBERED_CALLERS,
      timeWindow: 60_000,
      keyGenerator: ({ caller }) => caller.id,
      max: ({ caller }) => caller.token?.ratePerMinute ?? ratePerMinute,
      errorResponseBuilder: (_request, { max }) =>
        apiError('rate-limited', `expected at most ${max} requests a minute of one caller`),
    })
    await guarded.register(swagger, { openapi: about })
    guarded.register(async (own) => addHealth(own, readiness, () => guarded.swagger()))
    for (const add of routes) guarded.register(async (own) => add(own, stopping.signal))
    guarded.addHook('onReady', async () => {
      openApi = guarded.swagger()
    })
  })

  let openApi: unknown
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
    async openApi() {
      await app.ready()
      return openApi
    },
  }
}

/** What a page may read of an answer besides its body. */
const EXPOSED_HEADERS = [
  'content-range',
  'retry-after',
  'weft-namespace',
  'weft-flags',
  'weft-length',
  'weft-height',
  'weft-root',
  'weft-source',
  'weft-commitment',
]

const addHealth = (
  app: FastifyInstance,
  readiness: ApiComponents['readiness'],
  document: () => unknown,
): void => {
  const open = { config: { right: 'open' as const, rateLimit: false as const } }
  /** In the document: no token is wanted. */
  const security: [] = []
  const healthSchema = {
    operationId: 'health',
    summary: 'the process is up',
    security,
    response: { 200: ok },
  }
  app.get('/healthz', { ...open, schema: healthSchema }, () => ({ ok: true as const }))
  const readySchema = {
    operationId: 'ready',
    summary: 'the node follows its chain',
    security,
    response: { 200: ok, ...refusals },
  }
  app.get('/readyz', { ...open, schema: readySchema }, async () => {
    const { ready, reason } = await readiness()
    if (!ready) throw apiError('not-ready', reason ?? 'the node is not ready')
    return { ok: true as const }
  })
  const documentSchema = { operationId: 'openapi', summary: 'this document', security }
  app.get('/openapi.json', { ...open, schema: documentSchema }, () => document())
}

const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** More than asking for what the page cannot read anyway. */
const doesMore = ({ method, headers }: FastifyRequest): boolean =>
  (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') || headers.upgrade !== undefined

/**
 * Whether a browser sends this for a page of another origin: some requests need no preflight (a POST of plain text, a
 * WebSocket), and come from this machine whoever wrote the page. Browsers say so by Sec-Fetch-Site, older ones by Origin;
 * programs that send an Origin at all name this machine.
 */
const isOfOtherPage = (headers: FastifyRequest['headers']): boolean => {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = headers
  return origin !== undefined && !LOOPBACK_NAMES.has(URL.parse(origin)?.hostname.toLowerCase() ?? '')
}

/**
 * A server on loopback answers only requests that name loopback: a page on the web can make a browser resolve its own
 * name to 127.0.0.1 and would else be of the same origin (DNS rebinding). And any page may send a form, or open a
 * WebSocket, to this machine without asking first; the answer to a GET it cannot read.
 */
const guardLoopback = (
  app: FastifyInstance,
  { host, corsOrigins = [] }: Pick<ApiInit, 'host' | 'corsOrigins'>,
): void => {
  if (!['localhost', '127.0.0.1', '::1'].includes(host)) return
  app.addHook('onRequest', async (request) => {
    const name = (request.headers.host ?? '').replace(/:\d+$/, '')
    if (!LOOPBACK_NAMES.has(name.toLowerCase())) {
      throw apiError('bad-host', `expected a Host of this machine, such as localhost, got "${name}"`)
    }
    const { origin } = request.headers
    const isAllowed = corsOrigins.includes('*') || (origin !== undefined && corsOrigins.includes(origin))
    if (doesMore(request) && !isAllowed && isOfOtherPage(request.headers))
      throw apiError(
        'bad-origin',
        `expected a page of this server or of an origin that is allowed, got "${origin}"`,
      )
  })
}
