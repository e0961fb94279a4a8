// Publishing and reading: POST /v1/blobs, GET /v1/blobs/:id, GET /v1/blobs/:id/data, GET /v1/blocks/:height. A
// submission is answered once it is durable, with a ticket to ask by; a read is answered with verified bytes or with
// the honest reason why not.

import type { FastifyInstance } from 'fastify'
import { toHex } from '../base/bytes.ts'
import { deadline } from '../base/deadline.ts'
import type { FullNode, ReadAnswer } from '../node/types.ts'
import { apiError } from './errors.ts'
import { type BlobJson, type BlockJson, blobStateJson, entryJson } from './json.ts'
import { parseBase64, parseInteger, parseNamespace, parseRoot } from './parse.ts'
import { createTurnstile } from './turnstile.ts'

export type BlobSource = Pick<FullNode, 'submit' | 'blobState' | 'read' | 'list'>

/** Longest and usual time that a read may take, ms. */
const MAX_READ_MS = 120_000
const READ_MS = 30_000
/** Each holds a whole blob in memory. */
const MAX_SUBMISSIONS = 8
const MAX_READS = 16

const ticketSchema = {
  type: 'object',
  properties: {
    blobId: { type: 'string' },
    state: { type: 'string' },
    height: { type: 'integer' },
    root: { type: 'string' },
    code: { type: 'string' },
  },
} as const

const blobSchema = {
  type: 'object',
  required: ['namespace', 'data'],
  additionalProperties: false,
  properties: {
    namespace: { type: 'string', maxLength: 60 },
    data: { type: 'string' },
    flags: { type: 'integer', minimum: 0, maximum: 255 },
  },
} as const

interface Query {
  readonly namespace?: string
  readonly flags?: string
  readonly timeoutMs?: string
}

const querySchema = (...names: readonly (keyof Query)[]) => ({
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string', maxLength: 80 }])),
})

export const blobRoutes =
  (node: BlobSource) =>
  (app: FastifyInstance, stopping: AbortSignal): void => {
    const submissions = createTurnstile(MAX_SUBMISSIONS, 'submissions')
    const reads = createTurnstile(MAX_READS, 'reads')

    app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )

    app.post<{ Body: Uint8Array | BlobJson; Querystring: Query }>(
      '/v1/blobs',
      {
        onRequest: submissions,
        schema: {
          querystring: querySchema('namespace', 'flags'),
          body: {
            content: {
              'application/json': { schema: blobSchema },
              'application/octet-stream': { schema: {} },
            },
          },
          response: { 202: ticketSchema },
        },
      },
      async (request, reply) => {
        const { body, query, headers } = request
        const blob =
          body instanceof Uint8Array
            ? {
                namespace: parseNamespace(query.namespace ?? headers['weft-namespace']),
                flags: parseInteger(query.flags ?? String(headers['weft-flags'] ?? '0'), 'flags', 0, 255),
                data: plainBytes(body),
              }
            : jsonBlob(body)
        const { blobId, state } = await node.submit(blob)
        return reply.code(202).send(blobStateJson(blobId, state))
      },
    )

    app.get<{ Params: { id: string } }>(
      '/v1/blobs/:id',
      { schema: { response: { 200: ticketSchema } } },
      async ({ params }) => {
        const blobId = parseRoot(params.id, 'a blobId')
        return blobStateJson(blobId, await node.blobState(blobId))
      },
    )

    app.get<{ Params: { id: string }; Querystring: Query }>(
      '/v1/blobs/:id/data',
      { onRequest: reads, schema: { querystring: querySchema('timeoutMs') } },
      async (request, reply) => {
        const blobId = parseRoot(request.params.id, 'a blobId')
        const ms = parseInteger(request.query.timeoutMs ?? String(READ_MS), 'timeoutMs', 1, MAX_READ_MS)
        const gone = new AbortController()
        request.raw.socket.once('close', () => gone.abort(new Error('the reader went away')))
        const signal = deadline(ms, AbortSignal.any([stopping, gone.signal]))
        const answer = await node.read(blobId, { signal }).catch((error) => {
          if (signal.aborted) return { found: false, reason: 'unreachable' } as const
          throw error
        })
        if (!answer.found) throw notFound(answer, ms)
        const { entry, height, root, source, data } = answer
        return reply
          .headers({
            'content-type': 'application/octet-stream',
            'weft-namespace': toHex(entry.namespace),
            'weft-flags': String(entry.flags),
            'weft-height': String(height),
            'weft-root': toHex(root),
            'weft-source': source,
            'x-content-type-options': 'nosniff',
          })
          .send(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
      },
    )

    app.get<{ Params: { height: string }; Querystring: Query }>(
      '/v1/blocks/:height',
      { schema: { querystring: querySchema('namespace') } },
      async ({ params, query }): Promise<BlockJson> => {
        const height = parseInteger(params.height, 'a height', 0, Number.MAX_SAFE_INTEGER)
        const namespace = query.namespace === undefined ? undefined : parseNamespace(query.namespace)
        const entries = await node.list(height, namespace)
        if (entries === undefined) {
          throw apiError('no-final-block', `this node knows of no final block at height ${height}`)
        }
        return { height, entries: entries.map(entryJson) }
      },
    )
  }

const jsonBlob = ({ namespace, flags, data }: BlobJson) => ({
  namespace: parseNamespace(namespace),
  flags: flags ?? 0,
  data: parseBase64(data, 'data'),
})

const plainBytes = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new Uint8Array(buffer, byteOffset, byteLength)

const notFound = ({ reason }: Extract<ReadAnswer, { found: false }>, ms: number) => {
  switch (reason) {
    case 'absent':
      return apiError('absent', 'no final block of this chain holds such a blob')
    case 'pruned':
      return apiError('pruned', 'the blob was published, and is older than this chain keeps')
    case 'unreachable':
      return apiError('unreachable', `the blob could not be had within ${ms} ms; ask again`)
  }
}
