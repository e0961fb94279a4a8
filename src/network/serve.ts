// The answering side of the streams: one request a stream, judged before anything is read, answered item by item as the
// peer takes it, and ended by a half-close or by one error byte. docs/protocol.md ("Streams") has the bytes.

import type { Connection, Stream } from '@libp2p/interface'
import { concat } from '../base/bytes.ts'
import { anySignal, deadline, orAbort } from '../base/deadline.ts'
import { hasCode } from '../base/error.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { PeerRecord } from '../chain/containers.ts'
import type { StreamHandlers } from '../chain/ports.ts'
import { type Admission, limitOfRefusal, type Ticket } from './admission.ts'
import { decode, encodeVarint } from './codec.ts'
import { answerCodes, networkError, type RefusalCode, refusalFor } from './errors.ts'
import type { NetworkLimits, OnLimit } from './limits.ts'
import type { StreamName } from './names.ts'
import type { StreamProtocol, StreamProtocols } from './protocols.ts'
import { createStreamReader } from './stream-reader.ts'
import { finishWriting, writeBytes, writeMessage } from './stream-writer.ts'
import type { WriteTurn, WriteTurns } from './write-turns.ts'

export type ServeLimits = Pick<NetworkLimits, 'requestReadTimeoutMs' | 'answerTimeoutMs' | 'writeStallMs'>

export interface ServeComponents {
  readonly protocols: StreamProtocols
  readonly handlers: StreamHandlers
  /** Signed addresses of peers, to pass on. */
  records(): AsyncIterable<PeerRecord>
  readonly admission: Admission
  readonly writeTurns: WriteTurns
  readonly log: Logger
  readonly metrics: Metrics
  /** Aborts when the network stops. */
  readonly signal: AbortSignal
  penalize(peer: string, code: string): void
  readonly onLimit: OnLimit
}

export type Server = (name: StreamName) => (stream: Stream, connection: Connection) => Promise<void>

/** Varint length and an empty request, or an overlong varint: what may surround the message itself. */
const FRAME_BYTES = 8
/** How long a peer that has its answer may take to close its side. */
const LINGER_MS = 500

export const createServer = (limits: ServeLimits, components: ServeComponents): Server => {
  const { protocols, handlers, admission, writeTurns, metrics, log, penalize, onLimit } = components

  /** Items of the answer, by stream. */
  const answers: {
    readonly [Name in StreamName]: (request: never, from: string) => AsyncIterable<unknown>
  } = {
    status: () => once(() => handlers.status()),
    headers: (request) => handlers.headers(request),
    certificates: (request) => handlers.certificates(request),
    proposals: (request) => handlers.proposals(request),
    columns: (request, from) => handlers.columns(request, from),
    tiles: (request, from) => handlers.tiles(request, from),
    held: (request, from) => once(() => handlers.held(request, from)),
    peers: () => components.records(),
    submit: (request, from) => once(() => handlers.submit(request, from)),
  }

  const refuse = async (
    stream: Stream,
    code: RefusalCode,
    { signal, turn }: { readonly signal: AbortSignal; readonly turn: WriteTurn },
  ): Promise<void> => {
    const options = { signal, turn, stallMs: limits.writeStallMs }
    await writeBytes(stream, Uint8Array.of(answerCodes[code]), options)
    await finishWriting(stream, options)
  }

  const readRequest = async (
    stream: Stream,
    name: StreamName,
    protocol: StreamProtocol<never, unknown>,
    { signal, ticket }: { readonly signal: AbortSignal; readonly ticket: Ticket },
  ): Promise<unknown> => {
    if (protocol.request === undefined) return undefined
    const timeoutMs = name === 'submit' ? limits.answerTimeoutMs : limits.requestReadTimeoutMs
    const patience = AbortSignal.timeout(timeoutMs)
    patience.addEventListener('abort', onSlowWriter, { once: true })
    const reading = anySignal([signal, patience])
    const reader = createStreamReader(stream, { budgetBytes: protocol.requestBytes + FRAME_BYTES }, reading)
    const hold = (bytes: number) => ticket.hold(bytes, reading)
    try {
      const bytes = await reader.readMessage(protocol.requestBytes, hold)
      const request = decode<unknown>(protocol.request, bytes, protocol.requestBytes)
      if (request === undefined || protocol.maxItems(request as never) === 0)
        throw networkError('malformed', `expected a request of ${name}`)
      return request
    } finally {
      patience.removeEventListener('abort', onSlowWriter)
      reader.release()
    }
  }
  const onSlowWriter = () => onLimit('requestReadTimeoutMs')

  const answer = async (
    stream: Stream,
    name: StreamName,
    from: string,
    signal: AbortSignal,
  ): Promise<string> => {
    const protocol = protocols[name] as StreamProtocol<never, unknown>
    const turn = writeTurns(from)
    const ticket = admission.enter(from, name)
    if (typeof ticket === 'string') {
      onLimit(limitOfRefusal(ticket, name))
      if (ticket.endsWith('-peer')) penalize(from, 'request-flood')
      await refuse(stream, 'rate-limited', { signal, turn })
      return ticket
    }
    const options = { signal, turn, stallMs: limits.writeStallMs, onStall: () => onLimit('writeStallMs') }
    try {
      let request: unknown
      try {
        request = await readRequest(stream, name, protocol, { signal, ticket })
      } catch (error) {
        if (!hasCode(error, 'malformed') && !hasCode(error, 'oversize')) throw error
        penalize(from, 'malformed-request')
        await refuse(stream, 'invalid-request', options)
        return 'invalid-request'
      }
      let left = protocol.maxItems(request as never)
      const items = answers[name](request as never, from)[Symbol.asyncIterator]()
      try {
        while (left-- > 0) {
          const next = await orAbort(Promise.resolve(items.next()), signal)
          if (next.done === true) break
          const item = await turn(() => protocol.answer.serialize(next.value))
          await ticket.spend(item.length, signal)
          await writeMessage(stream, [headOf(item), item], options)
          metrics.count('weft_network_answer_bytes_total', item.length, { stream: name })
        }
      } catch (error) {
        if (
          signal.aborted ||
          stream.status !== 'open' ||
          hasCode(error, 'reset') ||
          hasCode(error, 'aborted')
        )
          throw error
        const code = refusalFor(error)
        if (code === 'server-error') log.error({ stream: name, from, error }, 'a stream handler failed')
        await refuse(stream, code, options)
        return code
      } finally {
        // Not awaited: a handler that hangs must not keep its place.
        void Promise.resolve(items.return?.()).catch(() => {})
      }
      await finishWriting(stream, options)
      return 'ok'
    } finally {
      ticket.leave()
    }
  }

  return (name) => async (stream, connection) => {
    const from = connection.remotePeer.toString()
    const signal = deadline(limits.answerTimeoutMs, components.signal)
    const startMs = performance.now()
    let result = 'reset'
    try {
      result = await answer(stream, name, from, signal)
      await lingering(stream)
    } catch (error) {
      log.debug({ stream: name, from, error }, 'an answer was cut short')
      if (signal.aborted && !components.signal.aborted) onLimit('answerTimeoutMs')
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    } finally {
      metrics.count('weft_network_requests_total', 1, { direction: 'inbound', stream: name, result })
      metrics.observe('weft_network_answer_seconds', (performance.now() - startMs) / 1_000, { stream: name })
    }
  }
}

const headOf = ({ length }: Uint8Array): Uint8Array =>
  concat(Uint8Array.of(answerCodes.item), encodeVarint(length))

/** A peer that never closes its side would hold the stream for ever. */
const lingering = async (stream: Stream): Promise<void> => {
  if (stream.status !== 'open') return
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      stream.removeEventListener('close', done)
      resolve()
    }
    const timer = setTimeout(done, LINGER_MS)
    stream.addEventListener('close', done)
  })
  if (stream.status === 'open') stream.abort(new Error('the peer did not close its side'))
}

async function* once<T>(produce: () => Promise<T>): AsyncGenerator<T> {
  yield await produce()
}
