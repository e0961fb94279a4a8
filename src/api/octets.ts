// Bodies of bytes. Fastify keeps the pieces and joins them in one turn, of 100 ms where they are 32 MiB; here each is put in
// its place as it comes.

import { errorCodes, type FastifyRequest } from 'fastify'

/** The array doubles until so much has come, and then has the size of the body, or of the largest. */
const LARGE_BYTES = 2 ** 20
const FIRST_BYTES = 64 * 1_024

/**
 * A content-type parser: the body as one array. Throws Fastify's own errors: FST_ERR_CTP_BODY_TOO_LARGE (413) beyond the
 * route's limit, FST_ERR_CTP_INVALID_CONTENT_LENGTH (400) where it is not as long as was stated.
 */
export const readOctets = async (
  request: FastifyRequest,
  payload: NodeJS.ReadableStream,
): Promise<Uint8Array> => {
  const limit = request.routeOptions.bodyLimit
  const header = request.headers['content-length']
  const stated = header === undefined ? undefined : Number(header)
  if (stated !== undefined && stated > limit) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE()
  const body = await collect(payload, stated ?? limit)
  if (stated !== undefined && body.length !== stated)
    throw new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH()
  return body
}

/** Not by iterating: leaving off would end the connection, and whoever sent too much would not learn it. */
const collect = (payload: NodeJS.ReadableStream, most: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    let body = new Uint8Array(Math.min(most, FIRST_BYTES))
    let length = 0
    const onData = (piece: Buffer) => {
      if (length + piece.length > most)
        return settle(() => reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE()))
      if (length + piece.length > body.length) {
        const doubled = length >= LARGE_BYTES ? most : 2 * body.length
        const larger = new Uint8Array(Math.min(most, Math.max(length + piece.length, doubled)))
        larger.set(body.subarray(0, length))
        body = larger
      }
      body.set(piece, length)
      length += piece.length
    }
    // What is not full would keep as much again.
    const onEnd = () => settle(() => resolve(length === body.length ? body : body.slice(0, length)))
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
