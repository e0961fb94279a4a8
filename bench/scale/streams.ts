// Questions to one peer and their answers, over the links: a round trip to agree on the protocol, the request, the
// answering node's admission (the real one, with its limits), its handler, and each item as it is ready.

import {
  type Certificate,
  CertificateType,
  type Column,
  ColumnType,
  type Proposal,
  ProposalType,
  type Tile,
  TileType,
} from '../../src/chain/containers.ts'
import type { RequestOptions, Requests, StreamHandlers } from '../../src/chain/ports.ts'
import { type Admission, createAdmission } from '../../src/network/admission.ts'
import { networkError } from '../../src/network/errors.ts'
import { defaultLimits } from '../../src/network/limits.ts'
import type { StreamName } from '../../src/network/names.ts'
import { createTurns } from '../../src/network/turns.ts'
import type { Cpu } from './cpu.ts'
import type { Links } from './links.ts'
import type { Turn } from './virtual-time.ts'

/** Protocol negotiation each way, framing of a request, of an item, and of an end. */
const NEGOTIATION_BYTES = 120
const REQUEST_BYTES = 120
const ITEM_BYTES = 40
const END_BYTES = 24

export interface StreamsComponents {
  readonly links: Links
  readonly main: readonly Cpu[]
  readonly messageMs: (bytes: number) => number
  readonly turn: Turn
  readonly indexOf: (peer: string) => number
  /** What a node answers with; undefined where it never answers. */
  readonly handlersOf: (node: number) => StreamHandlers | undefined
  readonly isBanned: (node: number, peer: number) => boolean
}

export interface Streams {
  /** The requests of one node. */
  requestsOf(node: number): Pick<Requests, 'certificates' | 'proposals' | 'columns' | 'tiles'>
  readonly refused: number
  readonly asked: number
}

export const createStreams = (components: StreamsComponents): Streams => {
  const { links, main, turn, indexOf, messageMs } = components
  const admissions = new Map<number, Admission>()
  let refused = 0
  let asked = 0

  const admissionOf = (node: number): Admission => {
    const known = admissions.get(node)
    if (known !== undefined) return known
    const made = createAdmission(defaultLimits)
    admissions.set(node, made)
    return made
  }

  /** Resolves when `bytes` from one node are at another and have been read there. */
  const carry = (from: number, to: number, bytes: number): Promise<void> =>
    new Promise((resolve) =>
      links.send(from, to, bytes, 'stream', () =>
        main[to]!.run(messageMs(bytes), () => {
          turn.needed = true
          resolve()
        }),
      ),
    )

  const serve = async <T>(
    node: number,
    from: number,
    name: StreamName,
    items: (handlers: StreamHandlers) => AsyncIterable<T>,
    sizeOf: (item: T) => number,
    signal: AbortSignal,
  ): Promise<T[]> => {
    const handlers = components.handlersOf(node)
    // It takes the question and says nothing.
    if (handlers === undefined) return new Promise<never>(() => {})
    const ticket = admissionOf(node).enter(`n${from}`, name)
    if (typeof ticket === 'string') {
      refused++
      await carry(node, from, END_BYTES)
      throw networkError('rate-limited', `refused by ${ticket}`)
    }
    const all: T[] = []
    const arrivals: Promise<void>[] = []
    try {
      for await (const item of items(handlers)) {
        // Whoever has gone resets the stream, and the rest is not sent.
        if (signal.aborted) break
        const bytes = sizeOf(item) + ITEM_BYTES
        await ticket.spend(bytes, signal)
        all.push(item)
        arrivals.push(carry(node, from, bytes))
      }
    } finally {
      ticket.leave()
    }
    if (arrivals.length === 0) arrivals.push(carry(node, from, END_BYTES))
    await Promise.all(arrivals)
    return all
  }

  const requestsOf = (node: number) => {
    const turns = createTurns(defaultLimits.outboundRequestsPerPeer, defaultLimits.outboundRequestsWaiting)
    const ask = async <T>(
      peer: string,
      name: StreamName,
      items: (handlers: StreamHandlers) => AsyncIterable<T>,
      sizeOf: (item: T) => number,
      { signal }: RequestOptions,
    ): Promise<readonly T[]> => {
      const other = indexOf(peer)
      if (components.isBanned(node, other) || components.isBanned(other, node))
        throw networkError('unreachable', peer)
      const leave = await turns.enter(peer, signal)
      try {
        asked++
        const aborted = new Promise<never>((_, fail) => {
          const end = () => fail(networkError('aborted', 'the request was ended', {}, signal.reason))
          if (signal.aborted) end()
          else signal.addEventListener('abort', end, { once: true })
        })
        aborted.catch(() => {})
        const whole = (async () => {
          await carry(node, other, NEGOTIATION_BYTES)
          await carry(other, node, NEGOTIATION_BYTES)
          if (signal.aborted) throw signal.reason
          await carry(node, other, REQUEST_BYTES)
          return serve(other, node, name, items, sizeOf, signal)
        })()
        whole.catch(() => {})
        return await Promise.race([whole, aborted])
      } finally {
        leave()
      }
    }
    const from = `n${node}`
    return {
      certificates: (peer, request, options) =>
        ask<Certificate>(
          peer,
          'certificates',
          (h) => h.certificates(request),
          CertificateType.value_serializedSize.bind(CertificateType),
          options,
        ),
      proposals: (peer, request, options) =>
        ask<Proposal>(
          peer,
          'proposals',
          (h) => h.proposals(request),
          (item) => ProposalType.value_serializedSize(item),
          options,
        ),
      columns: (peer, request, options) =>
        ask<Column>(
          peer,
          'columns',
          (h) => h.columns(request, from),
          (item) => ColumnType.value_serializedSize(item),
          options,
        ),
      tiles: (peer, request, options) =>
        ask<Tile>(
          peer,
          'tiles',
          (h) => h.tiles(request, from),
          (item) => TileType.value_serializedSize(item),
          options,
        ),
    } satisfies Pick<Requests, 'certificates' | 'proposals' | 'columns' | 'tiles'>
  }

  return {
    requestsOf,
    get refused() {
      return refused
    },
    get asked() {
      return asked
    },
  }
}
