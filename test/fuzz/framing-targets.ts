// Streams as they are: our framing around requests and answers, and records of peers as its items. The judges are the
// network's own server and asker over a stream of libp2p; bases are real streams, mutants of them lie in codes and lengths.

import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { PeerRecord, RecordEnvelope } from '@libp2p/peer-record'
import { multiaddr } from '@multiformats/multiaddr'
import { silent } from '../../src/base/log.ts'
import { noMetrics } from '../../src/base/metrics.ts'
import { createAdmission } from '../../src/network/admission.ts'
import { createRequests } from '../../src/network/ask.ts'
import { createIdentity } from '../../src/network/identity.ts'
import { defaultLimits } from '../../src/network/limits.ts'
import { streamProtocols } from '../../src/network/protocols.ts'
import { createServer } from '../../src/network/serve.ts'
import { createWriteTurns } from '../../src/network/write-turns.ts'
import type { Random } from '../consensus/simulation/random.ts'
import { streamHandlers } from '../network/support.ts'
import { FedStream } from './fed-stream.ts'
import { type Ending, plainAnswer, plainRequest } from './plain-framing.ts'
import { decode, encode, join } from './plain-ssz.ts'
import * as plain from './plain-types.ts'
import type { Target } from './targets.ts'

const MAX_RECORDS = 16
const RECORD_BYTES = 64 + 2_048 + 8
const COLUMNS_REQUEST_BYTES = 32 + 4 + 128
const bounds = { maxRows: 8, maxBands: 4, validators: 4 }
const protocols = streamProtocols(bounds)
const endless = 1_000_000_000
const limits = {
  ...defaultLimits,
  requestsPerSecond: endless,
  requestsBurst: endless,
  requestsPerSecondPerPeer: endless,
  requestsBurstPerPeer: endless,
  answerBytesPerSecond: endless,
  answerBytesBurst: endless,
  answerBytesPerSecondPerPeer: endless,
  answerBytesBurstPerPeer: endless,
  inboundRequests: endless,
  inboundRequestsPerPeer: endless,
}

const lengthOf = (value: number): Uint8Array => {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}

// ---- records ----

const records = await Promise.all(
  Array.from({ length: 6 }, async (_, i) => {
    const key = privateKeyFromProtobuf(await createIdentityBytes())
    const peerId = peerIdFromPrivateKey(key)
    const multiaddrs = Array.from({ length: i }, (_, k) => multiaddr(`/ip4/192.0.2.${k + 1}/tcp/26700`))
    const envelope = await RecordEnvelope.seal(new PeerRecord({ peerId, multiaddrs }), key)
    return encode(plain.PeerRecord, { peerId: peerId.toMultihash().bytes, envelope: envelope.marshal() })
  }),
)

async function createIdentityBytes(): Promise<Uint8Array> {
  const { privateKeyToProtobuf } = await import('@libp2p/crypto/keys')
  return privateKeyToProtobuf(await createIdentity())
}

// ---- mutants ----

const itemOf = (data: Uint8Array) => join([Uint8Array.of(0), lengthOf(data.length), data])

/** A length that lies, is too long, or is not the shortest. */
const strangeLength = (value: number, random: Random): Uint8Array => {
  const honest = lengthOf(value)
  const longer = honest.slice()
  longer[longer.length - 1]! |= 0x80
  return random.pick([
    lengthOf(Math.max(0, value + random.integer(-3, 3))),
    join([longer, Uint8Array.of(0)]),
    Uint8Array.of(0xff, 0xff, 0xff, 0x7f),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x01),
    Uint8Array.of(0x80),
    Uint8Array.of(0),
    lengthOf(RECORD_BYTES),
    lengthOf(RECORD_BYTES + 1),
    lengthOf(COLUMNS_REQUEST_BYTES),
    lengthOf(COLUMNS_REQUEST_BYTES + 1),
  ])
}

const changedBytes = (data: Uint8Array, random: Random): Uint8Array => {
  const copy = data.slice()
  switch (random.integer(0, 4)) {
    case 0:
      return copy.slice(0, random.integer(0, copy.length))
    case 1:
      return join([copy, Uint8Array.from({ length: random.integer(1, 6) }, () => random.integer(0, 255))])
    case 2: {
      const at = random.integer(0, copy.length)
      return join([copy.subarray(0, at), copy.subarray(Math.min(copy.length, at + random.integer(1, 40)))])
    }
    default:
      for (let i = random.integer(1, 3); i > 0 && copy.length > 0; i--)
        copy[random.integer(0, copy.length - 1)]! ^= 1 << random.integer(0, 7)
      return copy
  }
}

const recordStream = (random: Random): Uint8Array => {
  const few = random.chance(0.9)
  const count = few ? random.integer(0, 4) : random.integer(14, 18)
  const lie = random.chance(0.5) ? random.integer(0, count) : -1
  const parts = Array.from({ length: count }, (_, i) => {
    const data = few ? random.pick(records) : records[0]!
    if (i !== lie) return itemOf(data)
    const code = random.chance(0.4) ? random.integer(0, 255) : 0
    const changed = random.chance(0.3) ? changedBytes(data, random) : data
    const length = random.chance(0.5) ? strangeLength(changed.length, random) : lengthOf(changed.length)
    return join([Uint8Array.of(code), length, changed])
  })
  if (lie === count) parts.push(Uint8Array.of(random.integer(0, 8)))
  const data = join(parts)
  return random.chance(0.2) ? changedBytes(data, random) : data
}

const requestStream = (random: Random): Uint8Array => {
  const count = random.pick([0, 1, 2, 127, 128, 129])
  const indices = Array.from({ length: count }, (_, k) => (random.chance(0.01) ? 128 : k % 128))
  const honest = join([new Uint8Array(32), Uint8Array.of(36, 0, 0, 0), Uint8Array.from(indices)])
  const body = random.chance(0.3) ? changedBytes(honest, random) : honest
  const length = random.chance(0.3) ? strangeLength(body.length, random) : lengthOf(body.length)
  const data = join([length, body])
  return random.chance(0.1) ? changedBytes(data, random) : data
}

// ---- judges ----

const never = new AbortController().signal

const ask = async (data: Uint8Array, ending: Ending, random: Random): Promise<string> => {
  const stream = new FedStream()
  const requests = createRequests(limits, {
    protocols,
    writeTurns: createWriteTurns(),
    metrics: noMetrics,
    signal: never,
    open: async () => stream,
    penalize() {},
    onLimit() {},
  })
  const answered = requests.records('peer', { signal: never }).then(
    (items) => `items:${items.length}`,
    (error: { code?: string }) => error.code ?? String(error),
  )
  await stream.feed(data, ending, random)
  return answered
}

const createServing = () => {
  const server = createServer(limits, {
    protocols,
    handlers: streamHandlers({
      async *columns() {},
    }),
    async *records() {},
    admission: createAdmission(limits),
    writeTurns: createWriteTurns(),
    log: silent,
    metrics: noMetrics,
    signal: never,
    penalize() {},
    onLimit() {},
  })('columns')
  return async (data: Uint8Array, ending: Ending, random: Random): Promise<string> => {
    const stream = new FedStream()
    const served = server(stream, { remotePeer: { toString: () => 'peer' } } as never)
    await stream.feed(data, ending, random)
    await served
    // No item is asked of the handler: an answer without a byte is whole, if our side was closed and not reset.
    if (stream.written.length === 0) return stream.answered ? 'answered' : 'reset'
    return stream.written.length === 1 && stream.written[0] === 1
      ? 'refused'
      : `written:${stream.written.join()}`
  }
}

const endingOf = (random: Random): Ending => (random.chance(0.8) ? 'closed' : 'reset')
const isOf = (type: Parameters<typeof decode>[0], maxBytes: number) => (data: Uint8Array) =>
  data.length <= maxBytes && decode(type, data) !== undefined
const isColumnsRequest = (data: Uint8Array): boolean => {
  const fields = isOf(plain.ColumnsRequest, COLUMNS_REQUEST_BYTES)(data)
    ? (decode(plain.ColumnsRequest, data) as { indices: readonly number[] })
    : undefined
  return fields !== undefined && fields.indices.length > 0 && fields.indices.every((index) => index < 128)
}

/** More would be too much for the whole stream, which is told as soon as it has come, whatever came before it. */
const within = (data: Uint8Array, bytes: number) => data.subarray(0, bytes)
const ANSWER_BUDGET = MAX_RECORDS * (RECORD_BYTES + 5) + 1
const REQUEST_BUDGET = COLUMNS_REQUEST_BYTES + 8

export const createFramingTargets = (): readonly Target[] => {
  const serve = createServing()
  return [
    {
      name: 'answerStream',
      type: plain.PeerRecord,
      bases: [0, 1, 3].map((count) => ({ data: join(records.slice(0, count).map(itemOf)) })),
      craft: () => undefined,
      mutate: (_base, random) => within(recordStream(random), ANSWER_BUDGET),
      judge: (data, _context, random) => ask(data, endingOf(random), random),
      twin: (data, _context, random) =>
        plainAnswer(
          data,
          endingOf(random),
          { maxItems: MAX_RECORDS, itemBytes: RECORD_BYTES },
          isOf(plain.PeerRecord, RECORD_BYTES),
        ),
      mustSee: ['items:0', 'items:3', 'items:16', 'malformed', 'oversize', 'pruned', 'reset'],
    },
    {
      name: 'requestStream',
      type: plain.ColumnsRequest,
      bases: [1, 128].map((count) => {
        const body = join([new Uint8Array(32), Uint8Array.of(36, 0, 0, 0), new Uint8Array(count)])
        return { data: join([lengthOf(body.length), body]) }
      }),
      craft: () => undefined,
      mutate: (_base, random) => within(requestStream(random), REQUEST_BUDGET),
      judge: (data, _context, random) => serve(data, endingOf(random), random),
      twin: (data, _context, random) =>
        plainRequest(data, endingOf(random), COLUMNS_REQUEST_BYTES, isColumnsRequest),
      mustSee: ['answered', 'refused', 'reset'],
    },
  ]
}
