// The OP Stack's alt-DA server (specs, `alt-da`; op-alt-da): PUT by POST, GET, keccak and generic commitments. Clients
// take nothing but 200 for success. 404 tells op-node that the data provably does not exist and can stop it for good,
// so it is said only when sure; 503 is "not now", on a PUT also the forks' "fail over to Ethereum".

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fromHex, toHex, utf8 } from '../../base/bytes.ts'
import { WeftError } from '../../base/error.ts'
import { blobIdOf } from '../../grid/blob.ts'
import { nodeSha256 } from '../../grid/node-sha256.ts'
import type { FullNode } from '../../node/types.ts'
import { isKeccakCommitment, matchesKeccak } from '../../rollups/keccak.ts'
import { decodeLocator, encodeLocator, LAYER_BYTE } from '../../rollups/locator.ts'
import { apiError } from '../errors.ts'
import { requireNamespace } from '../guard.ts'
import { readOctets } from '../octets.ts'
import { createRoom } from '../room.ts'
import { whileWaitedFor } from '../stacks/gone.ts'
import type { Found, Mapping, PublishErrorCode } from '../stacks/mapping.ts'
import type { KeccakIndex } from './keccak-index.ts'

export interface AltDaInit {
  /** 29 bytes: everything put here is published under it. */
  readonly namespace: Uint8Array
}

export interface AltDaComponents {
  readonly mapping: Mapping
  readonly index: Pick<KeccakIndex, 'put' | 'blobIdOf' | 'waitFor'>
  readonly node: Pick<FullNode, 'status' | 'isCurrent'>
}

/** Each holds a body in memory. op-batcher keeps at most a few frames in flight. */
const MAX_PUTS = 32
const MAX_GETS = 32
/** How long an unknown hash waits for the index to come to the tip. */
const INDEX_MS = 5_000
/** Longest commitment looked at, hex digits: longer ones are of other layers. */
const MAX_HEX = 8_192

/** Statuses of the forks' "drop this commitment" (418): it cannot be read; it is of no blob. */
const CANNOT_PARSE = 1
const INVALID = 3

export const altDaRoutes =
  ({ namespace }: AltDaInit, { mapping, index, node }: AltDaComponents) =>
  (root: FastifyInstance, stopping: AbortSignal): void => {
    root.register(async (app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', readOctets)

      const publish = async (data: Uint8Array, signal: AbortSignal): Promise<Uint8Array> => {
        const { height, blobId } = await mapping
          .publish({ namespace, data, flags: 0 }, signal)
          .catch((error) => {
            throw putErrorOf(error)
          })
        return encodeLocator({ height, blobId })
      }

      const putGeneric = async (request: FastifyRequest, reply: FastifyReply) => {
        const commitment = await publish(bodyOf(request), whileWaitedFor(reply, stopping))
        // Raw bytes: the specification's hex is not what clients read.
        return reply.type('application/octet-stream').send(Buffer.from(commitment))
      }

      const putKeccak = async (request: FastifyRequest, reply: FastifyReply) => {
        const commitment = commitmentOf(request)
        const data = bodyOf(request)
        if (!isKeccakCommitment(commitment)) {
          throw apiError(
            'bad-request',
            'expected a keccak commitment (0x00 and 32 bytes); others are made here',
          )
        }
        if (!matchesKeccak(commitment, data)) {
          throw apiError('bad-request', 'expected bytes that hash to the commitment, got others')
        }
        // Before it is published: acknowledged data is found by its hash, whatever happens in between.
        await index.put(commitment.subarray(1), blobIdOf({ namespace, data, flags: 0 }, nodeSha256))
        await publish(data, whileWaitedFor(reply, stopping))
        return reply.code(200).send()
      }

      const getKeccak = async (commitment: Uint8Array, signal: AbortSignal): Promise<Found> => {
        const hash = commitment.subarray(1)
        // In this order: up to date at least as far as the block that the index must have come to.
        const isCurrent = await node.isCurrent()
        const { final } = await node.status()
        let blobId = await index.blobIdOf(hash)
        const knows =
          final !== undefined && isCurrent
            ? await index.waitFor(final.height, blobId ? 0 : INDEX_MS, signal)
            : ('behind' as const)
        blobId ??= await index.blobIdOf(hash)
        const found: Found =
          blobId === undefined ? { found: false, reason: 'absent' } : await mapping.read(blobId, signal)
        if (found.found) return matchesKeccak(commitment, found.data) ? found : unreachable
        if (found.reason !== 'absent' || knows === 'all') return found
        // Nobody can say any more what was in blocks that were deleted before the index had read them.
        return knows === 'kept' ? { found: false, reason: 'pruned' } : unreachable
      }

      const get = async (request: FastifyRequest, reply: FastifyReply) => {
        const commitment = commitmentOf(request)
        const signal = whileWaitedFor(reply, stopping)
        if (isKeccakCommitment(commitment)) return answerGet(await getKeccak(commitment, signal), reply)
        // Who sends this takes 418 for "drop this commitment"; others would ask for ever.
        const isFork = new URL(request.url, 'http://host').searchParams.has('l1_inclusion_block_number')
        const locator = decodeLocator(commitment)
        if (locator === undefined) {
          const isOurs = commitment[0] === 1 && commitment[1] === LAYER_BYTE
          if (isFork && isOurs) return drop(reply, CANNOT_PARSE, 'a commitment of another form than ours')
          throw apiError('bad-request', 'expected a keccak commitment or a generic one of this layer')
        }
        const found = await mapping.readAt(locator, signal)
        if (isFork && !found.found && found.reason === 'absent') {
          return drop(reply, INVALID, 'no final block of that height holds such a blob')
        }
        return answerGet(found, reply)
      }

      const mayPublish = async ({ caller }: FastifyRequest) => requireNamespace(caller, toHex(namespace))
      const puts = [mayPublish, createRoom(MAX_PUTS, 'PUTs')]
      const gets = [createRoom(MAX_GETS, 'GETs')]
      app.post('/put', { onRequest: puts }, putGeneric)
      app.post('/put/', { onRequest: puts }, putGeneric)
      app.post('/put/*', { onRequest: puts }, putKeccak)
      app.get('/get/*', { onRequest: gets }, get)
      // Never 404: that says something about data.
      app.all('/*', async (request) => {
        throw apiError('bad-request', `there is no ${request.method} ${request.url.split('?')[0]}`)
      })
    })
  }

const unreachable = { found: false, reason: 'unreachable' } as const

const answerGet = (found: Found, reply: FastifyReply) => {
  if (found.found) return reply.type('application/octet-stream').send(Buffer.from(found.data))
  switch (found.reason) {
    case 'absent':
      throw apiError('absent', 'this data surely does not exist')
    case 'pruned':
      throw apiError('pruned', 'older than this chain keeps; whether it existed cannot be said')
    case 'unreachable':
      throw apiError('unreachable', 'it could not be had now; ask again')
  }
}

const drop = (reply: FastifyReply, statusCode: number, message: string) =>
  reply.code(418).send({ StatusCode: statusCode, Msg: message })

const bodyOf = ({ body }: FastifyRequest): Uint8Array => {
  if (!(body instanceof Uint8Array) || body.length === 0) {
    throw apiError('blob-empty', 'expected a body of at least one byte')
  }
  return body
}

/** Hex behind the route, with 0x or without, in either case. */
const commitmentOf = (request: FastifyRequest): Uint8Array => {
  const text = (request.params as { '*': string })['*']
  const bytes = text.length > MAX_HEX ? undefined : fromHex(text.replace(/^0X/, '0x'))
  if (bytes === undefined || bytes.length === 0) {
    throw apiError('bad-request', 'expected a commitment in hex behind /get/ or /put/')
  }
  return bytes
}

const putErrorOf = (error: unknown): unknown => {
  if (!(error instanceof WeftError)) return error
  const codes = {
    'not-yet': 'unreachable',
    // 503 and nothing else is what the forks fail over on.
    busy: 'unreachable',
    'too-large': 'blob-too-large',
    refused: 'bad-request',
  } as const satisfies Record<PublishErrorCode, string>
  if (!Object.hasOwn(codes, error.code)) return error
  return apiError(codes[error.code as PublishErrorCode], error.message)
}

/** Where nothing else is chosen: the name that OP's data is published under. */
export const ALT_DA_NAMESPACE_ID = utf8('op-alt-da')
