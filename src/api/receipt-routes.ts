// GET /v1/blobs/:id/receipt: the portable proof that a blob is certified, as JSON or, for Accept:
// application/octet-stream, as SSZ.

import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { serializeReceipt } from '../chain/receipt.ts'
import { receiptToJson } from '../chain/receipt-json.ts'
import type { FullNode } from '../node/types.ts'
import { apiError } from './errors.ts'
import { parseRoot } from './parse.ts'
import { missing } from './read-routes.ts'
import { BlobParams, Bytes, ReceiptSchema, refusals } from './schemas.ts'

export const receiptRoutes =
  (node: Pick<FullNode, 'receipt' | 'blobState'>) =>
  (app: FastifyInstance): void => {
    app.get<{ Params: Static<typeof BlobParams> }>(
      '/v1/blobs/:id/receipt',
      {
        schema: {
          operationId: 'receipt',
          summary: 'the proof that a blob is certified',
          description:
            'Headers, certificate, path of the entry, commitments: checked offline against genesis by verifyReceipt or ' +
            '`weft verify`. SSZ for Accept: application/octet-stream. 409 while the blob is published and not certified yet.',
          params: BlobParams,
          response: {
            200: {
              content: {
                'application/json': { schema: ReceiptSchema },
                'application/octet-stream': { schema: Bytes },
              },
            },
            ...refusals,
          },
        },
      },
      async (request, reply) => {
        const blobId = parseRoot(request.params.id, 'a blobId')
        const answer = await node.receipt(blobId)
        if (!answer.found) {
          const { state } = await node.blobState(blobId)
          if (state === 'accepted' || state === 'included')
            throw apiError('not-certified', `the blob is ${state} and not certified yet: wait for its ticket`)
          throw missing(answer, 'such a blob')
        }
        if (request.headers.accept?.includes('application/octet-stream')) {
          const bytes = serializeReceipt(answer.receipt)
          return reply
            .type('application/octet-stream')
            .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
        }
        return reply.type('application/json; charset=utf-8').send(receiptToJson(answer.receipt))
      },
    )
  }
