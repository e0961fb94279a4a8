// Answers to what never comes to a route: what is no HTTP, what came too slowly, URLs that are none. They have the form
// of all others.

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ApiErrorCode, apiError, failureOf } from './errors.ts'

/** For fastify's option of this name. */
export const frameworkErrors = (error: Error, _request: FastifyRequest, reply: FastifyReply): void => {
  const { status, body } = failureOf(error)
  reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

/** For fastify's option of this name: the parser of HTTP gave up, so that there is a socket and no request. */
export const clientErrorHandler = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [code, message] = codeOf(error)
  const { status, body } = failureOf(apiError(code, message))
  const text = JSON.stringify(body)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ]
  if (socket.writable) socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
  socket.destroySoon()
}

const codeOf = ({ code }: { readonly code?: string }): readonly [ApiErrorCode, string] => {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['too-slow', 'expected the whole request sooner']
    case 'HPE_HEADER_OVERFLOW':
      return ['header-too-large', 'expected shorter headers and a shorter URL']
    default:
      return ['bad-request', 'expected a request of HTTP/1.1']
  }
}
