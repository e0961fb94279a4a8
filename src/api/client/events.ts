// Server-sent events out of a response: id, name and JSON data of each.

import { WeftError } from '../../base/error.ts'
import type { ClientErrorCode, Refusal } from './errors.ts'
import { notWeft } from './errors.ts'
import { chunksOf } from './http.ts'

export interface SentEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: unknown
}

/** Longest event. */
const MAX_CHARACTERS = 16 * 2 ** 20

/** Until the stream ends. An event `error` is thrown as the node's refusal. */
export async function* eventsOf(
  response: Response,
  signal: AbortSignal,
  base: string,
): AsyncIterable<SentEvent> {
  let id: string | undefined
  let event = 'message'
  let data = ''
  for await (const line of linesOf(response, signal, base)) {
    if (line.startsWith('id: ')) id = line.slice(4)
    else if (line.startsWith('event: ')) event = line.slice(7)
    else if (line.startsWith('data: ')) data += line.slice(6)
    else if (line === '' && data !== '') {
      const value = parse(data, base)
      if (event === 'error') throw refusalOf(value)
      yield { id, event, data: value }
      event = 'message'
      data = ''
    }
  }
}

async function* linesOf(response: Response, signal: AbortSignal, base: string): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of chunksOf(response, signal, base)) {
    const pieces = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = pieces.pop() ?? ''
    if (rest.length > MAX_CHARACTERS) throw new RangeError('expected shorter lines of events')
    yield* pieces
  }
}

const parse = (text: string, base: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw notWeft(base, cause)
  }
}

const refusalOf = (value: unknown) => {
  const { code = 'internal', message = 'the node ended the stream' } = value as {
    code?: string
    message?: string
  }
  const status = code === 'pruned' ? 410 : 503
  return new WeftError<ClientErrorCode, Refusal>('error-answer', message, { status, code })
}
