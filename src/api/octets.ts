// Bodies of bytes. Fastify joins what came in one turn, of 100 ms where it is 32 MiB; here it is joined a slice a turn.

import { errorCodes, type FastifyRequest } from 'fastify'
import { createPacer } from '../base/next-turn.ts'

/**
 * A content-type parser: the body as one array. Throws Fastify's own errors: FST_ERR_CTP_BODY_TOO_LARGE (413) beyond the
 * route's limit, FST_ERR_CTP_INVALID_CONTENT_LENGTH (400) where it is not as long as was stated.
 */
export const readOctets = async (
  request: FastifyRequest,
  payload: NodeJS.ReadableStream,
): Promise<Uint8Array> => {
  const limit = request.routeOptions.bodyLimit
  const stated = Number(request.headers['content-length'])
  if (stated > limit) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE()
  const pieces = await piecesOf(payload, limit)
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (!Number.isNaN(stated) && length !== stated) throw new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH()
  const pace = createPacer()
  const body = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    body.set(piece, at)
    at += piece.length
    await pace()
  }
  return body
}

/** Not by iterating: leaving off would end the connection, and whoever sent too much would not learn it. */
const piecesOf = (payload: NodeJS.ReadableStream, limit: number): Promise<readonly Uint8Array[]> =>
  new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = []
    let received = 0
    const onData = (piece: Buffer) => {
      received += piece.length
      if (received > limit) return settle(() => reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE()))
      pieces.push(piece)
    }
    const onEnd = () => settle(() => resolve(pieces))
    const onError = (error: Error) => settle(() => reject(Object.assign(error, { statusCode: 400 })))
    const settle = (conclude: () => void) => {
      payload.removeListener('data', onData)
      payload.removeListener('end', onEnd)
      payload.removeListener('error', onError)
      conclude()
    }
    payload.on('data', onData)
    payload.on('end', onEnd)
    payload.on('error', onError)
    payload.resume()
  })
