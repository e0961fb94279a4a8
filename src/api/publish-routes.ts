// Publishing: POST /v1/blobs answers with a ticket once blob and ticket are on disk; GET /v1/blobs/:id says where it
// stands, now, when it has come somewhere (?wait=), or each time it changes (/events). The ticket's name is the blobId,
// so that whoever was cut off publishes again, or asks, and means the same publication.

import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { fromHex, toHex } from '../base/bytes.ts'
import type { FullNode, Ticket } from '../node/types.ts'
import { apiError } from './errors.ts'
import { streamEvents } from './event-stream.ts'
import { requireNamespace } from './guard.ts'
import { ticketJson } from './json.ts'
import { readOctets } from './octets.ts'
import { parseBase64, parseInteger, parseNamespace, parseRoot } from './parse.ts'
import { type RequestTime, timeOf } from './request-signal.ts'
import { createRoom } from './room.ts'
import {
  BlobParams,
  BlobSchema,
  Bytes,
  Events,
  PublishQuery,
  refusals,
  type TicketJson,
  TicketSchema,
  WaitQuery,
} from './schemas.ts'

export type PublishNode = Pick<FullNode, 'submit' | 'ticket' | 'waitFor' | 'states'>

/** Bodies under way at once, and their bytes: what publishing holds in memory. */
const MAX_BODIES = 512
const MAX_BODY_BYTES = 128 * 2 ** 20

type Query = Static<typeof PublishQuery>
type Body = Uint8Array | Static<typeof BlobSchema>

export const publishRoutes =
  (node: PublishNode, { maxBodyBytes }: { readonly maxBodyBytes: number }) =>
  (app: FastifyInstance, stopping: AbortSignal): void => {
    app.addContentTypeParser('application/octet-stream', readOctets)

    app.post<{ Body: Body | undefined | null; Querystring: Query }>(
      '/v1/blobs',
      {
        onRequest: createRoom(MAX_BODIES, 'bodies', {
          maxBytes: Math.max(MAX_BODY_BYTES, 2 * maxBodyBytes),
          largest: maxBodyBytes,
        }),
        schema: {
          operationId: 'publish',
          summary: 'publish a blob',
          description:
            'Answers with a ticket once blob and ticket are on disk: 202 where it is new, 200 where it is published already ' +
            '(the same namespace, flags and bytes are the same publication). With `wait` it answers later.',
          querystring: PublishQuery,
          headers: {
            type: 'object',
            properties: {
              'weft-namespace': { type: 'string', description: 'in place of the query, for octet-stream' },
              'weft-flags': { type: 'string', description: 'in place of the query, for octet-stream' },
            },
          },
          body: {
            content: {
              'application/json': { schema: BlobSchema },
              'application/octet-stream': { schema: Bytes },
            },
          },
          response: { 200: TicketSchema, 202: TicketSchema, ...refusals },
        },
      },
      async (request, reply) => {
        const { query } = request
        const time = timeOf(request, reply, stopping)
        const { body } = request
        // Without a body there is none of a type either, and no schema has judged it.
        if (body === undefined || body === null) throw apiError('blob-empty', 'expected a body')
        const { namespace, data, flags, after, ordered } = blobOf(request, body)
        requireNamespace(request.caller, toHex(namespace))
        const ticket = await node.submit({ namespace, data, flags }, { after, ordered })
        const now = await awaited(node, ticket, query.wait, time)
        return reply.code(ticket.isNew ? 202 : 200).send(ticketJson(now))
      },
    )

    app.get<{ Params: Static<typeof BlobParams>; Querystring: Static<typeof WaitQuery> }>(
      '/v1/blobs/:id',
      {
        schema: {
          operationId: 'ticket',
          summary: 'where a publication stands',
          description:
            'A blob that became final through another node is certified here too. `unknown` says only that this node has ' +
            'not heard of it.',
          params: BlobParams,
          querystring: WaitQuery,
          response: { 200: TicketSchema, ...refusals },
        },
      },
      async (request, reply): Promise<TicketJson> => {
        const blobId = parseRoot(request.params.id, 'a blobId')
        const time = timeOf(request, reply, stopping)
        return ticketJson(await awaited(node, await node.ticket(blobId), request.query.wait, time))
      },
    )

    app.get<{ Params: Static<typeof BlobParams> }>(
      '/v1/blobs/:id/events',
      {
        // A HEAD would hold the stream open and get nothing of it.
        exposeHeadRoute: false,
        schema: {
          operationId: 'ticketEvents',
          summary: 'where a publication stands, each time it changes',
          description:
            'Server-sent events `state`, each a ticket, the present one first; ends behind certified and failed.',
          params: BlobParams,
          response: { 200: { content: { 'text/event-stream': { schema: Events } } }, ...refusals },
        },
      },
      async (request, reply) => {
        const blobId = parseRoot(request.params.id, 'a blobId')
        const ticket = await node.ticket(blobId)
        await streamEvents(
          reply,
          async function* (signal) {
            for await (const state of node.states(blobId, { signal }))
              yield { event: 'state', data: ticketJson({ ...ticket, state }) }
          },
          stopping,
        )
      },
    )
  }

/** The ticket when it has come as far as was asked, has failed, or the time is over: then as it stands. */
const awaited = async (
  node: PublishNode,
  ticket: Ticket,
  goal: 'included' | 'certified' | undefined,
  { signal }: RequestTime,
): Promise<Ticket> => {
  if (goal === undefined) return ticket
  try {
    return { ...ticket, state: await node.waitFor(ticket.blobId, goal, { signal }) }
  } catch (error) {
    if (!signal.aborted) throw error
    return node.ticket(ticket.blobId)
  }
}

const blobOf = (
  {
    query,
    headers,
  }: {
    readonly query: Query
    readonly headers: Readonly<Record<string, string | string[] | undefined>>
  },
  body: Body,
) => {
  const isBytes = body instanceof Uint8Array
  const after = (isBytes ? undefined : body.after) ?? query.after
  const ordered = (isBytes ? undefined : body.ordered) ?? query.ordered === 'true'
  const order = { after: after === undefined ? undefined : (fromHex(after) as Uint8Array), ordered }
  if (!isBytes) {
    const { namespace, flags = 0, data } = body
    return { namespace: parseNamespace(namespace), flags, data: parseBase64(data, 'data'), ...order }
  }
  return {
    namespace: parseNamespace(query.namespace ?? headers['weft-namespace']),
    flags: parseInteger(query.flags ?? String(headers['weft-flags'] ?? '0'), 'flags', 0, 255),
    data: body,
    ...order,
  }
}
