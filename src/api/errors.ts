// What a request can be refused with: a closed list of codes, each with its HTTP status. 404, 409 and 410 are final
// answers ("surely not there", "no longer kept"); 429 and 503 always mean that asking again later makes sense, and
// carry Retry-After.

import { WeftError } from '../base/error.ts'
import type { ErrorJson } from './schemas.ts'

export const statusOfCode = {
  'bad-request': 400,
  'bad-namespace': 400,
  'bad-flags': 400,
  'blob-empty': 400,
  'not-canonical': 400,
  unauthorized: 401,
  'token-wanted': 401,
  'bad-token': 401,
  'bad-host': 403,
  'bad-origin': 403,
  'right-wanted': 403,
  'namespace-not-allowed': 403,
  absent: 404,
  'empty-height': 404,
  'no-such-route': 404,
  'predecessor-unknown': 409,
  'predecessor-failed': 409,
  'not-certified': 409,
  pruned: 410,
  'blob-too-large': 413,
  'bad-media-type': 415,
  'bad-range': 416,
  'queue-full': 429,
  'rate-limited': 429,
  'too-many-at-once': 429,
  busy: 503,
  'not-final-yet': 503,
  unreachable: 503,
  stopping: 503,
  'not-ready': 503,
  internal: 500,
} as const

export type ApiErrorCode = keyof typeof statusOfCode

/** Throws out of a route: becomes the status of its code and a body of code and message. */
export const apiError = (code: ApiErrorCode, message: string): WeftError<ApiErrorCode> =>
  new WeftError(code, message, undefined)

export interface Failure {
  readonly status: number
  readonly body: ErrorJson
  /** For Retry-After, where asking again makes sense. */
  readonly retryAfterSeconds?: number
}

/** A queue empties by a block, which takes some seconds; anything else may be over sooner. */
const RETRY_SECONDS = 2

/** The answer to anything that was thrown. What is not ours to explain becomes `internal`, without its message. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof WeftError && Object.hasOwn(statusOfCode, error.code)) {
    return failure(error.code as ApiErrorCode, error.message)
  }
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return failure('blob-too-large', 'the body is larger than any blob of this chain')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return failure('bad-media-type', 'expected application/octet-stream or application/json')
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return failure('bad-request', message ?? 'the request could not be read')
  }
  return failure('internal', 'the node could not do this; its log says why')
}

const failure = (code: ApiErrorCode, message: string): Failure => {
  const status = statusOfCode[code]
  const isPassing = status === 429 || status === 503
  return { status, body: { code, message }, ...(isPassing && { retryAfterSeconds: RETRY_SECONDS }) }
}
