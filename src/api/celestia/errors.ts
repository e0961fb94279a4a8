// The errors that Celestia's clients tell apart, by a part of their message (celestia-node, ev-node). go-jsonrpc gives
// them all the code 1.

import { rpcError } from '../json-rpc/errors.ts'

const FAILED = 1

export const texts = {
  notFound: 'blob: not found',
  future: 'given height is from the future',
  tooLarge: 'blob: over size limit',
  timedOut: 'timed out waiting for tx to be included in a block',
  deadline: 'context deadline exceeded',
} as const

export const failed = (message: string, cause?: unknown) => rpcError(FAILED, message, cause)

export const blobNotFound = () => failed(texts.notFound)

export const fromFuture = (tip: number, height: number) =>
  failed(`header: ${texts.future}: networkHeight: ${tip}, requestedHeight: ${height}`)

export const errorList = (...messages: readonly string[]) =>
  messages.map((message) => ({ code: FAILED, message }))
