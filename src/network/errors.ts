// What can go wrong when we ask a peer, as closed codes. What a peer sends to us unasked is judged and counted, never
// thrown about.

import { WeftError } from '../base/error.ts'

export type NetworkErrorCode =
  | 'not-started'
  /** No connection, and none could be made; or the peer does not speak the protocol. */
  | 'unreachable'
  /** Too many own requests wait for this peer. */
  | 'busy'
  /** The signal aborted, or a deadline of ours passed. */
  | 'aborted'
  /** The peer reset the stream or closed it in the middle of an item. */
  | 'reset'
  /** Bytes that are not an answer of this protocol. */
  | 'malformed'
  /** More items or bytes than were asked for. */
  | 'oversize'
  /** The peer's error codes: see `answerCodes`. */
  | 'invalid-request'
  | 'unavailable'
  | 'rate-limited'
  | 'pruned'
  | 'server-error'

export type NetworkError = WeftError<NetworkErrorCode, Readonly<Record<string, unknown>>>

export const networkError = (
  code: NetworkErrorCode,
  message: string,
  data: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): NetworkError => new WeftError(code, message, data, cause === undefined ? undefined : { cause })

/** The first byte of each chunk of an answer: 0 before an item, else why the answer ends here. */
export const answerCodes = {
  item: 0,
  'invalid-request': 1,
  unavailable: 2,
  'rate-limited': 3,
  pruned: 4,
  'server-error': 5,
} as const

export type RefusalCode = Exclude<keyof typeof answerCodes, 'item'>

/** The name of an error byte; undefined for 0 and for bytes without meaning. */
export const refusalOf = (byte: number): RefusalCode | undefined =>
  (Object.keys(answerCodes) as (keyof typeof answerCodes)[]).find(
    (name): name is RefusalCode => name !== 'item' && answerCodes[name] === byte,
  )

const refusals: readonly string[] = Object.keys(answerCodes).filter((name) => name !== 'item')

/** How a handler's error is told to the peer: a WeftError whose code is a refusal by that code, all else as 5. */
export const refusalFor = (error: unknown): RefusalCode =>
  error instanceof WeftError && refusals.includes(error.code) ? (error.code as RefusalCode) : 'server-error'
