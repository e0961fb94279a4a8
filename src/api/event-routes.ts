// GET /v1/events: what happens in the node, as server-sent events, one JSON NodeEvent each. A client that reads slowly
// loses the oldest events it has not taken and is told how many; the node never waits for it and keeps no more than
// MAX_QUEUED for it. `?types=header,final` asks for some types only.

import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { NodeEvent, NodeEvents } from '../node/types.ts'
import { apiError } from './errors.ts'
import { beginStream } from './event-stream.ts'
import { Events, EventsQuery, refusals } from './schemas.ts'

/** Events held back for one slow client. A `sampled` event has some kilobytes. */
const MAX_QUEUED = 2_048
const MAX_CLIENTS = 16
/** A comment line so often keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000

export const eventRoutes =
  (node: { readonly events: NodeEvents }) =>
  (app: FastifyInstance, stopping: AbortSignal): void => {
    let clients = 0
    app.get<{ Querystring: { types?: string } }>(
      '/v1/events',
      {
        // A HEAD would hold the stream open and get nothing of it.
        exposeHeadRoute: false,
        schema: {
          operationId: 'events',
          summary: 'what happens in the node, as it happens',
          description:
            'Server-sent events, one JSON NodeEvent each. Nothing is kept for a slow reader but the newest 2048: it is told ' +
            'how many it lost. Whoever must miss nothing subscribes to a namespace.',
          querystring: EventsQuery,
          response: { 200: { content: { 'text/event-stream': { schema: Events } } }, ...refusals },
        },
      },
      (request, reply) => {
        if (clients >= MAX_CLIENTS) throw apiError('busy', `${MAX_CLIENTS} clients listen already`)
        const types = typesOf(request.query.types)
        clients++
        beginStream(reply)
        const end = writeEvents(reply.raw, (listener) =>
          node.events.subscribe((event) => {
            if (types === undefined || types.includes(event.type)) listener(event)
          }),
        )
        stopping.addEventListener('abort', end, { once: true })
        reply.raw.once('close', () => {
          clients--
          stopping.removeEventListener('abort', end)
          end()
        })
      },
    )
  }

const knownTypes: Readonly<Record<NodeEvent['type'], true>> = {
  header: true,
  column: true,
  available: true,
  vote: true,
  certificate: true,
  final: true,
  sampling: true,
  sample: true,
  sampled: true,
}

/** Undefined: all. A type that there is not would be waited for in vain. */
const typesOf = (text: string | undefined): readonly string[] | undefined => {
  const types = text?.split(',')
  const unknown = types?.find((type) => !Object.hasOwn(knownTypes, type))
  if (unknown === undefined) return types
  const known = Object.keys(knownTypes).join(', ')
  throw apiError('bad-request', `expected types among ${known}, got ${JSON.stringify(unknown)}`)
}

/** Writes events to a response until it closes or the returned function is called. */
const writeEvents = (
  response: ServerResponse,
  subscribe: (listener: (event: NodeEvent) => void) => () => void,
): (() => void) => {
  const queue: NodeEvent[] = []
  let lost = 0
  let open = true
  const flush = () => {
    while (open && !response.writableNeedDrain) {
      if (lost > 0) {
        response.write(`event: lost\ndata: {"lost":${lost}}\n\n`)
        lost = 0
        continue
      }
      const event = queue.shift()
      if (event === undefined) return
      response.write(`data: ${JSON.stringify(event)}\n\n`)
    }
  }
  const unsubscribe = subscribe((event) => {
    if (queue.length >= MAX_QUEUED) {
      queue.shift()
      lost++
    }
    queue.push(event)
    flush()
  })
  response.on('drain', flush)
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': still here\n\n')
  }, HEARTBEAT_MS)
  return () => {
    if (!open) return
    open = false
    clearInterval(heartbeat)
    unsubscribe()
    response.end()
  }
}
