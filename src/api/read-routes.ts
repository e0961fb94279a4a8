// Reading, always with an end and an honest answer: found; 404, surely not there; 410, no longer kept; 503, not now.
// Blobs and parts of them by blobId, final blocks and headers by height, rows by commitment or versioned hash.

import type { FastifyInstance } from 'fastify'
import type { Static } from 'typebox'
import { fromHex, toHex } from '../base/bytes.ts'
import { deadline, orAbort } from '../base/deadline.ts'
import { WeftError } from '../base/error.ts'
import type { BlockAnswer, FullNode, Missing, ReadAnswer, RowName } from '../node/types.ts'
import { parseRange } from './byte-range.ts'
import { apiError } from './errors.ts'
import { entryJson, finalHeaderJson, finalityJson, headerJson, locationJson } from './json.ts'
import { parseInteger, parseNamespace, parseRoot } from './parse.ts'
import { type RequestTime, timeOf } from './request-signal.ts'
import { createLine, createUnread } from './room.ts'
import {
  BlobParams,
  type BlockJson,
  BlockQuery,
  BlockSchema,
  Bytes,
  FinalHeaderSchema,
  HeightParams,
  LocationSchema,
  ReadQuery,
  RowParams,
  RowQuery,
  refusals,
} from './schemas.ts'

export type ReadNode = Pick<
  FullNode,
  'read' | 'ticket' | 'locate' | 'rowsAt' | 'newestHeader' | 'headerAt' | 'block' | 'finality'
>

/** Reads at once, each of which may hold a block's columns in memory, and those that wait in line. */
export const READS_AT_ONCE = 6
const READS_IN_LINE = 1_024
/** Of what was read and its readers have not taken. */
const MAX_UNREAD_BYTES = 256 * 2 ** 20
/** For what is on this node's disk or nowhere: milliseconds as a rule. */
const LOOK_UP_MS = 30_000

const bytesContent = { content: { 'application/octet-stream': { schema: Bytes } } }

export const readRoutes =
  (node: ReadNode) =>
  (app: FastifyInstance, stopping: AbortSignal): void => {
    const line = createLine(READS_AT_ONCE, READS_IN_LINE)
    const countUnread = createUnread(MAX_UNREAD_BYTES)

    /** A read within its time: what it has not found by then is not reachable now. */
    const within = async <T>(time: RequestTime, work: (signal: AbortSignal) => Promise<T | Missing>) => {
      try {
        // The answer comes by the deadline even where the work does not notice it.
        return await orAbort(
          line.run(() => work(time.signal), time.signal),
          time.signal,
        )
      } catch (error) {
        if (!time.signal.aborted) throw error
        stopping.throwIfAborted()
        return { found: false, reason: 'unreachable' } as const
      }
    }

    app.get<{ Params: Static<typeof BlobParams>; Querystring: Static<typeof ReadQuery> }>(
      '/v1/blobs/:id/data',
      {
        schema: {
          operationId: 'read',
          summary: 'bytes of a blob',
          description:
            'The whole blob, or a part by Range or by offset and length, from this node or, verified, from its peers. A ' +
            'whole blob hashes to its blobId; a part rests on the proofs of its columns.',
          params: BlobParams,
          querystring: ReadQuery,
          headers: { type: 'object', properties: { range: { type: 'string', description: 'bytes=0-99' } } },
          response: { 200: bytesContent, 206: bytesContent, ...refusals },
        },
      },
      async (request, reply) => {
        const blobId = parseRoot(request.params.id, 'a blobId')
        const time = timeOf(request, reply, stopping)
        const { offset, length } = request.query
        const range = parseRange({ range: request.headers.range, offset, length })
        const answer: ReadAnswer = await within(time, (signal) =>
          node.read(blobId, { signal, ...(range && { range }) }),
        ).catch((error: unknown) => {
          if (error instanceof WeftError && error.code === 'bad-range')
            reply.header('content-range', `bytes */${(error.data as { length: number }).length}`)
          throw error
        })
        if (!answer.found) throw missing(answer, 'the blob', time)
        const { data, entry, height, root, source } = answer
        countUnread(reply, data.length)
        if (range !== undefined) {
          const first = 'last' in range ? entry.length - data.length : range.offset
          reply.code(206).header('content-range', `bytes ${first}-${first + data.length - 1}/${entry.length}`)
        }
        return reply
          .headers({
            'content-type': 'application/octet-stream',
            'accept-ranges': 'bytes',
            'weft-namespace': toHex(entry.namespace),
            'weft-flags': String(entry.flags),
            'weft-length': String(entry.length),
            'weft-height': String(height),
            'weft-root': toHex(root),
            'weft-source': source,
            'x-content-type-options': 'nosniff',
          })
          .send(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
      },
    )

    /** What is looked up on this node's disk alone: no line for it, and an end all the same. */
    const lookUp = async <T>(work: Promise<T>): Promise<T> => {
      const signal = deadline(LOOK_UP_MS, stopping)
      try {
        return await orAbort(work, signal)
      } catch (error) {
        if (!signal.aborted) throw error
        stopping.throwIfAborted()
        throw apiError('unreachable', `this node's disk did not answer within ${LOOK_UP_MS} ms; ask again`)
      }
    }

    app.get<{ Params: Static<typeof HeightParams>; Querystring: Static<typeof BlockQuery> }>(
      '/v1/blocks/:height',
      {
        schema: {
          operationId: 'block',
          summary: 'the final block at a height, without its data',
          description:
            'With a namespace only its entries, all of them. `proof=true` adds all entries of the block, which hash to ' +
            'entriesRoot of the header, and the certificate that makes the header final: whoever has genesis knows that none ' +
            'is missing (verifyBlock of weft-da/client).',
          params: HeightParams,
          querystring: BlockQuery,
          response: { 200: BlockSchema, ...refusals },
        },
      },
      async ({ params, query }): Promise<BlockJson> => {
        const height = await lookUp(heightOf(params.height, node))
        if (height === 0) throw noBlockAtGenesis()
        const wanted = query.namespace === undefined ? undefined : toHex(parseNamespace(query.namespace))
        const answer = await lookUp(node.block(height))
        if (!answer.found) throw noBlock(answer, height)
        const isProven = query.proof === 'true'
        const finality = isProven ? await lookUp(node.finality(height)) : undefined
        if (isProven && finality === undefined)
          throw apiError('unreachable', `what proves block ${height} final is not here now; ask again`)
        const entries = answer.entries.map(entryJson)
        return {
          height,
          root: toHex(answer.root),
          header: headerJson(answer.header),
          commitments: answer.commitments.map(toHex),
          entries: entries.filter(({ namespace }) => wanted === undefined || namespace === wanted),
          ...(finality && { allEntries: entries, finality: finalityJson(finality) }),
        }
      },
    )

    app.get<{ Params: Static<typeof HeightParams> }>(
      '/v1/headers/:height',
      {
        schema: {
          operationId: 'header',
          summary: 'the final header at a height, or the newest',
          params: HeightParams,
          response: { 200: FinalHeaderSchema, ...refusals },
        },
      },
      async ({ params }) => {
        const height = await lookUp(heightOf(params.height, node))
        if (height === 0) throw noBlockAtGenesis()
        const header = await lookUp(node.headerAt(height))
        if (header === undefined) {
          const answer = await lookUp(node.block(height))
          throw answer.found ? apiError('unreachable', 'the header is not here now') : noBlock(answer, height)
        }
        return finalHeaderJson(header)
      },
    )

    const located = async (name: string) => {
      const answer = await lookUp(node.locate(rowName(name)))
      if (!answer.found) throw missing(answer, 'such a row of an aligned blob')
      return answer
    }

    app.get<{ Params: Static<typeof RowParams> }>(
      '/v1/rows/:name',
      {
        schema: {
          operationId: 'locateRow',
          summary: 'where a row of an aligned or raw blob lies, by versioned hash or KZG commitment',
          params: RowParams,
          response: { 200: LocationSchema, ...refusals },
        },
      },
      async ({ params }) => locationJson(await located(params.name)),
    )

    app.get<{ Params: Static<typeof RowParams>; Querystring: Static<typeof RowQuery> }>(
      '/v1/rows/:name/data',
      {
        schema: {
          operationId: 'readRow',
          summary: 'the 131072 bytes of a row: an EIP-4844 blob',
          params: RowParams,
          querystring: RowQuery,
          response: { 200: bytesContent, ...refusals },
        },
      },
      async (request, reply) => {
        const time = timeOf(request, reply, stopping)
        const { height, row, root, commitment } = await located(request.params.name)
        const answer = await within(time, (signal) => node.rowsAt(height, [row], { signal }))
        if (!answer.found) throw missing(answer, 'the row', time)
        const [bytes = new Uint8Array()] = answer.rows
        countUnread(reply, bytes.length)
        return reply
          .headers({
            'content-type': 'application/octet-stream',
            'weft-height': String(height),
            'weft-root': toHex(root),
            'weft-commitment': toHex(commitment),
            'x-content-type-options': 'nosniff',
          })
          .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      },
    )
  }

/** A height of a path, or the newest final one. */
export const heightOf = async (text: string, node: Pick<FullNode, 'newestHeader'>): Promise<number> => {
  if (text !== 'final') return parseInteger(text, 'a height', 0, Number.MAX_SAFE_INTEGER)
  const newest = await node.newestHeader()
  if (newest === undefined) throw apiError('not-final-yet', 'no block is final yet; ask again')
  return newest.height
}

const rowName = (text: string): RowName => {
  const commitment = fromHex(text, 48)
  if (commitment !== undefined) return { commitment }
  return { versionedHash: parseRoot(text, 'a commitment as 96 hex digits, or a versioned hash') }
}

export const missing = ({ reason }: Missing, what: string, time?: RequestTime) => {
  switch (reason) {
    case 'absent':
      return apiError('absent', `no final block of this chain holds ${what}`)
    case 'pruned':
      return apiError('pruned', `${what} is in no block that is still kept, and older ones were deleted`)
    case 'unreachable': {
      const within = time === undefined ? 'now' : `within ${time.ms} ms`
      return apiError('unreachable', `expected ${what} ${within}, this node could not have it; ask again`)
    }
  }
}

const noBlockAtGenesis = () =>
  apiError('empty-height', 'there is no block at height 0, for ever: the first follows on genesis')

const noBlock = (answer: Extract<BlockAnswer, { found: false }>, height: number) => {
  switch (answer.reason) {
    case 'empty': {
      const { height: next, header } = answer.next
      return apiError(
        'empty-height',
        `there is no block at height ${height}, for ever: final block ${next} follows on block ${header.parentHeight}`,
      )
    }
    case 'future':
      return apiError('not-final-yet', `no block at height ${height} or above is final yet; ask again`)
    case 'pruned':
      return apiError('pruned', `block ${height} is older than this node keeps`)
    case 'unreachable':
      return apiError('unreachable', `block ${height} is not here now; ask again`)
  }
}
