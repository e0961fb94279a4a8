// GET /v1/namespaces/:namespace/blobs: what is published in a namespace, block by block, from any height on and then
// live, as server-sent events. The id of an event is its height, so that a reader that comes back with Last-Event-ID, as
// browsers do by themselves, misses nothing and hears nothing twice.

import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import type { FullNode } from '../node/types.ts'
import { apiError } from './errors.ts'
import { type StreamEvent, streamEvents } from './event-stream.ts'
import { namespaceBlockJson } from './json.ts'
import { parseInteger, parseNamespace } from './parse.ts'
import { Events, NamespaceParams, refusals, SubscribeQuery } from './schemas.ts'

export type SubscribeNode = Pick<FullNode, 'subscribe' | 'newestHeader' | 'status'>

const MAX_SUBSCRIBERS = 512

export const subscribeRoutes =
  (node: SubscribeNode) =>
  (app: FastifyInstance, stopping: AbortSignal): void => {
    let subscribers = 0
    app.get<{ Params: Static<typeof NamespaceParams>; Querystring: Static<typeof SubscribeQuery> }>(
      '/v1/namespaces/:namespace/blobs',
      {
        // A HEAD would hold the stream open and get nothing of it.
        exposeHeadRoute: false,
        schema: {
          operationId: 'subscribe',
          summary: 'the blobs of a namespace, from a height on and then live',
          description:
            'Server-sent events: `blobs` for a final block with blobs of the namespace, `height` for one without. The id is ' +
            'the height. Complete: no final block is left out; where some cannot be had any more an event `error` with code ' +
            '`pruned` and `earliest` ends the stream.',
          params: NamespaceParams,
          querystring: SubscribeQuery,
          headers: {
            type: 'object',
            properties: { 'last-event-id': { type: 'string', description: 'a height' } },
          },
          response: { 200: { content: { 'text/event-stream': { schema: Events } } }, ...refusals },
        },
      },
      async (request, reply) => {
        const namespace = parseNamespace(request.params.namespace)
        const from = await startOf(request.headers['last-event-id'], request.query.from, node)
        const { earliestHeight } = await node.status()
        if (from < earliestHeight)
          throw apiError(
            'pruned',
            `expected a height that is still kept, from ${earliestHeight} on, got ${from}`,
          )
        if (subscribers >= MAX_SUBSCRIBERS)
          throw apiError('busy', `${MAX_SUBSCRIBERS} subscribers listen already`)
        subscribers++
        try {
          await streamEvents(reply, (signal) => eventsOf(node, from, namespace, signal), stopping)
        } finally {
          subscribers--
        }
      },
    )
  }

async function* eventsOf(
  node: SubscribeNode,
  height: number,
  namespace: Uint8Array,
  signal: AbortSignal,
): AsyncIterable<StreamEvent> {
  for await (const block of node.subscribe({ height, namespace }, { signal })) {
    const id = String(block.height)
    if (block.own.length > 0) yield { id, event: 'blobs', data: namespaceBlockJson(block) }
    else yield { id, event: 'height', data: { height: block.height } }
  }
}

const startOf = async (
  lastEventId: string | string[] | undefined,
  from: string | undefined,
  node: SubscribeNode,
): Promise<number> => {
  if (typeof lastEventId === 'string' && lastEventId !== '')
    return parseInteger(lastEventId, 'Last-Event-ID, a height,', 0, Number.MAX_SAFE_INTEGER - 1) + 1
  if (from !== undefined) return parseInteger(from, 'from', 0, Number.MAX_SAFE_INTEGER)
  return (await node.newestHeader())?.height ?? 1
}
