// The asking side of the streams. Each request goes to one peer, under the caller's signal; answers are decoded within
// bounds and counted, not judged. A peer that breaks the protocol fails the call and loses score.

import type { Stream } from '@libp2p/interface'
import { anySignal } from '../base/deadline.ts'
import { hasCode, messageOf } from '../base/error.ts'
import type { Metrics } from '../base/metrics.ts'
import type { PeerRecord } from '../chain/containers.ts'
import type { RequestOptions, Requests } from '../chain/ports.ts'
import { decode, encodeVarint } from './codec.ts'
import { answerCodes, networkError, refusalOf } from './errors.ts'
import type { NetworkLimits, OnLimit } from './limits.ts'
import type { StreamName } from './names.ts'
import type { StreamProtocol, StreamProtocols } from './protocols.ts'
import { createStreamReader } from './stream-reader.ts'
import { finishWriting, sizeOf, writeMessage } from './stream-writer.ts'
import { createTurns } from './turns.ts'
import type { WriteTurn, WriteTurns } from './write-turns.ts'

export type AskLimits = Pick<
  NetworkLimits,
  'outboundRequestsPerPeer' | 'outboundRequestsWaiting' | 'writeStallMs'
>

export interface AskComponents {
  readonly protocols: StreamProtocols
  readonly writeTurns: WriteTurns
  readonly metrics: Metrics
  /** Aborts when the network stops. */
  readonly signal: AbortSignal
  /** Opens a stream to a peer, dialling it if its addresses are known. Throws `unreachable`. */
  open(peer: string, name: StreamName, signal: AbortSignal): Promise<Stream>
  penalize(peer: string, code: string): void
  readonly onLimit: OnLimit
}

/** One status byte and a varint of 4 bytes before each item. */
const CHUNK_OVERHEAD_BYTES = 5

export interface NetworkRequests extends Requests {
  /** Signed addresses that the peer knows; not looked at yet. */
  records(peer: string, options: RequestOptions): Promise<readonly PeerRecord[]>
}

export const createRequests = (limits: AskLimits, components: AskComponents): NetworkRequests => {
  const { protocols, writeTurns, metrics, penalize } = components
  const turns = createTurns(limits.outboundRequestsPerPeer, limits.outboundRequestsWaiting)

  const exchange = async <Request, Answer>(
    stream: Stream,
    protocol: StreamProtocol<Request, Answer>,
    request: Request,
    { signal, turn, maxBytes = Number.POSITIVE_INFINITY }: RequestOptions & { readonly turn: WriteTurn },
  ): Promise<Answer[]> => {
    const options = { signal, turn, stallMs: limits.writeStallMs }
    const maxItems = protocol.maxItems(request)
    let leftBytes = Math.min(maxBytes, maxItems * protocol.answerBytes)
    const reader = createStreamReader(
      stream,
      { budgetBytes: leftBytes + maxItems * CHUNK_OVERHEAD_BYTES + 1 },
      signal,
    )
    try {
      const codec = protocol.request
      if (codec !== undefined) {
        const parts = await turn(() => codec.parts?.(request) ?? [codec.serialize(request)])
        // A peer may refuse before it has read: its answer then says more than our failure to write.
        await writeMessage(stream, [encodeVarint(sizeOf(parts)), ...parts], options).catch((error) => {
          if (hasCode(error, 'aborted')) throw error
        })
      }
      await finishWriting(stream, options).catch((error) => {
        if (hasCode(error, 'aborted')) throw error
      })
      const items: Answer[] = []
      for (;;) {
        const status = await reader.readByte()
        if (status === undefined) return items
        if (status !== answerCodes.item) {
          const refusal = refusalOf(status)
          if (refusal === undefined) throw networkError('malformed', `unknown answer code ${status}`)
          throw networkError(refusal, `the peer answered: ${refusal}`, { items: items.length })
        }
        if (items.length >= maxItems) throw networkError('oversize', `expected at most ${maxItems} items`)
        const bytes = await reader.readMessage(Math.min(protocol.answerBytes, leftBytes))
        leftBytes -= bytes.length
        const item = decode(protocol.answer, bytes, protocol.answerBytes)
        if (item === undefined) throw networkError('malformed', 'an item cannot be decoded')
        items.push(item)
      }
    } finally {
      reader.release()
    }
  }

  const ask = async <Request, Answer>(
    peer: string,
    name: StreamName,
    protocol: StreamProtocol<Request, Answer>,
    request: Request,
    caller: RequestOptions,
  ): Promise<readonly Answer[]> => {
    const signal = anySignal([caller.signal, components.signal])
    const startMs = performance.now()
    let stream: Stream | undefined
    let leave = () => {}
    let result = 'ok'
    try {
      if (protocol.maxItems(request) === 0) return []
      leave = await turns.enter(peer, signal)
      stream = await components.open(peer, name, signal)
      return await exchange(stream, protocol, request, { ...caller, signal, turn: writeTurns(peer) })
    } catch (error) {
      const known = signal.aborted
        ? networkError('aborted', `${name} of ${peer}: ${messageOf(signal.reason)}`, { peer, name }, error)
        : hasNetworkCode(error)
          ? error
          : networkError('reset', `${name} of ${peer}: ${messageOf(error)}`, { peer, name }, error)
      result = known.code
      if (known.code === 'busy') components.onLimit('outboundRequestsWaiting')
      const penalty = penaltyFor[known.code]
      if (penalty !== undefined) penalize(peer, penalty)
      stream?.abort(known)
      throw known
    } finally {
      signal.clear()
      leave()
      metrics.count('weft_network_requests_total', 1, { direction: 'outbound', stream: name, result })
      metrics.observe('weft_network_request_seconds', (performance.now() - startMs) / 1_000, { stream: name })
    }
  }

  /** For the streams that answer with exactly one item. */
  const askOne = async <Request, Answer>(
    peer: string,
    name: StreamName,
    protocol: StreamProtocol<Request, Answer>,
    request: Request,
    options: RequestOptions,
  ): Promise<Answer> => {
    const [item] = await ask(peer, name, protocol, request, options)
    if (item !== undefined) return item
    penalize(peer, 'malformed-answer')
    throw networkError('malformed', `${name} of ${peer}: expected one item, got none`, { peer, name })
  }

  const { status, headers, certificates, proposals, columns, tiles, held, peers, submit } = protocols
  return {
    status: (peer, options) => askOne(peer, 'status', status, undefined, options),
    headers: (peer, request, options) => ask(peer, 'headers', headers, request, options),
    certificates: (peer, request, options) => ask(peer, 'certificates', certificates, request, options),
    proposals: (peer, request, options) => ask(peer, 'proposals', proposals, request, options),
    columns: (peer, request, options) => ask(peer, 'columns', columns, request, options),
    tiles: (peer, request, options) => ask(peer, 'tiles', tiles, request, options),
    held: (peer, request, options) => askOne(peer, 'held', held, request, options),
    records: (peer, options) => ask(peer, 'peers', peers, undefined, options),
    submit: (peer, submission, options) => askOne(peer, 'submit', submit, submission, options),
  }
}

const penaltyFor: Readonly<Record<string, string>> = {
  malformed: 'malformed-answer',
  oversize: 'oversize-answer',
  reset: 'no-answer',
}

const hasNetworkCode = (error: unknown): error is ReturnType<typeof networkError> =>
  error instanceof Error && 'code' in error && error.name === 'WeftError'
