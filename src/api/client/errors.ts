// What a call can end with besides its answer. A signal's abort comes through as the signal's reason.

import { WeftError } from '../../base/error.ts'

/**
 * `no-node`: nothing answers there. `not-weft`: something else does, or it breaks off. `error-answer`: the node answered
 * with an error, whose code and HTTP status are in `data`. `wrong-answer`: the node says what cannot be: bytes of another
 * blob, another blobId, a list of entries that is not the header's.
 */
export type ClientErrorCode = 'no-node' | 'not-weft' | 'error-answer' | 'wrong-answer'

export interface Refusal {
  readonly status: number
  /** One of the codes in docs/api.md. */
  readonly code: string
  /** From Retry-After. */
  readonly retryAfterMs?: number
}

export const noNode = (base: string, cause: unknown) =>
  new WeftError<ClientErrorCode, { url: string }>(
    'no-node',
    `expected a node's API at ${base}, nothing answers there`,
    { url: base },
    { cause },
  )

export const notWeft = (base: string, cause?: unknown) =>
  new WeftError<ClientErrorCode, { url: string }>(
    'not-weft',
    `expected a node's API at ${base}, something else answers there`,
    { url: base },
    { cause },
  )

export const wrongAnswer = (message: string) =>
  new WeftError<ClientErrorCode, undefined>('wrong-answer', message, undefined)

/** Whether asking again may help: nobody answered, or the node said so. */
export const isPassing = (error: unknown): error is WeftError<ClientErrorCode, Refusal> => {
  if (!(error instanceof WeftError)) return false
  if (error.code === 'no-node') return true
  if (error.code !== 'error-answer') return false
  const { status } = error.data as Refusal
  return status === 429 || status === 503
}
